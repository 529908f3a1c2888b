// Cuts an area into grids: cells that one worker or team covers, of about the same amount of work each.
#pragma once
#include <absl/status/statusor.h>

#include <vector>

#include "services/identity/areas/geometry.h"

namespace gridwork::identity {

struct GridCell {
  MultiPolygon geometry;
  std::vector<LatLng> points;  // those of the work that lie in it
};

// Halves `geometry` along meridians and parallels at the median of the points in it until no cell holds more than
// 1.35 times `points_per_grid` (or its points cannot be told apart). The cells do not overlap and cover the area; their
// order is that of reading: north before south, west before east at each cut. The order of `points` does not matter;
// points outside do not count. BAD_FIELD "geometry" for no surface.
absl::StatusOr<std::vector<GridCell>> CutIntoCells(const MultiPolygon& geometry, std::vector<LatLng> points,
                                                   int points_per_grid);

}  // namespace gridwork::identity
