// How a picture comes in, piece by piece, from phones that are cut off, to processes that are killed.
//
// A piece is made durable as an object before the row of the attachment says that it is there. Pieces have one size, so
// that two who send the same one write the same object, and the row decides who was first. With the last piece the
// whole is put together, compared with what was announced, stripped and kept as one object; then the row says READY,
// and the pieces go. A process that is killed leaves a row that is behind the objects: the next piece that comes is one
// that is there already, and is written again.
#pragma once
#include <absl/status/statusor.h>

#include <functional>
#include <string_view>

#include "common/objects/object_store.h"
#include "services/tasks/evidence/attachment_store.h"

namespace gridwork::tasks {

// Whether the bytes of a picture are harmless, as the operator's scanner sees it; UNAVAILABLE when it cannot say.
using Scan = std::function<absl::StatusOr<bool>(std::string_view bytes)>;

class Uploads {  // Thread-safe.
 public:
  // Without `scan` everything is harmless.
  Uploads(AttachmentStore& store, objects::ObjectStore& objects, Scan scan = nullptr)
      : store_(store), objects_(objects), scan_(std::move(scan)) {}

  // Takes the piece of `attachment` at `offset`, and returns the attachment as it is then. OUT_OF_RANGE UPLOAD_GAP,
  // DATA_LOSS SHA256_MISMATCH, UNAVAILABLE OBJECTS_AWAY.
  absl::StatusOr<Attachment> Take(const Attachment& attachment, int64_t offset, std::string_view data);

 private:
  absl::StatusOr<Attachment> Finish(const Attachment& attachment, std::string_view last);
  // What has come, without the last piece; NOT_FOUND when a piece of it is lost, or somebody else has finished.
  absl::StatusOr<std::string> Collect(const Attachment& attachment);
  absl::StatusOr<Attachment> Judge(Attachment attachment, std::string_view whole);
  absl::StatusOr<Attachment> BeginAnew(const Attachment& attachment);

  AttachmentStore& store_;
  objects::ObjectStore& objects_;
  const Scan scan_;
};

}  // namespace gridwork::tasks
