// What `gridctl area cut` has to do: which areas are to be cut, and which points lie in each.
#pragma once
#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gridwork/common/v1/geo.pb.h"
#include "gridwork/identity/v1/area.pb.h"

namespace gridwork::ctl {

// Points of a CSV file; rows without coordinates are counted, not refused.
struct PointFile {
  std::vector<common::v1::Point> points;
  int64_t without = 0;
};

// INVALID_ARGUMENT COLUMN_MISSING, or BAD_CSV, which names the line.
absl::StatusOr<PointFile> ReadPoints(const std::string& path, const std::string& latitude_column,
                                     const std::string& longitude_column);

// The tree below a root, as it is before cutting.
struct CutPlan {
  std::vector<identity::v1::Area> to_cut;  // without children, by path
  std::vector<identity::v1::Area> cut;     // have grids already
};

// Of all areas of the tree. The grid UNPLACED counts as nobody's child.
CutPlan PlanCuts(const std::vector<identity::v1::Area>& areas);

bool IsUnplaced(std::string_view code_or_path);

}  // namespace gridwork::ctl
