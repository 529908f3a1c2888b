#include "services/tasks/evidence/mysql_attachment_store.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/base/status_macros.h"
#include "common/mysql/named_lock.h"
#include "common/mysql/predicates.h"
#include "services/tasks/evidence/attachment_errors.h"

namespace gridwork::tasks {
namespace {

using mysql::Params;
using mysql::Row;
using mysql::Rows;
using mysql::Transaction;

#define COLUMNS                                                                                                        \
  "id, task, attempt, state, reject_reason, sha256, size, received, content_type, stored, stored_sha256, created_us, " \
  "updated_us"

constexpr char kFind[] = "SELECT " COLUMNS " FROM attachment WHERE id = ?";
constexpr char kOfTask[] = "SELECT " COLUMNS " FROM attachment WHERE task = ? ORDER BY id";
constexpr char kInsert[] = "INSERT INTO attachment (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kAdvance[] =
    "UPDATE attachment SET received = ?, updated_us = ? WHERE id = ? AND received = ? AND state = 1";
constexpr char kFinish[] =
    "UPDATE attachment SET state = ?, reject_reason = ?, received = ?, content_type = ?, stored = ?, stored_sha256 = "
    "?, updated_us = ? WHERE id = ? AND state = 1";
constexpr char kStale[] = "SELECT id FROM attachment WHERE state IN (1, 3) AND updated_us < ? LIMIT ?";
constexpr char kForget[] = "DELETE FROM attachment WHERE id = ? AND state IN (1, 3) AND updated_us < ?";
constexpr char kStates[] = "SELECT id, state FROM attachment WHERE id IN ({})";

constexpr absl::Duration kTimeout = absl::Seconds(5);

absl::Time Soon() { return absl::Now() + kTimeout; }

std::vector<Attachment> ToAttachments(const Rows& rows) {
  std::vector<Attachment> out;
  for (Row row : rows) {
    out.push_back({.id = row.Get<Uuid>("id"),
                   .task = row.Get<Uuid>("task"),
                   .attempt = row.Get<int>("attempt"),
                   .state = static_cast<AttachmentState>(row.Get<int>("state")),
                   .reject_reason = static_cast<RejectReason>(row.Get<int>("reject_reason")),
                   .sha256 = row.Get<std::string>("sha256"),
                   .size = row.Get<int64_t>("size"),
                   .received = row.Get<int64_t>("received"),
                   .content_type = row.Get<std::string>("content_type"),
                   .stored = row.Get<int64_t>("stored"),
                   .stored_sha256 = row.Get<std::string>("stored_sha256"),
                   .created = row.Get<absl::Time>("created_us"),
                   .updated = row.Get<absl::Time>("updated_us")});
  }
  return out;
}

}  // namespace

absl::StatusOr<Attachment> MysqlAttachmentStore::Find(const Uuid& id) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kFind, id));
  if (rows.empty()) return errors::AttachmentNotFound();
  return ToAttachments(rows)[0];
}

absl::StatusOr<std::vector<Attachment>> MysqlAttachmentStore::OfTask(const Uuid& task) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kOfTask, task));
  return ToAttachments(rows);
}

absl::StatusOr<std::vector<Attachment>> MysqlAttachmentStore::OfTask(Unit& unit, const Uuid& task) {
  ASSIGN_OR_RETURN(Rows rows, Transaction::Of(unit).Query(kOfTask, task));
  return ToAttachments(rows);
}

absl::Status MysqlAttachmentStore::Create(Unit& unit, const Attachment& a) {
  return Transaction::Of(unit)
      .Execute(kInsert, a.id, a.task, a.attempt, static_cast<int>(a.state), static_cast<int>(a.reject_reason), a.sha256,
               a.size, a.received, a.content_type, a.stored, a.stored_sha256, a.created, a.updated)
      .status();
}

absl::StatusOr<bool> MysqlAttachmentStore::Advance(const Uuid& id, int64_t from, int64_t to) {
  bool moved = false;
  RETURN_IF_ERROR(database_.RunInTransaction(Soon(), [&](Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(absl::Time now, transaction.Now());
    ASSIGN_OR_RETURN(int64_t rows, transaction.Execute(kAdvance, to, now, id, from));
    moved = rows > 0;
    return absl::OkStatus();
  }));
  return moved;
}

absl::StatusOr<bool> MysqlAttachmentStore::Finish(const Attachment& done) {
  bool finished = false;
  RETURN_IF_ERROR(database_.RunInTransaction(Soon(), [&](Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(absl::Time now, transaction.Now());
    ASSIGN_OR_RETURN(
        int64_t rows,
        transaction.Execute(kFinish, static_cast<int>(done.state), static_cast<int>(done.reject_reason), done.received,
                            done.content_type, done.stored, done.stored_sha256, now, done.id));
    finished = rows > 0;
    return absl::OkStatus();
  }));
  return finished;
}

absl::StatusOr<std::vector<Uuid>> MysqlAttachmentStore::Stale(absl::Time before, size_t limit) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kStale, before, limit));
  std::vector<Uuid> out;
  for (Row row : rows) out.push_back(row.Get<Uuid>("id"));
  return out;
}

absl::StatusOr<bool> MysqlAttachmentStore::Forget(const Uuid& id, absl::Time before) {
  bool gone = false;
  RETURN_IF_ERROR(database_.RunInTransaction(Soon(), [&](Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(int64_t rows, transaction.Execute(kForget, id, before));
    gone = rows > 0;
    return absl::OkStatus();
  }));
  return gone;
}

absl::StatusOr<std::map<Uuid, AttachmentState>> MysqlAttachmentStore::States(const std::vector<Uuid>& ids) {
  std::map<Uuid, AttachmentState> out;
  if (ids.empty()) return out;
  const Params params(ids.begin(), ids.end());
  ASSIGN_OR_RETURN(Rows rows,
                   database_.QueryWith(Soon(), fmt::format(kStates, mysql::Placeholders(ids.size())), params));
  for (Row row : rows) out[row.Get<Uuid>("id")] = static_cast<AttachmentState>(row.Get<int>("state"));
  return out;
}

absl::StatusOr<bool> MysqlAttachmentStore::Alone(const std::function<absl::Status()>& body) {
  ASSIGN_OR_RETURN(mysql::Lease connection, pool_.Acquire(Soon()));
  ASSIGN_OR_RETURN(auto lock, mysql::NamedLock::Try(*connection, "attachments", absl::ZeroDuration()));
  if (!lock) return false;
  RETURN_IF_ERROR(body());
  return true;
}

}  // namespace gridwork::tasks
