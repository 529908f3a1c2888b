#include "services/tasks/evidence/attachment_convert.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "gridwork/tasks/v1/task.pb.h"
#include "services/tasks/time_convert.h"
#include "services/tasks/work/task_convert.h"

namespace gridwork::tasks {

absl::StatusOr<Uuid> ParseAttachmentName(std::string_view name) { return ParseName("name", "attachments", name); }

absl::StatusOr<NewAttachment> ParseCreate(const v1::CreateAttachmentRequest& request) {
  FieldErrors errors;
  if (request.attempt() < 1) errors.Add("attempt", "must be 1 or more");
  if (request.sha256().size() != kDigestBytes) errors.Add("sha256", "must have 32 bytes");
  if (request.size_bytes() < 1 || request.size_bytes() > kAttachmentBytes)
    errors.Add("size_bytes", fmt::format("must be 1 to {}", kAttachmentBytes));
  if (!errors.empty()) return errors.status();
  return NewAttachment{request.attempt(), request.sha256(), request.size_bytes()};
}

absl::StatusOr<int64_t> ParseUpload(const v1::UploadChunkRequest& request, const Attachment& attachment) {
  const int64_t offset = request.offset();
  if (offset < 0 || offset >= attachment.size || offset % kPieceBytes != 0)
    return BadField("offset", fmt::format("must be a multiple of {} below size_bytes", kPieceBytes));
  const int64_t size = attachment.PieceAt(offset);
  if (static_cast<int64_t>(request.data().size()) != size)
    return BadField("data", fmt::format("must have {} bytes here", size));
  return offset;
}

absl::StatusOr<int64_t> ParseDownload(const v1::DownloadChunkRequest& request) {
  if (request.offset() < 0) return BadField("offset", "must be 0 or more");
  return request.offset();
}

std::vector<NamedPhoto> PhotosOf(const Submission& submission) {
  v1::Submission content;
  content.ParseFromString(submission.content);
  std::vector<NamedPhoto> out;
  for (const v1::Answer& answer : content.answers()) {
    if (answer.has_photo_sha256()) out.push_back({submission.attempt, answer.key(), answer.photo_sha256()});
  }
  return out;
}

v1::Attachment ToProto(const Attachment& attachment) {
  v1::Attachment out;
  out.set_name("attachments/" + attachment.id.ToString());
  out.set_state(static_cast<v1::Attachment::State>(attachment.state));
  out.set_task(TaskName(attachment.task));
  out.set_attempt(attachment.attempt);
  out.set_sha256(attachment.sha256);
  out.set_size_bytes(attachment.size);
  out.set_received_bytes(attachment.received);
  out.set_reject_reason(static_cast<v1::Attachment::RejectReason>(attachment.reject_reason));
  out.set_content_type(attachment.content_type);
  out.set_stored_bytes(attachment.stored);
  out.set_stored_sha256(attachment.stored_sha256);
  *out.mutable_create_time() = ToTimestamp(attachment.created);
  return out;
}

v1::AwaitedPhoto ToProto(const NamedPhoto& photo) {
  v1::AwaitedPhoto out;
  out.set_attempt(photo.attempt);
  out.set_key(photo.key);
  out.set_sha256(photo.sha256);
  return out;
}

}  // namespace gridwork::tasks
