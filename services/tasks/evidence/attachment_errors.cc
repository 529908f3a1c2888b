#include "services/tasks/evidence/attachment_errors.h"

#include <string>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "services/tasks/evidence/attachment.h"

namespace gridwork::tasks::errors {

using Code = absl::StatusCode;

absl::Status AttachmentNotFound() {
  return Error(Code::kNotFound, "NOT_FOUND", "no such Attachment in your areas", {{"resource", "Attachment"}});
}
absl::Status NoPhotoAsked() {
  return Error(Code::kFailedPrecondition, "NO_PHOTO_ASKED", "no question of the task's form is answered with a photo");
}
absl::Status UploadTooLate() {
  return Error(Code::kFailedPrecondition, "UPLOAD_TOO_LATE",
               "photos of an attempt are taken for a limited time after it ended",
               {{"days", std::to_string(scope::kRequestIdDays)}});
}
absl::Status TooManyAttachments() {
  return Error(Code::kFailedPrecondition, "TOO_MANY_ATTACHMENTS", "this attempt has as many photos as it may have",
               {{"limit", std::to_string(kAttachmentsOfAttempt)}});
}
absl::Status UploadGap(int64_t received) {
  return Error(Code::kOutOfRange, "UPLOAD_GAP", "a piece before this one is missing",
               {{"received_bytes", std::to_string(received)}});
}
absl::Status Sha256Mismatch() {
  return Error(Code::kDataLoss, "SHA256_MISMATCH",
               "what has come is not what was announced; send it from the beginning", {{"received_bytes", "0"}});
}
absl::Status AttachmentNotReady() {
  return Error(Code::kFailedPrecondition, "ATTACHMENT_NOT_READY", "only a READY attachment can be downloaded");
}
absl::Status ObjectLost() { return Error(Code::kDataLoss, "OBJECT_LOST", "the object store has lost this picture"); }

}  // namespace gridwork::tasks::errors
