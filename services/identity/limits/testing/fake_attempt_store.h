// AttemptStore in memory.
#pragma once
#include <map>

#include "common/base/mutex.h"
#include "services/identity/limits/attempt_store.h"

namespace gridwork::identity {

class FakeAttemptStore : public AttemptStore {
 public:
  absl::StatusOr<AttemptAnswer> Begin(const AttemptSubject& subject, const AttemptRule& rule, absl::Time now) override {
    MutexLock lock(mu_);
    Attempts& attempts = attempts_[subject];
    AttemptAnswer answer{.wait = WaitOf(attempts, now), .failures_before = attempts.failures};
    if (answer.wait == absl::ZeroDuration()) attempts = WithOneMore(attempts, rule, now);
    return answer;
  }
  absl::StatusOr<absl::Duration> Look(const AttemptSubject& subject, absl::Time now) override {
    MutexLock lock(mu_);
    return WaitOf(attempts_[subject], now);
  }
  absl::Status Succeed(const AttemptSubject& subject) override {
    MutexLock lock(mu_);
    attempts_.erase(subject);
    return absl::OkStatus();
  }

 private:
  Mutex mu_;
  std::map<AttemptSubject, Attempts> attempts_ GUARDED_BY(mu_);
};

}  // namespace gridwork::identity
