#include "services/tasks/work/task_errors.h"

#include "common/base/error.h"
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
  return Error(Code::kFailedPrecondition, "TASK_NOT_OPEN",
               "a task that was submitted or has ended cannot be cancelled");
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
