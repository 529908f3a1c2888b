#include "services/tasks/evidence/attachment_service.h"

#include <algorithm>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/tasks/evidence/attachment_convert.h"
#include "services/tasks/evidence/attachment_errors.h"
#include "services/tasks/work/task_errors.h"

namespace gridwork::tasks {

void AttachmentService::Register(rpc::FrontDoor& door) {
  door.FactsOf("ClaimedTask", this, &AttachmentService::LoadClaimedTask)
      .FactsOf("Attachment", this, &AttachmentService::LoadAttachment);
  door.On("CreateAttachment", this, &AttachmentService::CreateAttachment)
      .On("UploadChunk", this, &AttachmentService::UploadChunk)
      .On("GetAttachment", this, &AttachmentService::GetAttachment)
      .On("ListAttachments", this, &AttachmentService::ListAttachments)
      .On("DownloadChunk", this, &AttachmentService::DownloadChunk);
}

absl::StatusOr<rpc::Loaded<ClaimedTask>> AttachmentService::LoadClaimedTask(const std::string& name) {
  ASSIGN_OR_RETURN(Uuid id, ParseTaskName("parent", name));
  return LoadClaimed(tasks_, id);
}

absl::StatusOr<rpc::Loaded<Attachment>> AttachmentService::LoadAttachment(const std::string& name) {
  ASSIGN_OR_RETURN(Uuid id, ParseAttachmentName(name));
  ASSIGN_OR_RETURN(Attachment attachment, attachments_.Find(id));
  ASSIGN_OR_RETURN(auto task, LoadClaimed(tasks_, attachment.task));
  return rpc::Loaded<Attachment>{std::move(task.facts), std::move(attachment)};
}

absl::StatusOr<v1::Attachment> AttachmentService::CreateAttachment(const rpc::CallContext& call,
                                                                   const v1::CreateAttachmentRequest& request,
                                                                   Unit& unit, const ClaimedTask& found) {
  ASSIGN_OR_RETURN(NewAttachment wanted, ParseCreate(request));
  if (!found.WasClaimedBy(call.caller.id, wanted.attempt)) return errors::TaskNotYours();
  ASSIGN_OR_RETURN(bool may, MayHavePhotos(found.task));
  if (!may) return errors::NoPhotoAsked();
  ASSIGN_OR_RETURN(auto attempts, tasks_.Attempts(found.task.id));

  // Under the lock of the task, so that two who announce the same picture, or the last one, are one after the other.
  RETURN_IF_ERROR(tasks_.Lock(unit, found.task.id).status());
  ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
  RETURN_IF_ERROR(CheckUploadTime(attempts.at(static_cast<size_t>(wanted.attempt) - 1), now));
  ASSIGN_OR_RETURN(auto others, attachments_.OfTask(unit, found.task.id));
  for (const Attachment& same : others) {
    if (same.sha256 != wanted.sha256) continue;
    if (same.size != wanted.size) return BadField("size_bytes", "must be that of the picture with this SHA-256");
    return ToProto(same);
  }
  if (std::count_if(others.begin(), others.end(), [&](const Attachment& a) { return a.attempt == wanted.attempt; }) >=
      kAttachmentsOfAttempt)
    return errors::TooManyAttachments();
  const Attachment made{.id = Uuid::V7(now),
                        .task = found.task.id,
                        .attempt = wanted.attempt,
                        .sha256 = wanted.sha256,
                        .size = wanted.size,
                        .created = now,
                        .updated = now};
  RETURN_IF_ERROR(attachments_.Create(unit, made));
  return ToProto(made);
}

absl::StatusOr<bool> AttachmentService::MayHavePhotos(const Task& task) {
  ASSIGN_OR_RETURN(TaskKind kind, kinds_.Find(task.kind));
  for (int version = task.form_version; version <= kind.form.version; ++version) {
    ASSIGN_OR_RETURN(auto form, forms_.Get(task.kind, version));
    if (AsksForPhotos(form->form)) return true;
  }
  return false;
}

absl::StatusOr<v1::Attachment> AttachmentService::UploadChunk(const rpc::CallContext&,
                                                              const v1::UploadChunkRequest& request,
                                                              const Attachment& found) {
  ASSIGN_OR_RETURN(int64_t offset, ParseUpload(request, found));
  ASSIGN_OR_RETURN(Attachment attachment, uploads_.Take(found, offset, request.data()));
  return ToProto(attachment);
}

absl::StatusOr<v1::Attachment> AttachmentService::GetAttachment(const rpc::CallContext&,
                                                                const v1::GetAttachmentRequest&,
                                                                const Attachment& found) {
  return ToProto(found);
}

absl::StatusOr<v1::ListAttachmentsResponse> AttachmentService::ListAttachments(
    const rpc::CallContext& call, const v1::ListAttachmentsRequest& request, const ClaimedTask& found) {
  ASSIGN_OR_RETURN(size_t limit, ParsePageSize(request.page_size()));
  const std::vector<std::string_view> context{call.method, call.caller.id, request.parent()};
  ASSIGN_OR_RETURN(std::string after, page_tokens_.Open(context, request.page_token()));
  ASSIGN_OR_RETURN(auto attachments, attachments_.OfTask(found.task.id));  // few: bounded by attempt

  v1::ListAttachmentsResponse out;
  std::string last;
  for (const Attachment& attachment : attachments) {
    if (attachment.id.ToBytes() <= after) continue;
    if (static_cast<size_t>(out.attachments_size()) == limit) {
      out.set_next_page_token(page_tokens_.Seal(context, last));
      break;
    }
    *out.add_attachments() = ToProto(attachment);
    last = attachment.id.ToBytes();
  }
  if (!after.empty()) return out;
  ASSIGN_OR_RETURN(auto awaited, AwaitedOf(found.task.id, attachments));
  for (const NamedPhoto& photo : awaited) *out.add_awaited_photos() = ToProto(photo);
  return out;
}

absl::StatusOr<std::vector<NamedPhoto>> AttachmentService::AwaitedOf(const Uuid& task,
                                                                     const std::vector<Attachment>& attachments) {
  ASSIGN_OR_RETURN(auto submissions, tasks_.Submissions(task));
  std::vector<NamedPhoto> named;
  for (const Submission& submission : submissions) {
    std::vector<NamedPhoto> photos = PhotosOf(submission);
    named.insert(named.end(), photos.begin(), photos.end());
  }
  return Awaited(std::move(named), attachments);
}

absl::StatusOr<v1::DownloadChunkResponse> AttachmentService::DownloadChunk(const rpc::CallContext&,
                                                                           const v1::DownloadChunkRequest& request,
                                                                           const Attachment& found) {
  ASSIGN_OR_RETURN(int64_t offset, ParseDownload(request));
  if (found.state != AttachmentState::kReady) return errors::AttachmentNotReady();
  auto bytes = objects_.Get(PictureKey(found.id), offset, kDownloadBytes);
  if (absl::IsNotFound(bytes.status())) return errors::ObjectLost();
  if (!bytes.ok()) return bytes.status();
  v1::DownloadChunkResponse out;
  out.set_data(*std::move(bytes));
  return out;
}

}  // namespace gridwork::tasks
