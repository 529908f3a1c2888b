#include "tests/support/fake_units.h"

#include <absl/time/clock.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::testing {

void FakeUnit::Rollback() {
  while (!undo_.empty()) {
    undo_.back()();
    undo_.pop_back();
  }
}

absl::StatusOr<std::optional<std::string>> FakeUnits::Find(const RequestKey& key) const {
  auto it = log_.find({key.caller, key.request_id});
  if (it == log_.end()) return std::nullopt;
  if (it->second.method != key.method || it->second.body_hmac != key.body_hmac) {
    return Error(absl::StatusCode::kFailedPrecondition, "REQUEST_ID_REUSED",
                 "this request_id was used for another request");
  }
  return it->second.response;
}

absl::StatusOr<std::optional<std::string>> FakeUnits::FindResponse(const RequestKey& key) {
  MutexLock lock(mu_);
  return Find(key);
}

absl::StatusOr<std::string> FakeUnits::Run(const RequestKey& key, absl::Time deadline,
                                           const std::function<absl::StatusOr<std::string>(Unit&)>& body) {
  FakeUnit unit;
  absl::StatusOr<std::string> response;
  {
    MutexLock lock(mu_);
    ASSIGN_OR_RETURN(auto stored, Find(key));
    if (stored) return *stored;
    if (absl::Now() >= deadline)
      return Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE", "the time of this call is over");
    response = body(unit);
    for (; response.ok() && deadlocks_ > 0; --deadlocks_) {
      unit.Rollback();
      unit.after_commit_.clear();
      response = body(unit);
    }
    if (!response.ok()) {
      unit.Rollback();
      return response;
    }
    log_[{key.caller, key.request_id}] = {key.method, key.body_hmac, *response};
  }
  for (const auto& action : unit.after_commit_) action();
  return response;
}

void FakeUnits::FailWithDeadlock(int times) {
  MutexLock lock(mu_);
  deadlocks_ = times;
}

}  // namespace gridwork::testing
