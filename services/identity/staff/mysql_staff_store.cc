#include "services/identity/staff/mysql_staff_store.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include <functional>
#include <map>

#include "common/base/status_macros.h"
#include "common/mysql/predicates.h"
#include "services/identity/staff/staff_errors.h"

namespace gridwork::identity {
namespace {

#define STAFF_COLUMNS \
  "s.id, s.username, s.display_name, s.area, a.path, s.disabled, s.version, s.created_us, s.updated_us"

constexpr char kFind[] = "SELECT " STAFF_COLUMNS " FROM staff s JOIN area a ON a.code = s.area WHERE s.id = ?";
constexpr char kLock[] = "SELECT id FROM staff WHERE id = ? FOR UPDATE";
constexpr char kHolders[] =
    "SELECT DISTINCT staff_id FROM role_grant WHERE area IN ({}) AND end_us > ? ORDER BY staff_id LOCK IN SHARE MODE";
constexpr char kList[] =
    "SELECT " STAFF_COLUMNS " FROM staff s JOIN area a ON a.code = s.area WHERE s.username > ? AND ";
constexpr char kHoldsRole[] =
    " AND EXISTS (SELECT 1 FROM role_grant g WHERE g.staff_id = s.id AND g.role = ? AND g.start_us <= ? AND g.end_us > "
    "?)";
#define GRANTS                                                                                              \
  "SELECT g.staff_id, g.id, g.role, g.area, a.path, g.start_us, g.end_us, g.delegated_by, g.delegated_from" \
  " FROM role_grant g JOIN area a ON a.code = g.area WHERE "
constexpr char kGrants[] = GRANTS "g.staff_id IN (";
constexpr char kDelegatedBy[] = GRANTS "g.delegated_by = ? ORDER BY g.staff_id, g.start_us, g.id";
#undef GRANTS
constexpr char kQualifications[] =
    "SELECT staff_id, code, end_us FROM staff_qualification WHERE staff_id IN ({}) ORDER BY code";
constexpr char kPutQualification[] =
    "INSERT INTO staff_qualification (staff_id, code, end_us) VALUES (?, ?, ?)"
    " ON DUPLICATE KEY UPDATE end_us = VALUES(end_us)";
constexpr char kRemoveQualification[] = "DELETE FROM staff_qualification WHERE staff_id = ? AND code = ?";
#define ABSENCES "SELECT id, staff_id, cover_id, start_us, end_us FROM staff_absence WHERE "
constexpr char kAbsences[] = ABSENCES "staff_id IN ({0}) OR cover_id IN ({0}) ORDER BY start_us, id";
constexpr char kFindAbsence[] = ABSENCES "staff_id = ? AND id = ?";
#undef ABSENCES
constexpr char kAddAbsence[] =
    "INSERT INTO staff_absence (id, staff_id, cover_id, start_us, end_us) VALUES (?, ?, ?, ?, ?)";
constexpr char kRemoveAbsence[] = "DELETE FROM staff_absence WHERE id = ?";
constexpr char kEraseAbsences[] = "DELETE FROM staff_absence WHERE end_us <= ?";
constexpr char kInGrantOrder[] = ") ORDER BY g.start_us, g.id";
constexpr char kInsert[] =
    "INSERT INTO staff (id, username, display_name, area, disabled, version, created_us, updated_us)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kUpdate[] =
    "UPDATE staff SET display_name = ?, disabled = ?, version = version + 1, updated_us = ? WHERE id = ? AND version = "
    "?";
constexpr char kVersion[] = "SELECT version FROM staff WHERE id = ?";
constexpr char kPutGrant[] =
    "INSERT INTO role_grant (id, staff_id, role, area, start_us, end_us, delegated_by, delegated_from)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE end_us = VALUES(end_us)";
constexpr char kRemoveGrant[] = "DELETE FROM role_grant WHERE id = ? AND staff_id = ?";

#undef STAFF_COLUMNS

absl::Time Soon() { return absl::Now() + absl::Seconds(5); }

Staff ToStaff(const mysql::Row& row) {
  return {.id = row.Get<Uuid>("id"),
          .username = row.Get<std::string>("username"),
          .display_name = row.Get<std::string>("display_name"),
          .area = row.Get<std::string>("area"),
          .area_path = row.Get<std::string>("path"),
          .disabled = row.Get<bool>("disabled"),
          .version = row.Get<int64_t>("version"),
          .created = row.Get<absl::Time>("created_us"),
          .updated = row.Get<absl::Time>("updated_us")};
}

Grant ToGrant(const mysql::Row& row) {
  Grant grant{.id = row.Get<Uuid>("id"),
              .role = static_cast<Role>(row.Get<uint8_t>("role")),
              .area = row.Get<std::string>("area"),
              .area_path = row.Get<std::string>("path"),
              .start = row.Get<absl::Time>("start_us"),
              .end = row.Get<absl::Time>("end_us")};
  if (auto from = row.Get<std::optional<Uuid>>("delegated_from")) {
    grant.delegated_from = GrantRef{row.Get<Uuid>("delegated_by"), *from};
  }
  return grant;
}

Absence ToAbsence(const mysql::Row& row) {
  return {.id = row.Get<Uuid>("id"),
          .staff = row.Get<Uuid>("staff_id"),
          .cover = row.Get<Uuid>("cover_id"),
          .start = row.Get<absl::Time>("start_us"),
          .end = row.Get<absl::Time>("end_us")};
}

// A statement on its own, or in a transaction.
using Run = std::function<absl::StatusOr<mysql::Rows>(std::string_view, const mysql::Params&)>;

Run On(mysql::Database& database) {
  return [&database](std::string_view sql, const mysql::Params& params) {
    return database.QueryWith(Soon(), sql, params);
  };
}

Run On(Unit& unit) {
  return [&unit](std::string_view sql, const mysql::Params& params) {
    return mysql::Transaction::Of(unit).QueryWith(sql, params);
  };
}

absl::Status LoadRights(const Run& run, std::vector<Staff>& staff) {
  if (staff.empty()) return absl::OkStatus();
  mysql::Params ids;
  std::map<Uuid, Staff*> by_id;
  for (Staff& one : staff) {
    ids.emplace_back(one.id);
    by_id[one.id] = &one;
  }
  ASSIGN_OR_RETURN(mysql::Rows rows, run(kGrants + mysql::Placeholders(ids.size()) + kInGrantOrder, ids));
  for (mysql::Row row : rows) by_id.at(row.Get<Uuid>("staff_id"))->grants.push_back(ToGrant(row));

  const std::string places = mysql::Placeholders(ids.size());
  ASSIGN_OR_RETURN(rows, run(fmt::format(kQualifications, places), ids));
  for (mysql::Row row : rows) {
    by_id.at(row.Get<Uuid>("staff_id"))
        ->qualifications.push_back({row.Get<std::string>("code"), row.Get<absl::Time>("end_us")});
  }
  mysql::Params twice = ids;
  twice.insert(twice.end(), ids.begin(), ids.end());
  ASSIGN_OR_RETURN(rows, run(fmt::format(kAbsences, places), twice));
  for (mysql::Row row : rows) {
    Absence absence = ToAbsence(row);
    if (auto it = by_id.find(absence.staff); it != by_id.end()) it->second->absences.push_back(absence);
    if (auto it = by_id.find(absence.cover); it != by_id.end()) it->second->covers.push_back(absence);
  }
  return absl::OkStatus();
}

absl::StatusOr<Staff> FindOn(const Run& run, const Uuid& id) {
  ASSIGN_OR_RETURN(mysql::Rows rows, run(kFind, {id}));
  if (rows.empty()) return errors::NotFound("Staff");
  std::vector<Staff> found{ToStaff(rows[0])};
  RETURN_IF_ERROR(LoadRights(run, found));
  return std::move(found[0]);
}

}  // namespace

absl::StatusOr<Staff> MysqlStaffStore::Find(const Uuid& id) { return FindOn(On(database_), id); }

absl::StatusOr<GrantOfStaff> MysqlStaffStore::FindGrant(const Uuid& staff, const Uuid& grant) {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), std::string(kGrants) + "?) AND g.id = ?", staff, grant));
  if (rows.empty()) return errors::NotFound("Grant");
  return GrantOfStaff{staff, ToGrant(rows[0])};
}

absl::StatusOr<Absence> MysqlStaffStore::FindAbsence(const Uuid& staff, const Uuid& absence) {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kFindAbsence, staff, absence));
  if (rows.empty()) return errors::NotFound("Absence");
  return ToAbsence(rows[0]);
}

absl::StatusOr<auth::Page<Staff>> MysqlStaffStore::List(const auth::Scope& scope, const StaffQuery& query) {
  auth::Page<Staff> page(scope);
  mysql::Params params{query.after};
  std::string sql = kList + mysql::ScopePredicate("a.path", scope.areas(), params);
  if (!query.area_path.empty()) sql += " AND " + mysql::AreaPredicate("a.path", query.area_path, params);
  if (query.role) {
    sql += kHoldsRole;
    params.insert(params.end(), {static_cast<int>(*query.role), query.now, query.now});
  }
  sql += " ORDER BY s.username LIMIT ?";
  params.emplace_back(query.limit + 1);  // one more tells whether there is a next page

  ASSIGN_OR_RETURN(mysql::Rows rows, database_.QueryWith(Soon(), sql, params));
  for (mysql::Row row : rows) {
    if (page.rows.size() == query.limit) {
      page.next = page.rows.back().username;
      break;
    }
    page.rows.push_back(ToStaff(row));
  }
  RETURN_IF_ERROR(LoadRights(On(database_), page.rows));
  return page;
}

absl::Status MysqlStaffStore::Insert(Unit& unit, const Staff& staff) {
  auto inserted =
      mysql::Transaction::Of(unit).Execute(kInsert, staff.id, staff.username, staff.display_name, staff.area,
                                           staff.disabled, staff.version, staff.created, staff.updated);
  if (absl::IsAlreadyExists(inserted.status())) return errors::UsernameTaken();
  return inserted.status();
}

absl::Status MysqlStaffStore::Update(Unit& unit, Staff& staff) {
  auto& transaction = mysql::Transaction::Of(unit);
  ASSIGN_OR_RETURN(int64_t updated, transaction.Execute(kUpdate, staff.display_name, staff.disabled, staff.updated,
                                                        staff.id, staff.version));
  if (updated == 0) {
    ASSIGN_OR_RETURN(mysql::Rows rows, transaction.Query(kVersion, staff.id));
    return rows.empty() ? errors::NotFound("Staff") : errors::EtagMismatch(rows[0].Get<int64_t>(0));
  }
  ++staff.version;
  return absl::OkStatus();
}

absl::StatusOr<Staff> MysqlStaffStore::Lock(Unit& unit, const Uuid& id) {
  ASSIGN_OR_RETURN(mysql::Rows locked, mysql::Transaction::Of(unit).Query(kLock, id));
  if (locked.empty()) return errors::NotFound("Staff");
  return FindOn(On(unit), id);
}

absl::StatusOr<std::vector<Staff>> MysqlStaffStore::LockHolders(Unit& unit, const std::vector<std::string>& areas,
                                                                absl::Time now) {
  mysql::Params params(areas.begin(), areas.end());
  params.emplace_back(now);
  ASSIGN_OR_RETURN(mysql::Rows rows, mysql::Transaction::Of(unit).QueryWith(
                                         fmt::format(kHolders, mysql::Placeholders(areas.size())), params));
  std::vector<Staff> holders;
  for (mysql::Row row : rows) {
    ASSIGN_OR_RETURN(holders.emplace_back(), Lock(unit, row.Get<Uuid>("staff_id")));
  }
  return holders;
}

absl::Status MysqlStaffStore::PutGrant(Unit& unit, const Uuid& staff, const Grant& grant) {
  std::optional<Uuid> by, from;
  if (grant.delegated_from) {
    by = grant.delegated_from->staff;
    from = grant.delegated_from->grant;
  }
  return mysql::Transaction::Of(unit)
      .Execute(kPutGrant, grant.id, staff, static_cast<int>(grant.role), grant.area, grant.start, grant.end, by, from)
      .status();
}

absl::Status MysqlStaffStore::RemoveGrant(Unit& unit, const Uuid& staff, const Uuid& grant) {
  return mysql::Transaction::Of(unit).Execute(kRemoveGrant, grant, staff).status();
}

absl::StatusOr<std::vector<GrantOfStaff>> MysqlStaffStore::DelegatedBy(Unit& unit, const Uuid& holder) {
  ASSIGN_OR_RETURN(mysql::Rows rows, mysql::Transaction::Of(unit).Query(kDelegatedBy, holder));
  std::vector<GrantOfStaff> grants;
  for (mysql::Row row : rows) grants.push_back({row.Get<Uuid>("staff_id"), ToGrant(row)});
  return grants;
}

absl::Status MysqlStaffStore::PutQualification(Unit& unit, const Uuid& staff, const Qualification& held) {
  return mysql::Transaction::Of(unit).Execute(kPutQualification, staff, held.code, held.end).status();
}

absl::Status MysqlStaffStore::RemoveQualification(Unit& unit, const Uuid& staff, const std::string& code) {
  return mysql::Transaction::Of(unit).Execute(kRemoveQualification, staff, code).status();
}

absl::Status MysqlStaffStore::AddAbsence(Unit& unit, const Absence& a, absl::Time now) {
  auto& transaction = mysql::Transaction::Of(unit);
  RETURN_IF_ERROR(transaction.Execute(kEraseAbsences, now).status());
  return transaction.Execute(kAddAbsence, a.id, a.staff, a.cover, a.start, a.end).status();
}

absl::Status MysqlStaffStore::RemoveAbsence(Unit& unit, const Uuid& absence) {
  return mysql::Transaction::Of(unit).Execute(kRemoveAbsence, absence).status();
}

}  // namespace gridwork::identity
