#include "services/tasks/area_locator.h"

#include <utility>

#include "common/base/status_macros.h"

namespace gridwork::tasks {

absl::Status PutInGrids(AreaLocator& areas, const std::string& root, std::vector<Place>& places) {
  std::vector<LatLng> points;
  for (const Place& place : places) {
    if (place.location) points.push_back(*place.location);
  }
  std::vector<std::string> grids;
  if (!points.empty()) {
    ASSIGN_OR_RETURN(grids, areas.Locate(root, points));
  }
  size_t next = 0;
  for (Place& place : places) place.grid = place.location ? grids[next++] : UnplacedGrid(root);
  return absl::OkStatus();
}

absl::Status PutInGrid(AreaLocator& areas, std::string_view root, Place& place) {
  std::vector<Place> one = {std::move(place)};
  absl::Status status = PutInGrids(areas, std::string(root), one);
  place = std::move(one[0]);
  return status;
}

}  // namespace gridwork::tasks
