#include "services/tasks/work/task_errors.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/text.h"

namespace gridwork::tasks::errors {

using Code = absl::StatusCode;

absl::Status EtagMismatch(int64_t current_version) {
  return Error(Code::kAborted, "ETAG_MISMATCH", "it has changed since you read it",
               {{"etag", EtagOf(current_version)}});
}
absl::Status TaskNotReady() {
  return Error(Code::kFailedPrecondition, "TASK_NOT_READY", "only a ready task can be claimed");
}
absl::Status TaskNotFound() {
  return Error(Code::kNotFound, "NOT_FOUND", "no such Task in your areas", {{"resource", "Task"}});
}
absl::Status TaskNotSubmitted() {
  return Error(Code::kFailedPrecondition, "TASK_NOT_SUBMITTED", "only a submitted task can be reviewed");
}
absl::Status TaskNotOpen() {
  return Error(Code::kFailedPrecondition, "TASK_NOT_OPEN", "a task that was submitted or has ended stays as it is");
}
absl::Status TaskNotYours() {
  return Error(Code::kFailedPrecondition, "TASK_NOT_YOURS", "your claim of this attempt is over");
}
absl::Status ReviewOfOwnWork() {
  return Error(Code::kFailedPrecondition, "REVIEW_OF_OWN_WORK", "somebody else than the worker reviews it");
}
absl::Status AlreadySubmitted() {
  return Error(Code::kFailedPrecondition, "ALREADY_SUBMITTED",
               "this attempt has a result; a correction is a new attempt");
}
absl::Status TaskNotDead() {
  return Error(Code::kFailedPrecondition, "TASK_NOT_DEAD", "only a task that failed too often is replayed");
}
absl::Status TaskHasResult() {
  return Error(Code::kFailedPrecondition, "TASK_HAS_RESULT",
               "another result was accepted; this one is a duplicate or asks for a second visit");
}
absl::Status SubmissionNotLate() {
  return Error(Code::kFailedPrecondition, "SUBMISSION_NOT_LATE", "only a late result that waits is decided");
}
absl::Status SubmissionNotFound() {
  return Error(Code::kNotFound, "NOT_FOUND", "no such Submission in your areas", {{"resource", "Submission"}});
}
absl::Status OfflineUntilTooFar() {
  return BadField("offline_until_time", fmt::format("must be to come, and at most {} hours away by the server's clock",
                                                    scope::kOfflineLeaseHours));
}
absl::Status TaskKindExists(std::string_view code) {
  return Error(Code::kAlreadyExists, "TASK_KIND_EXISTS", "there is a kind with this code", {{"code", code}});
}
absl::Status TaskKindUnknown(std::string_view field) {
  return BadField(field, "must be an existing kind: taskKinds/{code}");
}
absl::Status TaskKindNotUsedHere(std::string_view field) {
  return BadField(field, "must be a kind that is used in the area of the place");
}
absl::Status FormVersionUnknown(int asked, int newest) {
  return Error(Code::kInvalidArgument, "FORM_VERSION_UNKNOWN", "there is no such version of the form",
               {{"asked", std::to_string(asked)}, {"newest", std::to_string(newest)}});
}

}  // namespace gridwork::tasks::errors
