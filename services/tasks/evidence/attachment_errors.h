// Every error that the attachments add to the front door's own.
#pragma once
#include <absl/status/status.h>

#include <cstdint>

namespace gridwork::tasks::errors {

absl::Status AttachmentNotFound();  // as the front door says it
// FAILED_PRECONDITION NO_PHOTO_ASKED.
absl::Status NoPhotoAsked();
// FAILED_PRECONDITION UPLOAD_TOO_LATE, metadata "days".
absl::Status UploadTooLate();
// FAILED_PRECONDITION TOO_MANY_ATTACHMENTS, metadata "limit".
absl::Status TooManyAttachments();
// OUT_OF_RANGE UPLOAD_GAP, metadata "received_bytes".
absl::Status UploadGap(int64_t received);
// DATA_LOSS SHA256_MISMATCH: what has come is not what was announced, or was lost; the upload begins anew.
absl::Status Sha256Mismatch();
// FAILED_PRECONDITION ATTACHMENT_NOT_READY.
absl::Status AttachmentNotReady();
// DATA_LOSS OBJECT_LOST: the database knows it, the object store does not.
absl::Status ObjectLost();

}  // namespace gridwork::tasks::errors
