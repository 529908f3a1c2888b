#include "services/identity/devices/mysql_device_store.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/mysql/predicates.h"
#include "common/mysql/transaction.h"

namespace gridwork::identity {
namespace {

using mysql::Params;
using mysql::Row;
using mysql::Rows;
using mysql::Transaction;

#define DEVICE_COLUMNS \
  "d.id, d.staff, d.display_name, d.certificate, d.certificate_expires_us, d.created_us, d.revoked_us"

constexpr char kFind[] = "SELECT " DEVICE_COLUMNS " FROM device d WHERE d.id = ?";
constexpr char kLock[] = "SELECT " DEVICE_COLUMNS " FROM device d WHERE d.id = ? FOR UPDATE";
constexpr char kUpdate[] = "UPDATE device SET certificate = ?, certificate_expires_us = ?, revoked_us = ? WHERE id = ?";
constexpr char kList[] =
    "SELECT " DEVICE_COLUMNS
    " FROM device d JOIN staff s ON s.id = d.staff JOIN area a ON a.code = s.area WHERE {} ORDER BY d.id LIMIT ?";
constexpr char kFindCode[] = "SELECT staff, expires_us, key_sha256, device FROM enrolment_code WHERE code_sha256 = ?";
constexpr char kFindPassword[] = "SELECT password_hash FROM credential WHERE staff = ?";
constexpr char kPutCode[] =
    "INSERT INTO enrolment_code (staff, code_sha256, expires_us) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE"
    " code_sha256 = VALUES(code_sha256), expires_us = VALUES(expires_us), key_sha256 = NULL, device = NULL";
constexpr char kUseCode[] =
    "UPDATE enrolment_code SET key_sha256 = ?, device = ? WHERE code_sha256 = ? AND device IS NULL";
constexpr char kInsert[] =
    "INSERT INTO device (id, staff, display_name, certificate, certificate_expires_us, created_us)"
    " VALUES (?, ?, ?, ?, ?, ?)";
constexpr char kPutPassword[] =
    "INSERT INTO credential (staff, password_hash, updated_us) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE"
    " password_hash = VALUES(password_hash), updated_us = VALUES(updated_us)";

constexpr absl::Duration kReadTimeout = absl::Seconds(5);

absl::Time Soon() { return absl::Now() + kReadTimeout; }
std::optional<Sha256> ToSha256(const std::optional<std::string>& bytes) {
  if (!bytes) return std::nullopt;
  Sha256 out{};
  std::copy_n(bytes->begin(), std::min(bytes->size(), out.size()), out.begin());
  return out;
}
std::string Bytes(const Sha256& hash) { return {hash.begin(), hash.end()}; }
absl::Status NotFound() { return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such Device"); }

Device ToDevice(const Row& row) {
  return {.id = row.Get<Uuid>("id"),
          .staff = row.Get<Uuid>("staff"),
          .display_name = row.Get<std::string>("display_name"),
          .certificate = row.Get<std::string>("certificate"),
          .certificate_expires = row.Get<absl::Time>("certificate_expires_us"),
          .created = row.Get<absl::Time>("created_us"),
          .revoked = row.Get<std::optional<absl::Time>>("revoked_us")};
}

}  // namespace

absl::StatusOr<Device> MysqlDeviceStore::Find(const Uuid& id) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kFind, id));
  if (rows.empty()) return NotFound();
  return ToDevice(rows[0]);
}

absl::StatusOr<auth::Page<Device>> MysqlDeviceStore::List(const auth::Scope& scope, const DeviceQuery& query) {
  Params params;
  std::string where = mysql::ScopePredicate("a.path", scope.areas(), params);
  if (query.staff) {
    where += " AND d.staff = ?";
    params.emplace_back(*query.staff);
  }
  if (!query.after.empty()) {
    where += " AND d.id > ?";
    params.emplace_back(query.after);
  }
  params.emplace_back(query.limit + 1);
  ASSIGN_OR_RETURN(Rows rows, database_.QueryWith(Soon(), fmt::format(kList, where), params));
  auth::Page<Device> page(scope);
  for (Row row : rows) page.rows.push_back(ToDevice(row));
  if (page.rows.size() > query.limit) {
    page.rows.pop_back();
    page.next = page.rows.back().id.ToBytes();
  }
  return page;
}

absl::StatusOr<EnrolmentCode> MysqlDeviceStore::FindCode(const Sha256& code) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kFindCode, Bytes(code)));
  if (rows.empty()) return NotFound();
  return EnrolmentCode{.staff = rows[0].Get<Uuid>("staff"),
                       .expires = rows[0].Get<absl::Time>("expires_us"),
                       .key = ToSha256(rows[0].Get<std::optional<std::string>>("key_sha256")),
                       .device = rows[0].Get<std::optional<Uuid>>("device")};
}

absl::StatusOr<std::optional<std::string>> MysqlDeviceStore::FindPassword(const Uuid& staff) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kFindPassword, staff));
  if (rows.empty()) return std::nullopt;
  return rows[0].Get<std::string>(0);
}

absl::Status MysqlDeviceStore::PutCode(Unit& unit, const Uuid& staff, const Sha256& code, absl::Time expires) {
  return Transaction::Of(unit).Execute(kPutCode, staff, Bytes(code), expires).status();
}

absl::StatusOr<bool> MysqlDeviceStore::UseCode(Unit& unit, const Sha256& code, const Sha256& key, const Uuid& device) {
  ASSIGN_OR_RETURN(int64_t found, Transaction::Of(unit).Execute(kUseCode, Bytes(key), device, Bytes(code)));
  return found == 1;
}

absl::Status MysqlDeviceStore::Insert(Unit& unit, const Device& d) {
  return Transaction::Of(unit)
      .Execute(kInsert, d.id, d.staff, d.display_name, d.certificate, d.certificate_expires, d.created)
      .status();
}

absl::StatusOr<Device> MysqlDeviceStore::Lock(Unit& unit, const Uuid& id) {
  ASSIGN_OR_RETURN(Rows rows, Transaction::Of(unit).Query(kLock, id));
  if (rows.empty()) return NotFound();
  return ToDevice(rows[0]);
}

absl::Status MysqlDeviceStore::Update(Unit& unit, const Device& d) {
  return Transaction::Of(unit).Execute(kUpdate, d.certificate, d.certificate_expires, d.revoked, d.id).status();
}

absl::Status MysqlDeviceStore::PutPassword(Unit& unit, const Uuid& staff, const std::string& hash, absl::Time now) {
  return Transaction::Of(unit).Execute(kPutPassword, staff, hash, now).status();
}

absl::Status MysqlDeviceStore::InTransaction(const std::function<absl::Status(Unit&)>& body) {
  return database_.RunInTransaction(Soon(), body);
}

}  // namespace gridwork::identity
