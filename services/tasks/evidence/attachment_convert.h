// Protobuf to domain and back, for attachments. What comes out of Parse* is valid; nothing checks it again.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "gridwork/tasks/v1/attachment_service.pb.h"
#include "services/tasks/evidence/attachment.h"

namespace gridwork::tasks {

struct NewAttachment {
  int attempt = 0;
  std::string sha256;
  int64_t size = 0;
};

absl::StatusOr<Uuid> ParseAttachmentName(std::string_view name);
absl::StatusOr<NewAttachment> ParseCreate(const v1::CreateAttachmentRequest& request);
// The offset; the data has the length that a piece at this place of the attachment has.
absl::StatusOr<int64_t> ParseUpload(const v1::UploadChunkRequest& request, const Attachment& attachment);
absl::StatusOr<int64_t> ParseDownload(const v1::DownloadChunkRequest& request);

// The photos that the result names.
std::vector<NamedPhoto> PhotosOf(const Submission& submission);

v1::Attachment ToProto(const Attachment& attachment);
v1::AwaitedPhoto ToProto(const NamedPhoto& photo);

}  // namespace gridwork::tasks
