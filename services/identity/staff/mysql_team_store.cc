#include "services/identity/staff/mysql_team_store.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include <map>
#include <set>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/mysql/predicates.h"
#include "services/identity/staff/staff_errors.h"

namespace gridwork::identity {
namespace {

#define TEAM                                                                                       \
  "SELECT t.id, t.display_name, t.area, a.path, t.version, t.created_us, t.updated_us FROM team t" \
  " JOIN area a ON a.code = t.area WHERE "

constexpr char kFind[] = TEAM "t.id = ?";
constexpr char kList[] = TEAM "t.id > ? AND ";
constexpr char kMembers[] = "SELECT team_id, staff_id FROM team_member WHERE team_id IN (";
constexpr char kInsert[] =
    "INSERT INTO team (id, display_name, area, version, created_us, updated_us) VALUES (?, ?, ?, ?, ?, ?)";
constexpr char kUpdate[] =
    "UPDATE team SET display_name = ?, version = version + 1, updated_us = ? WHERE id = ? AND version = ?";
constexpr char kVersion[] = "SELECT version FROM team WHERE id = ?";
constexpr char kKnownStaff[] = "SELECT id FROM staff WHERE id IN (";
constexpr char kDeleteMembers[] = "DELETE FROM team_member WHERE team_id = ?";
constexpr char kInsertMember[] = "INSERT INTO team_member (team_id, staff_id, position) VALUES (?, ?, ?)";

#undef TEAM

absl::Time Soon() { return absl::Now() + absl::Seconds(5); }

Team ToTeam(const mysql::Row& row) {
  return {.id = row.Get<Uuid>("id"),
          .display_name = row.Get<std::string>("display_name"),
          .area = row.Get<std::string>("area"),
          .area_path = row.Get<std::string>("path"),
          .version = row.Get<int64_t>("version"),
          .created = row.Get<absl::Time>("created_us"),
          .updated = row.Get<absl::Time>("updated_us")};
}

absl::Status WriteMembers(mysql::Transaction& transaction, const Team& team) {
  RETURN_IF_ERROR(transaction.Execute(kDeleteMembers, team.id).status());
  if (team.members.empty()) return absl::OkStatus();

  mysql::Params ids(team.members.begin(), team.members.end());
  ASSIGN_OR_RETURN(mysql::Rows rows, transaction.QueryWith(kKnownStaff + mysql::Placeholders(ids.size()) + ")", ids));
  std::set<Uuid> known;
  for (mysql::Row row : rows) known.insert(row.Get<Uuid>(0));
  for (size_t i = 0; i < team.members.size(); ++i) {
    if (!known.contains(team.members[i])) {
      return BadField(fmt::format("team.members[{}]", i), "must be somebody who has an account");
    }
    RETURN_IF_ERROR(transaction.Execute(kInsertMember, team.id, team.members[i], i).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MysqlTeamStore::LoadMembers(std::vector<Team>& teams) {
  if (teams.empty()) return absl::OkStatus();
  mysql::Params ids;
  std::map<Uuid, Team*> by_id;
  for (Team& team : teams) {
    ids.emplace_back(team.id);
    by_id[team.id] = &team;
  }
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      database_.QueryWith(Soon(), kMembers + mysql::Placeholders(ids.size()) + ") ORDER BY position", ids));
  for (mysql::Row row : rows) by_id.at(row.Get<Uuid>(0))->members.push_back(row.Get<Uuid>(1));
  return absl::OkStatus();
}

absl::StatusOr<Team> MysqlTeamStore::Find(const Uuid& id) {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kFind, id));
  if (rows.empty()) return errors::NotFound("Team");
  std::vector<Team> found{ToTeam(rows[0])};
  RETURN_IF_ERROR(LoadMembers(found));
  return std::move(found[0]);
}

absl::StatusOr<auth::Page<Team>> MysqlTeamStore::List(const auth::Scope& scope, const std::string& after,
                                                      size_t limit) {
  auth::Page<Team> page(scope);
  mysql::Params params{after};
  std::string sql = kList + mysql::ScopePredicate("a.path", scope.areas(), params) + " ORDER BY t.id LIMIT ?";
  params.emplace_back(limit + 1);  // one more tells whether there is a next page
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.QueryWith(Soon(), sql, params));
  for (mysql::Row row : rows) {
    if (page.rows.size() == limit) {
      page.next = page.rows.back().id.ToBytes();
      break;
    }
    page.rows.push_back(ToTeam(row));
  }
  RETURN_IF_ERROR(LoadMembers(page.rows));
  return page;
}

absl::Status MysqlTeamStore::Insert(Unit& unit, const Team& team) {
  auto& transaction = mysql::Transaction::Of(unit);
  RETURN_IF_ERROR(
      transaction.Execute(kInsert, team.id, team.display_name, team.area, team.version, team.created, team.updated)
          .status());
  return WriteMembers(transaction, team);
}

absl::Status MysqlTeamStore::Update(Unit& unit, Team& team) {
  auto& transaction = mysql::Transaction::Of(unit);
  ASSIGN_OR_RETURN(int64_t updated,
                   transaction.Execute(kUpdate, team.display_name, team.updated, team.id, team.version));
  if (updated == 0) {
    ASSIGN_OR_RETURN(mysql::Rows rows, transaction.Query(kVersion, team.id));
    return rows.empty() ? errors::NotFound("Team") : errors::EtagMismatch(rows[0].Get<int64_t>(0));
  }
  ++team.version;
  return WriteMembers(transaction, team);
}

}  // namespace gridwork::identity
