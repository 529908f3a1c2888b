// In which grids points lie. Identity knows; this is how places ask.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "services/tasks/place.h"

namespace gridwork::tasks {

class AreaLocator {  // Thread-safe.
 public:
  virtual ~AreaLocator() = default;

  // The path of the lowest area of the tree `root` ("CHI") for each point, in its order; UnplacedGrid(root) for a point
  // in no area. NOT_FOUND when there is no such root; UNAVAILABLE AREAS_AWAY when the answer cannot be had.
  virtual absl::StatusOr<std::vector<std::string>> Locate(const std::string& root,
                                                          const std::vector<LatLng>& points) = 0;
};

// Sets the grids of places of `root` by their locations; those without one are not asked for. Asks identity: not within
// a transaction.
absl::Status PutInGrids(AreaLocator& areas, const std::string& root, std::vector<Place>& places);
absl::Status PutInGrid(AreaLocator& areas, std::string_view root, Place& place);

}  // namespace gridwork::tasks
