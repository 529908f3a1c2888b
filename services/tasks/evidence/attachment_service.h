// AttachmentService: one method for each RPC. Who may call what stands in attachment_service.proto; the front door has
// decided before a method runs.
#pragma once
#include <string>

#include "common/base/page_token.h"
#include "common/objects/object_store.h"
#include "common/rpc/front_door.h"
#include "gridwork/tasks/v1/attachment_service.pb.h"
#include "services/tasks/evidence/attachment_store.h"
#include "services/tasks/evidence/upload_flow.h"
#include "services/tasks/work/form_cache_store.h"
#include "services/tasks/work/task_facts.h"
#include "services/tasks/work/task_kind_store.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

class AttachmentService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.tasks.v1.AttachmentService";

  // `scan` as in Uploads.
  AttachmentService(AttachmentStore& attachments, objects::ObjectStore& objects, TaskStore& tasks, TaskKindStore& kinds,
                    const PageTokens& page_tokens, Scan scan = nullptr)
      : attachments_(attachments),
        objects_(objects),
        tasks_(tasks),
        forms_(kinds),
        kinds_(kinds),
        page_tokens_(page_tokens),
        uploads_(attachments, objects, std::move(scan)) {}

  void Register(rpc::FrontDoor& door);

  absl::StatusOr<rpc::Loaded<ClaimedTask>> LoadClaimedTask(const std::string& name);
  absl::StatusOr<rpc::Loaded<Attachment>> LoadAttachment(const std::string& name);

  absl::StatusOr<v1::Attachment> CreateAttachment(const rpc::CallContext&, const v1::CreateAttachmentRequest&, Unit&,
                                                  const ClaimedTask&);
  absl::StatusOr<v1::Attachment> UploadChunk(const rpc::CallContext&, const v1::UploadChunkRequest&, const Attachment&);
  absl::StatusOr<v1::Attachment> GetAttachment(const rpc::CallContext&, const v1::GetAttachmentRequest&,
                                               const Attachment&);
  absl::StatusOr<v1::ListAttachmentsResponse> ListAttachments(const rpc::CallContext&,
                                                              const v1::ListAttachmentsRequest&, const ClaimedTask&);
  absl::StatusOr<v1::DownloadChunkResponse> DownloadChunk(const rpc::CallContext&, const v1::DownloadChunkRequest&,
                                                          const Attachment&);

 private:
  // Whether a result of this task may name photos: by one of the versions of the form that it may answer.
  absl::StatusOr<bool> MayHavePhotos(const Task& task);
  // The photos of results of the task that are not READY.
  absl::StatusOr<std::vector<NamedPhoto>> AwaitedOf(const Uuid& task, const std::vector<Attachment>& attachments);

  AttachmentStore& attachments_;
  objects::ObjectStore& objects_;
  TaskStore& tasks_;
  FormCache forms_;
  TaskKindStore& kinds_;
  const PageTokens& page_tokens_;
  Uploads uploads_;
};

}  // namespace gridwork::tasks
