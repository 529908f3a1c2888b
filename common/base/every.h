// Work that comes again and again, and work that is tried until it succeeds.
#pragma once
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <functional>
#include <thread>

#include "common/base/mutex.h"

namespace gridwork {

// A thread that does something, pauses, and does it again, until it is stopped. Make it the last member of what the
// action uses: its destructor waits for the thread. Start() and Stop() are for one thread.
class Every {
 public:
  enum class First { kAfterPause, kAtOnce };

  Every() = default;
  ~Every() { Stop(); }
  Every(const Every&) = delete;
  Every& operator=(const Every&) = delete;

  // Once at most. `action` reports its own failures; it must not call Stop().
  void Start(absl::Duration pause, std::function<void()> action, First first = First::kAfterPause);
  // Does not wait for the pause to end, but for an action that is under way. Any number of times.
  void Stop();

 private:
  bool Pause(absl::Duration pause);

  Mutex mu_;
  CondVar stopped_;
  bool stop_ GUARDED_BY(mu_) = false;
  std::thread thread_;
};

// Tries until `action` succeeds, five times a second, for about `patience`; at least once. Returns its last answer.
absl::Status TryFor(absl::Duration patience, const std::function<absl::Status()>& action);

}  // namespace gridwork
