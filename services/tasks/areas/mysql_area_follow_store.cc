#include "services/tasks/areas/mysql_area_follow_store.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/base/status_macros.h"
#include "common/mysql/predicates.h"

namespace gridwork::tasks {
namespace {

// Every grid that ever had a record has a clock: there are few.
constexpr char kRoots[] = "SELECT DISTINCT SUBSTRING_INDEX(grid, '/', 1) FROM sync_clock";
constexpr char kFollowed[] = "SELECT followed FROM area_follow WHERE root = ?";
constexpr char kBegin[] =
    "INSERT INTO area_follow (root, begun, followed) VALUES (?, ?, 0) ON DUPLICATE KEY UPDATE begun = GREATEST(begun, "
    "VALUES(begun))";
constexpr char kEnd[] = "UPDATE area_follow SET followed = GREATEST(followed, ?) WHERE root = ?";
constexpr char kScan[] =
    "SELECT id, grid, latitude_e7, longitude_e7 FROM place FORCE INDEX (grid) WHERE {} AND cell IS NOT NULL{} ORDER BY "
    "grid, id LIMIT ?";
constexpr char kAfter[] = " AND (grid > ? OR (grid = ? AND id > ?))";
constexpr double kE7 = 1e7;

absl::Time Soon() { return absl::Now() + absl::Seconds(10); }

}  // namespace

absl::StatusOr<std::vector<std::string>> MysqlAreaFollowStore::Roots() {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kRoots));
  std::vector<std::string> out;
  for (mysql::Row row : rows) out.push_back(row.Get<std::string>(0));
  return out;
}

absl::StatusOr<int64_t> MysqlAreaFollowStore::Followed(const std::string& root) {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kFollowed, root));
  return rows.empty() ? 0 : rows[0].Get<int64_t>(0);
}

absl::Status MysqlAreaFollowStore::Begin(const std::string& root, int64_t change) {
  return InTransaction([&](Unit& unit) { return mysql::Transaction::Of(unit).Execute(kBegin, root, change).status(); });
}

absl::StatusOr<std::vector<Place>> MysqlAreaFollowStore::Scan(const std::string& area, const Place* after,
                                                              size_t limit) {
  mysql::Params params;
  const std::string where = mysql::AreaPredicate("grid", area, params);
  if (after != nullptr) params.insert(params.end(), {after->grid, after->grid, after->id});
  params.emplace_back(limit);
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   database_.QueryWith(Soon(), fmt::format(kScan, where, after != nullptr ? kAfter : ""), params));
  std::vector<Place> out;
  for (mysql::Row row : rows) {
    Place& place = out.emplace_back();
    place.id = row.Get<Uuid>(0);
    place.grid = row.Get<std::string>(1);
    place.location = LatLng{row.Get<int32_t>(2) / kE7, row.Get<int32_t>(3) / kE7};
  }
  return out;
}

absl::Status MysqlAreaFollowStore::End(const std::string& root, int64_t change) {
  return InTransaction([&](Unit& unit) { return mysql::Transaction::Of(unit).Execute(kEnd, change, root).status(); });
}

absl::Status MysqlAreaFollowStore::InTransaction(const std::function<absl::Status(Unit&)>& body) {
  return database_.RunInTransaction(Soon(), body);
}

}  // namespace gridwork::tasks
