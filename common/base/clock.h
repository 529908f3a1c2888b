// Time is injected: domain code never asks the machine.
#pragma once
#include <absl/time/clock.h>
#include <absl/time/time.h>

#include "common/base/mutex.h"

namespace gridwork {

class Clock {  // Thread-safe.
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

// Stands still until it is told otherwise.
class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1'800'000'000)) : now_(now) {}
  absl::Time Now() const override {
    MutexLock lock(mu_);
    return now_;
  }
  void Advance(absl::Duration by) {
    MutexLock lock(mu_);
    now_ += by;
  }

 private:
  mutable Mutex mu_;
  absl::Time now_ GUARDED_BY(mu_);
};

}  // namespace gridwork
