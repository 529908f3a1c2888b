#include "services/tasks/areas/area_follow_flow.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/auth/caller.h"
#include "common/base/status_macros.h"
#include "services/tasks/place_errors.h"

namespace gridwork::tasks {
namespace {

constexpr absl::Duration kEvery = absl::Seconds(1);
constexpr size_t kPlacesAtOnce = 500;  // of one transaction, which holds the clocks of their grids

// Without those that lie in others.
std::vector<std::string> Outermost(std::vector<std::string> areas) {
  std::sort(areas.begin(), areas.end());  // what lies in an area comes after it
  std::vector<std::string> out;
  for (std::string& area : areas) {
    bool inside =
        std::any_of(out.begin(), out.end(), [&](const std::string& outer) { return auth::Holds(outer, area); });
    if (!inside) out.push_back(std::move(area));
  }
  return out;
}

}  // namespace

void AreaFollow::Start() {
  round_.Start(kEvery, [this] {
    auto moved = Round();
    if (!moved.ok()) spdlog::warn("changes of areas: {}", std::string(moved.status().message()));
    if (moved.ok() && *moved > 0) spdlog::info("{} places have followed changes of areas", *moved);
  });
}

absl::StatusOr<int64_t> AreaFollow::Round() {
  ASSIGN_OR_RETURN(auto roots, follow_.Roots());
  int64_t moved = 0;
  for (const std::string& root : roots) {
    ASSIGN_OR_RETURN(int64_t of_root, FollowRoot(root));
    moved += of_root;
  }
  return moved;
}

absl::StatusOr<int64_t> AreaFollow::FollowRoot(const std::string& root) {
  ASSIGN_OR_RETURN(int64_t followed, follow_.Followed(root));
  ASSIGN_OR_RETURN(auto changes, areas_.ChangesAfter(root, followed));
  std::vector<std::string> from;
  int64_t last = followed;
  for (AreaMoves& change : changes) {
    if (change.merged && clock_.Now() < change.time + kMergeSettles) break;
    last = change.number;
    from.insert(from.end(), change.from.begin(), change.from.end());
  }
  if (last == followed) return 0;

  RETURN_IF_ERROR(follow_.Begin(root, last));
  int64_t moved = 0;
  for (const std::string& area : Outermost(std::move(from))) {
    ASSIGN_OR_RETURN(int64_t of_area, MoveFrom(root, area, last));
    moved += of_area;
  }
  RETURN_IF_ERROR(follow_.End(root, last));
  return moved;
}

absl::StatusOr<int64_t> AreaFollow::MoveFrom(const std::string& root, const std::string& area, int64_t change) {
  int64_t moved = 0;
  std::vector<Place> page;
  do {
    const std::optional<Place> after = page.empty() ? std::nullopt : std::optional(page.back());
    ASSIGN_OR_RETURN(page, follow_.Scan(area, after ? &*after : nullptr, kPlacesAtOnce));
    if (page.empty()) break;
    std::vector<LatLng> points;
    for (const Place& place : page) points.push_back(*place.location);
    ASSIGN_OR_RETURN(Located located, areas_.Locate(root, points));
    if (located.change < change) return errors::AreasChanged();

    std::vector<PlaceAt> elsewhere;
    for (size_t i = 0; i < page.size(); ++i) {
      if (located.grids[i] != page[i].grid) elsewhere.push_back({page[i].id, points[i], located.grids[i]});
    }
    if (elsewhere.empty()) continue;
    RETURN_IF_ERROR(follow_.InTransaction([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(auto placed, places_.MoveTo(unit, elsewhere));
      moved += placed;
      return absl::OkStatus();
    }));
  } while (page.size() == kPlacesAtOnce);
  return moved;
}

}  // namespace gridwork::tasks
