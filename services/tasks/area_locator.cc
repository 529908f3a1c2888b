#include "services/tasks/area_locator.h"

#include <limits>
#include <utility>

#include "common/base/status_macros.h"

namespace gridwork::tasks {

absl::StatusOr<int64_t> PutInGrids(AreaLocator& areas, const std::string& root, std::vector<Place>& places) {
  std::vector<LatLng> points;
  for (const Place& place : places) {
    if (place.location) points.push_back(*place.location);
  }
  Located located{.change = std::numeric_limits<int64_t>::max()};  // what has no location knows no areas
  if (!points.empty()) {
    ASSIGN_OR_RETURN(located, areas.Locate(root, points));
  }
  size_t next = 0;
  for (Place& place : places) place.grid = place.location ? located.grids[next++] : UnplacedGrid(root);
  return located.change;
}

absl::StatusOr<int64_t> PutInGrid(AreaLocator& areas, std::string_view root, Place& place) {
  std::vector<Place> one = {std::move(place)};
  auto change = PutInGrids(areas, std::string(root), one);
  place = std::move(one[0]);
  return change;
}

}  // namespace gridwork::tasks
