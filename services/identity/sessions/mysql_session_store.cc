#include "services/identity/sessions/mysql_session_store.h"

#include <absl/time/clock.h>

#include <algorithm>

#include "common/base/status_macros.h"
#include "common/mysql/transaction.h"
#include "services/identity/staff/staff_errors.h"

namespace gridwork::identity {
namespace {

using mysql::Transaction;
using Hash = std::array<uint8_t, 32>;

constexpr char kLock[] =
    "SELECT id, staff, device, current_sha256, previous_sha256, sealed_successor, created_us, rotated_us FROM session"
    " WHERE id = ? FOR UPDATE";
constexpr char kPut[] =
    "INSERT INTO session (device, id, staff, current_sha256, previous_sha256, sealed_successor, created_us, rotated_us)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE id = VALUES(id), staff = VALUES(staff),"
    " current_sha256 = VALUES(current_sha256), previous_sha256 = VALUES(previous_sha256),"
    " sealed_successor = VALUES(sealed_successor), created_us = VALUES(created_us), rotated_us = VALUES(rotated_us)";
constexpr char kEnd[] = "DELETE FROM session WHERE id = ?";
constexpr char kEndOfDevice[] = "DELETE FROM session WHERE device = ?";
constexpr char kEndOfStaff[] = "DELETE FROM session WHERE staff = ?";
constexpr char kRemoveOver[] = "DELETE FROM session WHERE rotated_us < ? ORDER BY rotated_us LIMIT 1000";

absl::Time Soon() { return absl::Now() + absl::Seconds(5); }

Hash ToHash(const std::string& bytes) {
  Hash out{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
  return out;
}
std::string Bytes(const Hash& hash) { return {hash.begin(), hash.end()}; }

}  // namespace

absl::StatusOr<Session> MysqlSessionStore::Lock(Unit& unit, const Uuid& id) {
  ASSIGN_OR_RETURN(mysql::Rows rows, Transaction::Of(unit).Query(kLock, id));
  if (rows.empty()) return errors::NotFound("Session");
  mysql::Row row = rows[0];
  Session session{.id = row.Get<Uuid>("id"),
                  .staff = row.Get<Uuid>("staff"),
                  .device = row.Get<Uuid>("device"),
                  .current = ToHash(row.Get<std::string>("current_sha256")),
                  .sealed_successor = row.Get<std::string>("sealed_successor"),
                  .created = row.Get<absl::Time>("created_us"),
                  .rotated = row.Get<absl::Time>("rotated_us")};
  if (auto previous = row.Get<std::optional<std::string>>("previous_sha256")) session.previous = ToHash(*previous);
  return session;
}

absl::Status MysqlSessionStore::Put(Unit& unit, const Session& s) {
  std::optional<std::string> previous;
  if (s.previous) previous = Bytes(*s.previous);
  return Transaction::Of(unit)
      .Execute(kPut, s.device, s.id, s.staff, Bytes(s.current), previous, s.sealed_successor, s.created, s.rotated)
      .status();
}

absl::Status MysqlSessionStore::End(Unit& unit, const Uuid& id) {
  return Transaction::Of(unit).Execute(kEnd, id).status();
}

absl::Status MysqlSessionStore::EndOfDevice(Unit& unit, const Uuid& device) {
  return Transaction::Of(unit).Execute(kEndOfDevice, device).status();
}

absl::Status MysqlSessionStore::EndOfStaff(Unit& unit, const Uuid& staff) {
  return Transaction::Of(unit).Execute(kEndOfStaff, staff).status();
}

absl::Status MysqlSessionStore::RemoveOver(absl::Time rotated_before) {
  return database_.RunInTransaction(
      Soon(), [&](Transaction& transaction) { return transaction.Execute(kRemoveOver, rotated_before).status(); });
}

}  // namespace gridwork::identity
