#include "services/tasks/evidence/upload_flow.h"

#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "services/tasks/evidence/attachment_errors.h"
#include "services/tasks/evidence/picture.h"

namespace gridwork::tasks {
absl::StatusOr<Attachment> Uploads::Take(const Attachment& attachment, int64_t offset, std::string_view data) {
  if (attachment.state != AttachmentState::kUploading || offset < attachment.received) return attachment;
  if (offset > attachment.received) return errors::UploadGap(attachment.received);
  const int64_t end = offset + static_cast<int64_t>(data.size());
  if (end == attachment.size) return Finish(attachment, data);
  RETURN_IF_ERROR(objects_.Put(PieceKey(attachment.id, offset), data));
  RETURN_IF_ERROR(store_.Advance(attachment.id, offset, end).status());
  return store_.Find(attachment.id);  // it may be further: somebody else sends it, too
}

absl::StatusOr<Attachment> Uploads::Finish(const Attachment& attachment, std::string_view last) {
  auto whole = Collect(attachment);
  if (absl::IsNotFound(whole.status())) return BeginAnew(attachment);
  if (!whole.ok()) return whole.status();
  whole->append(last);
  if (ToBytes(Sha256Of(*whole)) != attachment.sha256) return BeginAnew(attachment);

  ASSIGN_OR_RETURN(Attachment done, Judge(attachment, *whole));
  ASSIGN_OR_RETURN(bool first, store_.Finish(done));
  if (!first) return store_.Find(attachment.id);
  // What this leaves behind is found by the clean-up.
  for (int64_t at = 0; at < attachment.received; at += kPieceBytes)
    objects_.Delete(PieceKey(attachment.id, at)).IgnoreError();
  return store_.Find(attachment.id);
}

absl::StatusOr<std::string> Uploads::Collect(const Attachment& attachment) {
  std::string out;
  out.reserve(static_cast<size_t>(attachment.size));
  for (int64_t at = 0; at < attachment.received; at += kPieceBytes) {
    ASSIGN_OR_RETURN(std::string piece, objects_.Get(PieceKey(attachment.id, at), 0, kPieceBytes));
    out += piece;
  }
  return out;
}

absl::StatusOr<Attachment> Uploads::Judge(Attachment attachment, std::string_view whole) {
  auto reject = [&](RejectReason reason) {
    attachment.state = AttachmentState::kRejected;
    attachment.reject_reason = reason;
    return attachment;
  };
  attachment.received = attachment.size;
  const auto picture = StripPicture(whole);
  if (!picture) return reject(RejectReason::kUnsupportedType);
  if (scan_) {
    ASSIGN_OR_RETURN(bool harmless, scan_(picture->bytes));
    if (!harmless) return reject(RejectReason::kScan);
  }
  RETURN_IF_ERROR(objects_.Put(PictureKey(attachment.id), picture->bytes));
  attachment.state = AttachmentState::kReady;
  attachment.content_type = picture->content_type;
  attachment.stored = static_cast<int64_t>(picture->bytes.size());
  attachment.stored_sha256 = ToBytes(Sha256Of(picture->bytes));
  return attachment;
}

absl::StatusOr<Attachment> Uploads::BeginAnew(const Attachment& attachment) {
  ASSIGN_OR_RETURN(bool anew, store_.Advance(attachment.id, attachment.received, 0));
  if (anew) return errors::Sha256Mismatch();
  return store_.Find(attachment.id);  // somebody else was faster
}

}  // namespace gridwork::tasks
