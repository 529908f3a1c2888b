#include "services/tasks/sync/mysql_conflict_store.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "common/base/status_macros.h"
#include "common/mysql/predicates.h"
#include "services/tasks/sync/sync_errors.h"

namespace gridwork::tasks {
namespace {

using mysql::Params;
using mysql::Row;
using mysql::Rows;
using mysql::Transaction;
using nlohmann::json;

#define COLUMNS                                                                                           \
  "c.id, c.place, c.field, c.proposed, c.author, c.created_us, c.state, c.replaced, c.replaced_version, " \
  "c.replaced_author, c.replaced_us, c.decided_us"

constexpr char kFind[] = "SELECT " COLUMNS " FROM place_conflict c WHERE c.id = ?";
constexpr char kLock[] = "SELECT " COLUMNS " FROM place_conflict c WHERE c.id = ? FOR UPDATE";
constexpr char kList[] =
    "SELECT " COLUMNS " FROM place_conflict c JOIN place p ON p.id = c.place WHERE {} ORDER BY c.id LIMIT ?";
constexpr char kInsert[] =
    "INSERT INTO place_conflict (id, place, field, proposed, author, created_us, state, replaced_author, "
    "replaced_version) VALUES (?, ?, ?, ?, ?, ?, 1, '', 0)";
constexpr char kDecide[] =
    "UPDATE place_conflict SET state = ?, replaced = ?, replaced_version = ?, replaced_author = ?, replaced_us = ?, "
    "decided_us = ? WHERE id = ?";
constexpr char kCount[] =
    "SELECT COUNT(*), COALESCE(CAST(SUM(created_us < CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) - ?) AS SIGNED), "
    "0) FROM place_conflict WHERE decided_us IS NULL";
constexpr char kForget[] =
    "DELETE FROM place_conflict WHERE decided_us < CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) - ? LIMIT 1000";

constexpr absl::Duration kReadTimeout = absl::Seconds(5);

absl::Time Soon() { return absl::Now() + kReadTimeout; }

// One field of a place as JSON.
std::string Write(PlaceField field, const Place& place) {
  json out;
  switch (field) {
    case PlaceField::kKind:
      out = static_cast<int>(place.kind);
      break;
    case PlaceField::kDisplayName:
      out = place.display_name;
      break;
    case PlaceField::kAddress:
      out = place.address;
      break;
    case PlaceField::kLocality:
      out = place.locality;
      break;
    case PlaceField::kPostalCode:
      out = place.postal_code;
      break;
    case PlaceField::kLocation:
      if (place.location) out = {place.location->latitude, place.location->longitude};
      break;
    case PlaceField::kStatus:
      out = static_cast<int>(place.status);
      break;
    case PlaceField::kOperator:
      out = {place.operator_organisation, place.operator_licence};
      break;
    case PlaceField::kRisk:
      out = place.risk;
      break;
  }
  return out.dump();
}

Place Read(PlaceField field, const std::string& text) {
  Place out;
  json value = json::parse(text);
  switch (field) {
    case PlaceField::kKind:
      out.kind = static_cast<PlaceKind>(value.get<int>());
      break;
    case PlaceField::kDisplayName:
      out.display_name = value;
      break;
    case PlaceField::kAddress:
      out.address = value;
      break;
    case PlaceField::kLocality:
      out.locality = value;
      break;
    case PlaceField::kPostalCode:
      out.postal_code = value;
      break;
    case PlaceField::kLocation:
      if (!value.is_null()) out.location = LatLng{value[0], value[1]};
      break;
    case PlaceField::kStatus:
      out.status = static_cast<PlaceStatus>(value.get<int>());
      break;
    case PlaceField::kOperator:
      out.operator_organisation = value[0];
      out.operator_licence = value[1];
      break;
    case PlaceField::kRisk:
      out.risk = value;
      break;
  }
  return out;
}

Conflict ToConflict(const Row& row) {
  auto field = static_cast<PlaceField>(row.Get<uint8_t>("field"));
  Conflict out{.id = row.Get<Uuid>("id"),
               .place = row.Get<Uuid>("place"),
               .field = field,
               .state = static_cast<ConflictState>(row.Get<int>("state")),
               .proposed = Read(field, row.Get<std::string>("proposed")),
               .author = row.Get<std::string>("author"),
               .created = row.Get<absl::Time>("created_us"),
               .decided = row.Get<std::optional<absl::Time>>("decided_us")};
  if (auto replaced = row.Get<std::optional<std::string>>("replaced")) {
    out.replaced = Read(field, *replaced);
    out.replaced_mark = {row.Get<int64_t>("replaced_version"), row.Get<std::string>("replaced_author"),
                         row.Get<std::optional<absl::Time>>("replaced_us").value_or(absl::UnixEpoch())};
  }
  return out;
}

}  // namespace

absl::StatusOr<Conflict> MysqlConflictStore::Find(const Uuid& id) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kFind, id));
  if (rows.empty()) return errors::ConflictNotFound();
  Conflict out = ToConflict(rows[0]);
  ASSIGN_OR_RETURN(out.current, places_.Find(out.place));
  return out;
}

absl::StatusOr<auth::Page<Conflict>> MysqlConflictStore::List(const auth::Scope& scope, const ConflictQuery& query) {
  Params params;
  std::string where = mysql::ScopePredicate("p.grid", scope.areas(), params);
  if (!query.area.empty()) where += " AND " + mysql::AreaPredicate("p.grid", query.area, params);
  if (!query.decided_too) where += " AND c.decided_us IS NULL";
  if (query.place) {
    where += " AND c.place = ?";
    params.emplace_back(*query.place);
  }
  if (!query.after.empty()) {
    where += " AND c.id > ?";
    params.emplace_back(query.after);
  }
  params.emplace_back(query.limit + 1);

  auth::Page<Conflict> page(scope);
  RETURN_IF_ERROR(database_.ReadSnapshot(Soon(), [&](Transaction& snapshot) -> absl::Status {
    page.rows.clear();
    ASSIGN_OR_RETURN(Rows rows, snapshot.QueryWith(fmt::format(kList, where), params));
    std::vector<Uuid> ids;
    for (Row row : rows) {
      page.rows.push_back(ToConflict(row));
      ids.push_back(page.rows.back().place);
    }
    ASSIGN_OR_RETURN(auto places, places_.FindAll(snapshot, ids));
    std::map<Uuid, Place> by_id;
    for (Place& place : places) by_id.emplace(place.id, std::move(place));
    for (Conflict& conflict : page.rows) conflict.current = by_id.at(conflict.place);
    return absl::OkStatus();
  }));
  if (page.rows.size() > query.limit) {
    page.rows.pop_back();
    page.next = page.rows.back().id.ToBytes();
  }
  return page;
}

absl::Status MysqlConflictStore::Add(Unit& unit, const std::vector<Conflict>& conflicts) {
  for (const Conflict& c : conflicts) {
    RETURN_IF_ERROR(
        Transaction::Of(unit)
            .Execute(kInsert, c.id, c.place, static_cast<int>(c.field), Write(c.field, c.proposed), c.author, c.created)
            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<Conflict> MysqlConflictStore::Lock(Unit& unit, const Uuid& id) {
  ASSIGN_OR_RETURN(Rows rows, Transaction::Of(unit).Query(kLock, id));
  if (rows.empty()) return errors::ConflictNotFound();
  Conflict out = ToConflict(rows[0]);
  ASSIGN_OR_RETURN(out.current, places_.Lock(unit, out.place));
  return out;
}

absl::Status MysqlConflictStore::Decide(Unit& unit, const Conflict& c) {
  return Transaction::Of(unit)
      .Execute(kDecide, static_cast<int>(c.state), Write(c.field, *c.replaced), c.replaced_mark.version,
               c.replaced_mark.author, c.replaced_mark.time, c.decided, c.id)
      .status();
}

absl::StatusOr<absl::Time> MysqlConflictStore::Now(Unit& unit) { return Transaction::Of(unit).Now(); }

absl::StatusOr<ConflictCounts> MysqlConflictStore::Count() {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(Soon(), kCount, absl::ToInt64Microseconds(kConflictAgeLimit)));
  return ConflictCounts{rows[0].Get<int64_t>(0), rows[0].Get<int64_t>(1)};
}

absl::Status MysqlConflictStore::Forget() {
  return database_.RunInTransaction(Soon(), [](Transaction& transaction) {
    return transaction.Execute(kForget, absl::ToInt64Microseconds(kConflictMemory)).status();
  });
}

}  // namespace gridwork::tasks
