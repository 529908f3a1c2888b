// Where the attachments of tasks are written down; their bytes are objects. The fake and MySQL pass the same contract
// test (testing/attachment_store_contract.h).
#pragma once
#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/unit.h"
#include "services/tasks/evidence/attachment.h"

namespace gridwork::tasks {

class AttachmentStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~AttachmentStore() = default;

  // NOT_FOUND when there is none. For the fact loader, too.
  virtual absl::StatusOr<Attachment> Find(const Uuid& id) = 0;
  // All of one task, by id: at most kAttachmentsOfAttempt an attempt.
  virtual absl::StatusOr<std::vector<Attachment>> OfTask(const Uuid& task) = 0;

  // ---- within a unit of work that holds the task locked

  // The same, as `unit` sees them.
  virtual absl::StatusOr<std::vector<Attachment>> OfTask(Unit& unit, const Uuid& task) = 0;
  // Of another picture than those of OfTask().
  virtual absl::Status Create(Unit& unit, const Attachment& attachment) = 0;

  // ---- each a transaction of its own, that does nothing when somebody was faster

  // An upload that has come as far as `from` has come as far as `to`; false when it stands elsewhere.
  virtual absl::StatusOr<bool> Advance(const Uuid& id, int64_t from, int64_t to) = 0;
  // UPLOADING -> READY or REJECTED, as `done` says; false when it is not UPLOADING.
  virtual absl::StatusOr<bool> Finish(const Attachment& done) = 0;

  // ---- for the clean-up

  // Up to `limit` that are not READY and for which nothing has come since `before`.
  virtual absl::StatusOr<std::vector<Uuid>> Stale(absl::Time before, size_t limit) = 0;
  // Forgets one of those; false when it is not one of those any more.
  virtual absl::StatusOr<bool> Forget(const Uuid& id, absl::Time before) = 0;
  // The states of those of `ids` (at most 1,000) that exist.
  virtual absl::StatusOr<std::map<Uuid, AttachmentState>> States(const std::vector<Uuid>& ids) = 0;
  // Runs `body` unless another process is just doing so: false then.
  virtual absl::StatusOr<bool> Alone(const std::function<absl::Status()>& body) = 0;
};

}  // namespace gridwork::tasks
