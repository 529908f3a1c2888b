// Forgets what uploads have left behind; one thread a process, one process at a time:
// * uploads for which nothing has come for kUploadTime, and pictures that were refused so long ago;
// * objects of which no row knows: of those uploads, of processes that were killed, of a database that was restored;
// * pieces of a picture that has been put together.
// What is READY stays.
#pragma once
#include "common/base/clock.h"
#include "common/base/every.h"
#include "common/objects/object_store.h"
#include "services/tasks/evidence/attachment_store.h"

namespace gridwork::tasks {

class Cleanup {
 public:
  Cleanup(AttachmentStore& store, objects::ObjectStore& objects, const Clock& clock)
      : store_(store), objects_(objects), clock_(clock) {}

  void Start();

  // One round; does nothing while another process is at it. Public for tests.
  absl::Status Round();

 private:
  absl::Status ForgetStale();
  absl::Status DeleteGarbage();
  // Deletes those of `objects` that are garbage.
  absl::Status DeleteFrom(const std::vector<objects::ObjectInfo>& objects);

  AttachmentStore& store_;
  objects::ObjectStore& objects_;
  const Clock& clock_;
  Every round_;
};

}  // namespace gridwork::tasks
