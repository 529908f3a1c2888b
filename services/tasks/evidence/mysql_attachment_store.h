// AttachmentStore in MariaDB or MySQL: table attachment.
#pragma once
#include "common/mysql/database.h"
#include "services/tasks/evidence/attachment_store.h"

namespace gridwork::tasks {

class MysqlAttachmentStore : public AttachmentStore {  // Thread-safe.
 public:
  // Both use the same connections.
  MysqlAttachmentStore(mysql::Database& database, mysql::Pool& pool) : database_(database), pool_(pool) {}

  absl::StatusOr<Attachment> Find(const Uuid& id) override;
  absl::StatusOr<std::vector<Attachment>> OfTask(const Uuid& task) override;
  absl::StatusOr<std::vector<Attachment>> OfTask(Unit& unit, const Uuid& task) override;
  absl::Status Create(Unit& unit, const Attachment& attachment) override;
  absl::StatusOr<bool> Advance(const Uuid& id, int64_t from, int64_t to) override;
  absl::StatusOr<bool> Finish(const Attachment& done) override;
  absl::StatusOr<std::vector<Uuid>> Stale(absl::Time before, size_t limit) override;
  absl::StatusOr<bool> Forget(const Uuid& id, absl::Time before) override;
  absl::StatusOr<std::map<Uuid, AttachmentState>> States(const std::vector<Uuid>& ids) override;
  absl::StatusOr<bool> Alone(const std::function<absl::Status()>& body) override;

 private:
  mysql::Database& database_;
  mysql::Pool& pool_;
};

}  // namespace gridwork::tasks
