// Heartbeats of many workers, joined: each second one transaction that locks the tasks, compares, and extends all of
// them with one UPDATE, instead of a commit for every phone. One thread a process; a heartbeat waits without one.
#pragma once
#include <absl/status/statusor.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

// What a worker says that they hold.
struct LeaseName {
  Uuid task;
  int attempt = 0;
};

// What MySQL says.
struct LeaseState {
  LeaseKind kind = LeaseKind::kOnline;
  std::optional<absl::Time> until;  // nullopt: it was lost
};

class Heartbeats {  // Thread-safe.
 public:
  // One for each lease, in their order, after the commit; UNAVAILABLE when MySQL is away, RESOURCE_EXHAUSTED
  // SERVER_BUSY when too many wait.
  using Done = std::function<void(absl::StatusOr<std::vector<LeaseState>>)>;

  // At most one commit for each `gather` of time.
  explicit Heartbeats(TaskStore& store, absl::Duration gather = absl::Seconds(1));
  ~Heartbeats();  // answers what waits

  // `done` is called once, by another thread, or at once when too many wait.
  void Beat(std::string worker, std::vector<LeaseName> leases, Done done);

  // For tests: how many transactions there were.
  int64_t commits() const { return commits_; }

 private:
  struct Waiting {
    std::string worker;
    std::vector<LeaseName> leases;
    Done done;
    std::vector<LeaseState> states;
  };

  void Loop();
  std::vector<Waiting> Take() REQUIRES(mu_);
  absl::Status Extend(std::vector<Waiting>& beats);

  TaskStore& store_;
  const absl::Duration gather_;
  std::atomic<int64_t> commits_{0};
  Mutex mu_;
  CondVar changed_;
  std::vector<Waiting> waiting_ GUARDED_BY(mu_);
  size_t leases_ GUARDED_BY(mu_) = 0;
  bool stop_ GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace gridwork::tasks
