// Who watches for new work, and how they learn of it: one thread a process for all of them, woken by the index, with a
// look into MySQL every few seconds as safety net, and as the only source while the index is away.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/auth/caller.h"
#include "common/auth/scope.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/tasks/work/task_queue.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

// What a watcher is told: work that they may claim or, as a dispatcher, look after.
struct Work {
  Lane lane;
  bool assigned = false;  // to the watcher, or to somebody whom they cover
  auto operator<=>(const Work&) const = default;
};

struct Watcher {
  auth::Caller caller;
  std::vector<std::string> areas;  // paths
  // False when it was not taken: it is offered again in the next round.
  std::function<bool(const std::vector<Work>&)> tell;
  std::function<bool()> open;  // false: they have left
};

// What `watcher` is to be told of this, if anything. `now`: for the ends of their grants.
std::optional<Work> WorkFor(const Watcher& watcher, const Wake& wake, absl::Time now);

class Watches {  // Thread-safe.
 public:
  // Looks into MySQL every `look`.
  Watches(TaskStore& store, Wakes& wakes, const Clock& clock, absl::Duration look = absl::Seconds(5))
      : store_(store), wakes_(wakes), clock_(clock), look_(look) {}
  ~Watches() { Stop(); }

  void Start();
  void Stop();

  // Is told of everything that is ready now, and then of what becomes ready.
  void Add(Watcher watcher);

  // One round: waits up to `wait` for a wake; public for tests, which call it instead of Start().
  void Round(absl::Duration wait);
  size_t size() const;

 private:
  struct Entry {
    Watcher watcher;
    bool fresh = true;  // was not told yet what is ready
    std::set<Work> waiting;
  };

  void Loop();
  std::vector<Wake> Gather(absl::Duration wait);
  bool Look(bool wanted, std::set<Wake>& news);
  void Tell(Entry& entry) const;

  TaskStore& store_;
  Wakes& wakes_;
  const Clock& clock_;
  const absl::Duration look_;
  // Of the thread.
  absl::Time next_look_ = absl::InfinitePast();
  bool hearing_ = false;  // the last wait was one
  bool away_ = true;      // wakes may have been lost since the last look
  std::set<Wake> ready_;

  mutable Mutex mu_;
  CondVar changed_;
  std::vector<Entry> entries_ GUARDED_BY(mu_);
  bool stop_ GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace gridwork::tasks
