#include "services/tasks/mysql_place_store.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <s2/s1angle.h>
#include <s2/s2cap.h>
#include <s2/s2cell_id.h>
#include <s2/s2latlng.h>
#include <s2/s2region_coverer.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "common/base/status_macros.h"
#include "common/mysql/predicates.h"
#include "services/tasks/place_errors.h"

namespace gridwork::tasks {
namespace {

using mysql::Params;
using mysql::Row;
using mysql::Rows;
using mysql::Transaction;
using Result = Imported::Result;

// ---- SQL. {} stands for generated conditions, lists of `?` and the constants below; values are parameters.

constexpr std::string_view kColumns =
    "id, kind, display_name, address, locality, postal_code, latitude_e7, longitude_e7, cell, grid, status, "
    "operator_organisation, operator_licence, risk, source, source_id, version, created_us, updated_us, marks";
constexpr size_t kColumnCount = 20;

constexpr std::string_view kFind = "SELECT {} FROM place WHERE id = ?";
constexpr std::string_view kFindAll = "SELECT {} FROM place WHERE id IN ({}) AND {}";
constexpr std::string_view kLock = "SELECT {} FROM place WHERE id = ? FOR UPDATE";
constexpr std::string_view kKeep = "SELECT {} FROM place WHERE id IN ({}) ORDER BY id LOCK IN SHARE MODE";
constexpr std::string_view kLockAll = "SELECT {} FROM place WHERE id IN ({}) ORDER BY id FOR UPDATE";
constexpr std::string_view kMove = "UPDATE place SET grid = ?, version = version + 1, updated_us = ? WHERE id IN ({})";
constexpr std::string_view kHoldAreas = "SELECT begun FROM area_follow WHERE root = ? LOCK IN SHARE MODE";
constexpr std::string_view kFindIds = "SELECT {} FROM place WHERE id IN ({})";
constexpr std::string_view kList = "SELECT {} FROM place FORCE INDEX (grid) WHERE {} ORDER BY grid, id LIMIT ?";
constexpr std::string_view kAfter = "(grid > ? OR (grid = ? AND id > ?))";
constexpr std::string_view kNear = "SELECT id, cell FROM place FORCE INDEX (near) WHERE {}";
constexpr std::string_view kCountUpTo =
    "SELECT COUNT(*) FROM (SELECT 1 FROM place FORCE INDEX (grid) WHERE {} LIMIT {}) AS found";
constexpr std::string_view kWithin = "SELECT id, cell FROM place FORCE INDEX (grid) WHERE {} AND cell IS NOT NULL";
constexpr std::string_view kFindSourced =
    "SELECT {} FROM place FORCE INDEX (source) WHERE source = ? AND source_id IN ({}) ORDER BY source_id{}";
constexpr std::string_view kForUpdate = " FOR UPDATE";
// A row that somebody else inserted meanwhile stays as it is: its id tells.
constexpr std::string_view kInsert = "INSERT INTO place ({}) VALUES {} ON DUPLICATE KEY UPDATE id = place.id";
// The rows exist and are locked.
constexpr std::string_view kReplace =
    "INSERT INTO place ({}) VALUES {} ON DUPLICATE KEY UPDATE kind = VALUES(kind), display_name = "
    "VALUES(display_name), "
    "address = VALUES(address), locality = VALUES(locality), postal_code = VALUES(postal_code), "
    "latitude_e7 = VALUES(latitude_e7), longitude_e7 = VALUES(longitude_e7), cell = VALUES(cell), grid = VALUES(grid), "
    "status = VALUES(status), operator_organisation = VALUES(operator_organisation), "
    "operator_licence = VALUES(operator_licence), risk = VALUES(risk), version = VALUES(version), "
    "updated_us = VALUES(updated_us), marks = VALUES(marks)";
constexpr std::string_view kUpdate =
    "UPDATE place SET kind = ?, display_name = ?, address = ?, locality = ?, postal_code = ?, latitude_e7 = ?, "
    "longitude_e7 = ?, cell = ?, grid = ?, status = ?, operator_organisation = ?, operator_licence = ?, risk = ?, "
    "version = ?, updated_us = ?, marks = ? WHERE id = ?";

// ---- Rows

constexpr double kE7 = 1e7;

std::optional<int32_t> E7(const std::optional<LatLng>& location, double LatLng::*degrees) {
  if (!location) return std::nullopt;
  return static_cast<int32_t>(std::lround((*location).*degrees * kE7));
}

S2LatLng ToS2(const LatLng& point) { return S2LatLng::FromDegrees(point.latitude, point.longitude); }

std::optional<int64_t> CellOf(const std::optional<LatLng>& location) {
  if (!location) return std::nullopt;
  return static_cast<int64_t>(S2CellId(ToS2(*location)).id());
}

void AppendContent(const Place& p, Params& params) {
  params.insert(params.end(),
                {static_cast<int>(p.kind), p.display_name, p.address, p.locality, p.postal_code,
                 E7(p.location, &LatLng::latitude), E7(p.location, &LatLng::longitude), CellOf(p.location), p.grid,
                 static_cast<int>(p.status), p.operator_organisation, p.operator_licence, p.risk});
}

// A line for each: "7 3 staff/0190... 1764...": field, version, author, microseconds since 1970.
std::string WriteMarks(const std::map<PlaceField, FieldMark>& marks) {
  std::string out;
  for (const auto& [field, mark] : marks)
    out +=
        fmt::format("{} {} {} {}\n", static_cast<int>(field), mark.version, mark.author, absl::ToUnixMicros(mark.time));
  return out;
}

std::map<PlaceField, FieldMark> ReadMarks(const std::string& text) {
  std::map<PlaceField, FieldMark> out;
  std::istringstream in(text);
  int field;
  FieldMark mark;
  for (int64_t us; in >> field >> mark.version >> mark.author >> us;) {
    mark.time = absl::FromUnixMicros(us);
    out[static_cast<PlaceField>(field)] = mark;
  }
  return out;
}

void AppendRow(const Place& p, Params& params) {
  params.emplace_back(p.id);
  AppendContent(p, params);
  params.insert(params.end(), {p.source, p.source_id, p.version, p.created, p.updated, WriteMarks(p.marks)});
}

// By position, in the order of kColumns: by name costs more than the rest of a large page.
Place ReadPlace(const Row& row) {
  Place p;
  p.id = row.Get<Uuid>(0);
  p.kind = static_cast<PlaceKind>(row.Get<uint8_t>(1));
  p.display_name = row.Get<std::string>(2);
  p.address = row.Get<std::string>(3);
  p.locality = row.Get<std::string>(4);
  p.postal_code = row.Get<std::string>(5);
  if (!row.IsNull(6)) p.location = LatLng{row.Get<int32_t>(6) / kE7, row.Get<int32_t>(7) / kE7};
  p.grid = row.Get<std::string>(9);
  p.status = static_cast<PlaceStatus>(row.Get<uint8_t>(10));
  p.operator_organisation = row.Get<std::string>(11);
  p.operator_licence = row.Get<std::string>(12);
  p.risk = row.Get<std::string>(13);
  p.source = row.Get<std::string>(14);
  p.source_id = row.Get<std::string>(15);
  p.version = row.Get<int64_t>(16);
  p.created = row.Get<absl::Time>(17);
  p.updated = row.Get<absl::Time>(18);
  p.marks = ReadMarks(row.Get<std::string>(19));
  return p;
}

std::vector<Place> ReadPlaces(const Rows& rows) {
  std::vector<Place> out;
  out.reserve(rows.size());
  for (Row row : rows) out.push_back(ReadPlace(row));
  return out;
}

// What a phone needs for a place beside its texts.
constexpr size_t kBytesBesideTexts = 250;

void TellFeed(Transaction& transaction, const std::optional<std::string>& grid_before, const Place& p) {
  if (grid_before && *grid_before != p.grid) {
    transaction.AddToFeed({.grid = *grid_before, .kind = kPlaceFeed, .id = p.id, .gone = true});
  }
  size_t bytes = kBytesBesideTexts + p.display_name.size() + p.address.size() + p.locality.size() + p.grid.size() +
                 p.operator_organisation.size() + p.operator_licence.size() + p.source.size() + p.source_id.size();
  transaction.AddToFeed({.grid = p.grid, .kind = kPlaceFeed, .id = p.id, .bytes = static_cast<int64_t>(bytes)});
}

// The pool and the statement have time limits of their own.
absl::Time AsLongAsItTakes() { return absl::InfiniteFuture(); }

std::string Conditions(const auth::Scope& scope, const PlaceFilter& filter, Params& params) {
  std::string sql = mysql::ScopePredicate("grid", scope.areas(), params);
  if (!filter.area.empty()) sql += " AND " + mysql::AreaPredicate("grid", filter.area, params);
  if (filter.kind) {
    sql += " AND kind = ?";
    params.emplace_back(static_cast<int>(*filter.kind));
  }
  return sql;
}

// ---- Where a page ends: the id (16 bytes), then the grid.

std::string PositionOf(const Place& place) { return place.id.ToBytes() + place.grid; }

absl::Status AppendPosition(const std::string& after, Params& params) {
  ASSIGN_OR_RETURN(Uuid id, Uuid::FromBytes(std::string_view(after).substr(0, 16)));
  std::string grid = after.substr(16);
  params.insert(params.end(), {grid, grid, id});
  return absl::OkStatus();
}

// ---- Near

constexpr double kMetresPerRadian = 6'371'008.8;
constexpr double kSlack = 0.05;     // metres: a leaf cell and the rounding of its centre
constexpr double kFirstRing = 100;  // metres
constexpr double kWideRing = 800;   // metres
constexpr int64_t kFewPlaces = 5'000;
constexpr int kCoveringCells = 8;

struct Candidate {
  Uuid id;
  double metres;
};

// "cell BETWEEN ? AND ? OR ...": cells that cover the circle, and a little more.
std::string CellsAround(const LatLng& point, double metres, Params& params) {
  S2RegionCoverer::Options options;
  options.set_max_cells(kCoveringCells);
  S2Cap cap(ToS2(point).ToPoint(), S1Angle::Radians((metres + 2 * kSlack) / kMetresPerRadian));
  std::string sql;
  for (S2CellId cell : S2RegionCoverer(options).GetCovering(cap)) {
    sql += sql.empty() ? "(cell BETWEEN ? AND ?" : " OR cell BETWEEN ? AND ?";
    params.emplace_back(static_cast<int64_t>(cell.range_min().id()));
    params.emplace_back(static_cast<int64_t>(cell.range_max().id()));
  }
  return sql + ")";
}

LatLng CentreOf(int64_t cell) {
  S2LatLng centre = S2CellId(static_cast<uint64_t>(cell)).ToLatLng();
  return {centre.lat().degrees(), centre.lng().degrees()};
}

// Of rows (id, cell), those of the circle, to `kSlack` exact, in no order.
std::vector<Candidate> InCircle(const Rows& rows, const LatLng& point, double metres) {
  std::vector<Candidate> out;
  for (Row row : rows) {
    double distance = DistanceMetres(point, CentreOf(row.Get<int64_t>(1)));
    if (distance <= metres + kSlack) out.push_back({row.Get<Uuid>(0), distance});
  }
  return out;
}

absl::StatusOr<std::vector<Candidate>> FindRing(mysql::Database& database, const auth::Scope& scope,
                                                const PlacesNear& near, double metres) {
  Params params;
  std::string where = CellsAround(near.point, metres, params);
  where += " AND " + Conditions(scope, near.filter, params);
  ASSIGN_OR_RETURN(Rows rows, database.QueryWith(AsLongAsItTakes(), fmt::format(kNear, where), params));
  return InCircle(rows, near.point, metres);
}

// A worker's few grids are sooner read whole than picked out of a wide circle; nullopt when they hold many places.
absl::StatusOr<std::optional<std::vector<Candidate>>> FindAmongFew(mysql::Database& database, const auth::Scope& scope,
                                                                   const PlacesNear& near) {
  PlaceFilter every_kind{.area = near.filter.area};
  Params params;
  std::string where = Conditions(scope, every_kind, params);
  ASSIGN_OR_RETURN(Rows count,
                   database.QueryWith(AsLongAsItTakes(), fmt::format(kCountUpTo, where, kFewPlaces + 1), params));
  if (count[0].Get<int64_t>(0) > kFewPlaces) return std::nullopt;

  params.clear();
  where = Conditions(scope, near.filter, params);
  ASSIGN_OR_RETURN(Rows rows, database.QueryWith(AsLongAsItTakes(), fmt::format(kWithin, where), params));
  return InCircle(rows, near.point, near.radius_metres);
}

// Holds the nearest `limit`, and others. In rings that double until there are enough: in a dense city the whole circle
// has many more than are asked for.
absl::StatusOr<std::vector<Candidate>> FindCandidates(mysql::Database& database, const auth::Scope& scope,
                                                      const PlacesNear& near) {
  for (double metres = std::min(kFirstRing, near.radius_metres);; metres = std::min(2 * metres, near.radius_metres)) {
    ASSIGN_OR_RETURN(auto ring, FindRing(database, scope, near, metres));
    auto inside =
        std::count_if(ring.begin(), ring.end(), [&](const Candidate& c) { return c.metres <= metres - 2 * kSlack; });
    if (static_cast<size_t>(inside) >= near.limit || metres == near.radius_metres) return ring;
    if (metres == kWideRing) {
      ASSIGN_OR_RETURN(auto few, FindAmongFew(database, scope, near));
      if (few) return *std::move(few);
    }
  }
}

// Drops what cannot be among the nearest `limit`.
void KeepNearest(std::vector<Candidate>& candidates, size_t limit) {
  if (candidates.size() <= limit) return;
  auto last = candidates.begin() + static_cast<ptrdiff_t>(limit) - 1;
  std::nth_element(candidates.begin(), last, candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.metres < b.metres; });
  double metres = last->metres + 2 * kSlack;
  std::erase_if(candidates, [&](const Candidate& c) { return c.metres > metres; });
}

// ---- Import

using Key = std::pair<std::string, std::string>;  // source, source_id

Key KeyOf(const Place& place) { return {place.source, place.source_id}; }

using Keys = std::set<Key>;  // in one order for all: two imports lock in the same order

absl::StatusOr<std::map<Key, Place>> FindSourced(Transaction& transaction, const Keys& keys, bool lock) {
  std::map<Key, Place> out;
  for (auto begin = keys.begin(); begin != keys.end();) {
    auto end = std::find_if(begin, keys.end(), [&](const Key& key) { return key.first != begin->first; });
    Params params{begin->first};
    for (auto it = begin; it != end; ++it) params.emplace_back(it->second);
    std::string sql =
        fmt::format(kFindSourced, kColumns, mysql::Placeholders(params.size() - 1), lock ? kForUpdate : "");
    ASSIGN_OR_RETURN(Rows rows, transaction.QueryWith(sql, params));
    for (Row row : rows) {
      Place place = ReadPlace(row);
      out.emplace(KeyOf(place), std::move(place));
    }
    begin = end;
  }
  return out;
}

absl::Status WriteRows(Transaction& transaction, std::string_view statement, const std::map<Key, Place>& rows) {
  if (rows.empty()) return absl::OkStatus();
  Params params;
  for (const auto& [key, place] : rows) AppendRow(place, params);
  return transaction
      .ExecuteWith(fmt::format(fmt::runtime(statement), kColumns, mysql::PlaceholderRows(rows.size(), kColumnCount)),
                   params)
      .status();
}

}  // namespace

absl::StatusOr<Place> MysqlPlaceStore::Find(const Uuid& id) {
  static const std::string sql = fmt::format(kFind, kColumns);
  ASSIGN_OR_RETURN(Rows rows, database_.Query(AsLongAsItTakes(), sql, id));
  if (rows.empty()) return errors::PlaceNotFound();
  return ReadPlace(rows[0]);
}

absl::StatusOr<auth::Page<Place>> MysqlPlaceStore::List(const auth::Scope& scope, const PlaceQuery& query) {
  Params params;
  std::string where = Conditions(scope, query.filter, params);
  if (!query.after.empty()) {
    where.append(" AND ").append(kAfter);
    RETURN_IF_ERROR(AppendPosition(query.after, params));
  }
  params.emplace_back(query.limit + 1);
  ASSIGN_OR_RETURN(Rows rows, database_.QueryWith(AsLongAsItTakes(), fmt::format(kList, kColumns, where), params));

  auth::Page<Place> page(scope);
  for (Row row : rows) {
    if (page.rows.size() == query.limit) {
      page.next = PositionOf(page.rows.back());
      break;
    }
    page.rows.push_back(ReadPlace(row));
  }
  return page;
}

absl::StatusOr<auth::Page<Place>> MysqlPlaceStore::Near(const auth::Scope& scope, const PlacesNear& near) {
  ASSIGN_OR_RETURN(std::vector<Candidate> candidates, FindCandidates(database_, scope, near));
  KeepNearest(candidates, near.limit);

  auth::Page<Place> page(scope);
  if (candidates.empty()) return page;
  Params params;
  for (const Candidate& candidate : candidates) params.emplace_back(candidate.id);
  std::string ids = mysql::Placeholders(params.size());
  std::string where = Conditions(scope, near.filter, params);  // again: a place may have moved meanwhile
  ASSIGN_OR_RETURN(Rows rows,
                   database_.QueryWith(AsLongAsItTakes(), fmt::format(kFindAll, kColumns, ids, where), params));
  for (Row row : rows) page.rows.push_back(ReadPlace(row));
  KeepNearestFirst(near, page.rows);
  return page;
}

absl::StatusOr<std::vector<Imported>> MysqlPlaceStore::Import(Unit& unit, const std::string& root,
                                                              const std::vector<Place>& places, ImportMode mode,
                                                              std::string_view author) {
  Transaction& transaction = Transaction::Of(unit);
  ASSIGN_OR_RETURN(absl::Time now, transaction.Now());
  bool write = mode == ImportMode::kWrite;
  Keys keys;
  for (const Place& place : places) keys.insert(KeyOf(place));
  ASSIGN_OR_RETURN(auto stored, FindSourced(transaction, keys, write));

  std::map<Key, Place> created;
  for (const Place& place : places) {
    Key key = KeyOf(place);
    if (stored.contains(key)) continue;
    Place& row = created[key] = place;
    row.id = Uuid::V7(now);
    row.version = 1;
    row.created = row.updated = now;
    row.marks.clear();
  }
  if (write && !created.empty()) {
    RETURN_IF_ERROR(WriteRows(transaction, kInsert, created));
    Keys inserted;
    for (const auto& [key, place] : created) inserted.insert(key);
    ASSIGN_OR_RETURN(auto written, FindSourced(transaction, inserted, true));
    for (auto& [key, row] : written) {
      if (row.id == created[key].id) continue;
      created.erase(key);  // another import was faster
      stored.emplace(key, std::move(row));
    }
  }

  std::vector<Imported> out;
  std::map<Key, Place> updated;
  for (const Place& place : places) {
    Key key = KeyOf(place);
    if (auto it = created.find(key); it != created.end()) {
      out.push_back({Result::kCreated, it->second.id});
      continue;
    }
    const Place& before = stored.at(key);
    Result result = ResultFor(root, before, place);
    out.push_back({result, before.id});
    if (result != Result::kUpdated) continue;
    Place& row = updated[key] = place;
    CountUp(before, author, now, row);
  }
  if (!write) return out;
  RETURN_IF_ERROR(WriteRows(transaction, kReplace, updated));
  std::vector<MovedPlace> moved;
  for (const auto& [key, row] : created) TellFeed(transaction, std::nullopt, row);
  for (const auto& [key, row] : updated) {
    const std::string& grid = stored.at(key).grid;
    TellFeed(transaction, grid, row);
    if (row.grid != grid) moved.push_back({row.id, grid, row.grid});
  }
  RETURN_IF_ERROR(follower_.Follow(unit, moved));
  return out;
}

absl::StatusOr<std::vector<Place>> MysqlPlaceStore::FindAll(Unit& unit, const std::vector<Uuid>& ids) {
  if (ids.empty()) return std::vector<Place>();
  ASSIGN_OR_RETURN(Rows rows,
                   Transaction::Of(unit).QueryWith(fmt::format(kFindIds, kColumns, mysql::Placeholders(ids.size())),
                                                   Params(ids.begin(), ids.end())));
  return ReadPlaces(rows);
}

absl::StatusOr<Place> MysqlPlaceStore::Lock(Unit& unit, const Uuid& id) {
  static const std::string sql = fmt::format(kLock, kColumns);
  ASSIGN_OR_RETURN(Rows rows, Transaction::Of(unit).Query(sql, id));
  if (rows.empty()) return errors::PlaceNotFound();
  return ReadPlace(rows[0]);
}

absl::StatusOr<Place> MysqlPlaceStore::Update(Unit& unit, const Place& place, std::string_view author) {
  Transaction& transaction = Transaction::Of(unit);
  ASSIGN_OR_RETURN(Place before, Lock(unit, place.id));
  if (before.version != place.version) return errors::PlaceEtagMismatch(before.version);
  ASSIGN_OR_RETURN(absl::Time now, transaction.Now());
  Place out = place;
  CountUp(before, author, now, out);
  Params params;
  AppendContent(out, params);
  params.insert(params.end(), {out.version, out.updated, WriteMarks(out.marks), out.id});
  RETURN_IF_ERROR(transaction.ExecuteWith(kUpdate, params).status());
  TellFeed(transaction, before.grid, out);
  if (out.grid != before.grid) RETURN_IF_ERROR(follower_.Follow(unit, {{out.id, before.grid, out.grid}}));
  return out;
}

absl::StatusOr<int64_t> MysqlPlaceStore::MoveTo(Unit& unit, const std::vector<PlaceAt>& places) {
  if (places.empty()) return 0;
  Transaction& transaction = Transaction::Of(unit);
  std::map<Uuid, const PlaceAt*> wanted;
  for (const PlaceAt& place : places) wanted[place.id] = &place;
  Params ids;
  for (const auto& [id, place] : wanted) ids.emplace_back(id);
  ASSIGN_OR_RETURN(Rows rows,
                   transaction.QueryWith(fmt::format(kLockAll, kColumns, mysql::Placeholders(ids.size())), ids));
  ASSIGN_OR_RETURN(absl::Time now, transaction.Now());

  std::vector<MovedPlace> moved;
  std::map<std::string, Params> by_grid;
  for (Row row : rows) {
    Place place = ReadPlace(row);
    const PlaceAt& at = *wanted.at(place.id);
    if (place.grid == at.grid || place.location != at.location) continue;
    moved.push_back({place.id, place.grid, at.grid});
    by_grid[at.grid].emplace_back(place.id);
    place.grid = at.grid;
    TellFeed(transaction, moved.back().from, place);
  }
  for (auto& [grid, of_grid] : by_grid) {
    Params params{grid, now};
    params.insert(params.end(), of_grid.begin(), of_grid.end());
    RETURN_IF_ERROR(transaction.ExecuteWith(fmt::format(kMove, mysql::Placeholders(of_grid.size())), params).status());
  }
  RETURN_IF_ERROR(follower_.Follow(unit, moved));
  return static_cast<int64_t>(moved.size());
}

absl::StatusOr<std::vector<Place>> MysqlPlaceStore::Keep(Unit& unit, const std::vector<Uuid>& ids) {
  if (ids.empty()) return std::vector<Place>();
  ASSIGN_OR_RETURN(Rows rows,
                   Transaction::Of(unit).QueryWith(fmt::format(kKeep, kColumns, mysql::Placeholders(ids.size())),
                                                   Params(ids.begin(), ids.end())));
  return ReadPlaces(rows);
}

absl::Status MysqlPlaceStore::HoldAreas(Unit& unit, std::string_view root, int64_t change) {
  ASSIGN_OR_RETURN(Rows rows, Transaction::Of(unit).Query(kHoldAreas, std::string(root)));
  if (!rows.empty() && rows[0].Get<int64_t>(0) > change) return errors::AreasChanged();
  return absl::OkStatus();
}

}  // namespace gridwork::tasks
