// In which area does a point lie?
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/identity/areas/area.h"

namespace gridwork::identity {

// The areas of one moment. Immutable, and so thread-safe.
class AreaIndex {
 public:
  // Of all areas that have a geometry. One that S2 does not take is left out: nothing lies in it.
  // `change_number`: the newest change that they have seen.
  explicit AreaIndex(const std::vector<Area>& areas, int64_t change_number = 0);
  ~AreaIndex();

  int64_t change_number() const { return change_number_; }

  // For each point the path of the lowest area under `root` (a path) that holds it: one below which no other has a
  // geometry. A point within kBorder of a border belongs to the area of the smaller code; a point in no lowest area to
  // the grid UNPLACED of the root.
  std::vector<std::string> Locate(std::string_view root, const std::vector<LatLng>& points) const;

  static constexpr double kBorderMetres = 0.1;  // the resolution of coordinates with six decimals

 private:
  struct Shapes;
  std::unique_ptr<Shapes> shapes_;
  const int64_t change_number_;
};

}  // namespace gridwork::identity
