// In which grids points lie. Identity knows; this is how places ask.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

#include "services/tasks/place.h"

namespace gridwork::tasks {

struct Located {
  std::vector<std::string> grids;  // paths, one for each point
  int64_t change = 0;              // the newest change of areas that the answer knows
};

// A change by which points may have come to lie in other grids.
struct AreaMoves {
  int64_t number = 0;
  std::vector<std::string> from;  // paths: points in these
  bool merged = false;            // grids became one: who worked in them needs another token
  absl::Time time;
};

class AreaLocator {  // Thread-safe.
 public:
  virtual ~AreaLocator() = default;

  // The path of the lowest area of the tree `root` ("CHI") for each point, in its order; UnplacedGrid(root) for a point
  // in no area. NOT_FOUND when there is no such root; UNAVAILABLE AREAS_AWAY when the answer cannot be had.
  virtual absl::StatusOr<Located> Locate(const std::string& root, const std::vector<LatLng>& points) = 0;
  // The next changes of the tree after that number, by number. UNAVAILABLE AREAS_AWAY.
  virtual absl::StatusOr<std::vector<AreaMoves>> ChangesAfter(const std::string& root, int64_t number) = 0;
};

// Sets the grids of places of `root` by their locations; those without one are not asked for. Asks identity: not within
// a transaction. Returns the newest change of areas that the grids know, for PlaceStore::HoldAreas().
absl::StatusOr<int64_t> PutInGrids(AreaLocator& areas, const std::string& root, std::vector<Place>& places);
absl::StatusOr<int64_t> PutInGrid(AreaLocator& areas, std::string_view root, Place& place);

}  // namespace gridwork::tasks
