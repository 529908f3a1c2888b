#include "services/identity/areas/mysql_area_store.h"

#include <absl/strings/str_split.h>
#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/base/status_macros.h"
#include "common/mysql/predicates.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/areas/area_errors.h"

namespace gridwork::identity {
namespace {

#define AREA_COLUMNS \
  "code, display_name, level, parent, path, inhabitants, version, created_us, updated_us, ended_us, merged_into"

constexpr char kFind[] = "SELECT " AREA_COLUMNS " FROM area WHERE code = ?";
constexpr char kFindWithGeometry[] = "SELECT " AREA_COLUMNS ", geometry FROM area WHERE code = ?";
constexpr char kAllWithGeometry[] =
    "SELECT " AREA_COLUMNS ", geometry FROM area WHERE geometry <> '' AND ended_us IS NULL";
constexpr char kList[] = "SELECT " AREA_COLUMNS " FROM area WHERE path > ? AND ended_us IS NULL AND ";
constexpr char kAncestorsOf[] =
    " AND (SELECT below.path FROM area AS below WHERE below.code = ?) LIKE CONCAT(area.path, '/%')";
constexpr char kChangeCount[] = "SELECT count FROM area_change WHERE id = 1";
constexpr char kBeginChange[] =
    "INSERT INTO area_change (id, count) VALUES (1, 1) ON DUPLICATE KEY UPDATE count = count + 1";
constexpr char kIsEmpty[] = "SELECT 1 FROM area LIMIT 1";
constexpr char kHasChildren[] = "SELECT 1 FROM area WHERE parent = ? AND code <> ? AND ended_us IS NULL LIMIT 1";
constexpr char kInsert[] =
    "INSERT INTO area (code, display_name, search_text, level, parent, path, inhabitants, geometry, version, "
    "created_us,"
    " updated_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kUpdate[] =
    "UPDATE area SET display_name = ?, search_text = ?, level = ?, inhabitants = ?, geometry = ?, version = version + "
    "1,"
    " updated_us = ? WHERE code = ?";
constexpr char kEnd[] =
    "UPDATE area SET ended_us = ?, merged_into = ?, version = version + 1, updated_us = ? WHERE code = ?";
constexpr char kLiving[] = "SELECT merged_into FROM area WHERE code = ? LOCK IN SHARE MODE";
#define HISTORY_COLUMNS "display_name, level, inhabitants, version, geometry, ended_us, merged_into"
constexpr char kRemember[] = "INSERT INTO area_history (code, from_us, " HISTORY_COLUMNS
                             ") SELECT code, updated_us, " HISTORY_COLUMNS " FROM area WHERE code = ?";
constexpr char kFindAt[] =
    "SELECT a.code, h.display_name, h.level, a.parent, a.path, h.inhabitants, h.version, a.created_us, h.from_us AS "
    "updated_us, h.ended_us, h.merged_into, h.geometry FROM area_history h JOIN area a ON a.code = h.code "
    "WHERE h.code = ? AND h.from_us <= ? ORDER BY h.version DESC LIMIT 1";
constexpr char kRecord[] =
    "INSERT INTO area_change_log (number, kind, root, from_paths, into_paths, time_us) "
    "SELECT count, ?, ?, ?, ?, ? FROM area_change WHERE id = 1";
constexpr char kChanges[] =
    "SELECT number, kind, root, from_paths, into_paths, time_us FROM area_change_log WHERE root = ? AND number > ? "
    "ORDER BY number LIMIT ?";

#undef HISTORY_COLUMNS
#undef AREA_COLUMNS

absl::Time Soon() { return absl::Now() + absl::Seconds(5); }

Area ToArea(const mysql::Row& row) {
  return {.code = row.Get<std::string>("code"),
          .display_name = row.Get<std::string>("display_name"),
          .level = row.Get<std::string>("level"),
          .parent = row.Get<std::optional<std::string>>("parent").value_or(""),
          .path = row.Get<std::string>("path"),
          .inhabitants = row.Get<int64_t>("inhabitants"),
          .version = row.Get<int64_t>("version"),
          .created = row.Get<absl::Time>("created_us"),
          .updated = row.Get<absl::Time>("updated_us"),
          .ended = row.Get<std::optional<absl::Time>>("ended_us"),
          .merged_into = row.Get<std::string>("merged_into")};
}

std::vector<std::string> Lines(const std::string& text) { return absl::StrSplit(text, '\n', absl::SkipEmpty()); }

absl::StatusOr<Area> ToAreaWithGeometry(const mysql::Row& row) {
  Area area = ToArea(row);
  common::v1::MultiPolygon geometry;
  if (!geometry.ParseFromString(row.Get<std::string>("geometry"))) {
    return absl::InternalError(fmt::format("area {}: the stored geometry does not parse", area.code));
  }
  area.geometry = FromProto(geometry);
  return area;
}

absl::Status Remember(Unit& unit, const std::string& code) {
  return mysql::Transaction::Of(unit).Execute(kRemember, code).status();
}

std::optional<std::string> OrNull(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

}  // namespace

absl::StatusOr<Area> MysqlAreaStore::Find(const std::string& code) {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kFind, code));
  if (rows.empty()) return errors::AreaNotFound();
  return ToArea(rows[0]);
}

absl::StatusOr<Area> MysqlAreaStore::FindWithGeometry(const std::string& code) {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kFindWithGeometry, code));
  if (rows.empty()) return errors::AreaNotFound();
  return ToAreaWithGeometry(rows[0]);
}

absl::StatusOr<Area> MysqlAreaStore::FindAt(const std::string& code, absl::Time time) {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kFindAt, code, time));
  if (rows.empty()) return errors::AreaNotFound();
  return ToAreaWithGeometry(rows[0]);
}

absl::StatusOr<auth::Page<Area>> MysqlAreaStore::List(const auth::Scope& scope, const AreaQuery& query) {
  auth::Page<Area> page(scope);
  mysql::Params params{query.after};
  std::string sql = kList + mysql::ScopePredicate("path", scope.areas(), params);
  auto where = [&](const char* condition, const std::string& value) {
    if (value.empty()) return;
    sql += condition;
    params.emplace_back(value);
  };
  where(" AND parent = ?", query.parent);
  where(kAncestorsOf, query.ancestors_of);
  where(" AND level = ?", query.level);
  if (query.search) {
    // Neither holds a wildcard: words are letters, digits and blanks, codes of A-Z, 0-9 and "-".
    sql += " AND (FALSE";
    where(" OR search_text LIKE CONCAT('%', ?, '%')", query.search->words);
    where(" OR code LIKE CONCAT(?, '%')", query.search->code);
    sql += ")";
  }
  sql += " ORDER BY path LIMIT ?";
  params.emplace_back(query.limit + 1);  // one more tells whether there is a next page

  ASSIGN_OR_RETURN(mysql::Rows rows, database_.QueryWith(Soon(), sql, params));
  for (mysql::Row row : rows) {
    if (page.rows.size() == query.limit) {
      page.next = page.rows.back().path;
      break;
    }
    page.rows.push_back(ToArea(row));
  }
  return page;
}

absl::StatusOr<int64_t> MysqlAreaStore::ChangeCount() {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kChangeCount));
  return rows.empty() ? 0 : rows[0].Get<int64_t>(0);
}

absl::StatusOr<std::vector<AreaChange>> MysqlAreaStore::Changes(const std::string& root, int64_t after, size_t limit) {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kChanges, root, after, limit));
  std::vector<AreaChange> out;
  for (mysql::Row row : rows) {
    out.push_back({.number = row.Get<int64_t>("number"),
                   .kind = static_cast<AreaChange::Kind>(row.Get<uint8_t>("kind")),
                   .root = row.Get<std::string>("root"),
                   .from = Lines(row.Get<std::string>("from_paths")),
                   .into = Lines(row.Get<std::string>("into_paths")),
                   .time = row.Get<absl::Time>("time_us")});
  }
  return out;
}

absl::StatusOr<std::vector<Area>> MysqlAreaStore::AllWithGeometry() {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kAllWithGeometry));
  std::vector<Area> areas;
  for (mysql::Row row : rows) {
    ASSIGN_OR_RETURN(areas.emplace_back(), ToAreaWithGeometry(row));
  }
  return areas;
}

absl::Status MysqlAreaStore::BeginChange(Unit& unit) {
  return mysql::Transaction::Of(unit).Execute(kBeginChange).status();
}

absl::StatusOr<bool> MysqlAreaStore::IsEmpty(Unit& unit) {
  ASSIGN_OR_RETURN(mysql::Rows rows, mysql::Transaction::Of(unit).Query(kIsEmpty));
  return rows.empty();
}

absl::StatusOr<std::optional<Area>> MysqlAreaStore::Read(Unit& unit, const std::string& code) {
  ASSIGN_OR_RETURN(mysql::Rows rows, mysql::Transaction::Of(unit).Query(kFindWithGeometry, code));
  if (rows.empty()) return std::nullopt;
  return ToAreaWithGeometry(rows[0]);
}

absl::StatusOr<bool> MysqlAreaStore::HasChildren(Unit& unit, const std::string& code) {
  ASSIGN_OR_RETURN(mysql::Rows rows, mysql::Transaction::Of(unit).Query(kHasChildren, code, UnplacedCode(code)));
  return !rows.empty();
}

absl::Status MysqlAreaStore::Insert(Unit& unit, const Area& area) {
  auto inserted = mysql::Transaction::Of(unit).Execute(
      kInsert, area.code, area.display_name, SearchText(area.display_name), area.level, OrNull(area.parent), area.path,
      area.inhabitants, ToProto(area.geometry).SerializeAsString(), area.version, area.created, area.updated);
  if (absl::IsAlreadyExists(inserted.status())) return errors::AreaCodeTaken(area.code);
  RETURN_IF_ERROR(inserted.status());
  return Remember(unit, area.code);
}

absl::Status MysqlAreaStore::Update(Unit& unit, const Area& area) {
  RETURN_IF_ERROR(mysql::Transaction::Of(unit)
                      .Execute(kUpdate, area.display_name, SearchText(area.display_name), area.level, area.inhabitants,
                               ToProto(area.geometry).SerializeAsString(), area.updated, area.code)
                      .status());
  return Remember(unit, area.code);
}

absl::Status MysqlAreaStore::End(Unit& unit, const Area& area) {
  RETURN_IF_ERROR(
      mysql::Transaction::Of(unit).Execute(kEnd, area.ended, area.merged_into, area.updated, area.code).status());
  return Remember(unit, area.code);
}

absl::Status MysqlAreaStore::Record(Unit& unit, const AreaChange& change) {
  return mysql::Transaction::Of(unit)
      .Execute(kRecord, static_cast<int>(change.kind), change.root, fmt::to_string(fmt::join(change.from, "\n")),
               fmt::to_string(fmt::join(change.into, "\n")), change.time)
      .status();
}

absl::Status MysqlAreaStore::KeepLiving(Unit& unit, const std::string& code) {
  ASSIGN_OR_RETURN(mysql::Rows rows, mysql::Transaction::Of(unit).Query(kLiving, code));
  if (rows.empty()) return errors::AreaNotFound();
  auto merged_into = rows[0].Get<std::string>("merged_into");
  return merged_into.empty() ? absl::OkStatus() : errors::AreaEnded(merged_into);
}

}  // namespace gridwork::identity
