// Areas from a GeoJSON file (RFC 7946), feature by feature: only one of them is in memory at a time.
#pragma once
#include <absl/status/statusor.h>

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "gridwork/identity/v1/area.pb.h"

namespace gridwork::ctl {

// One feature as an area: properties `code`, `name`, `level`, `parent` (code; empty or null for the root), optional
// `inhabitants`; a Polygon, a MultiPolygon or null. INVALID_ARGUMENT BAD_FEATURE names the feature, by its number (from
// 1) and code, and the place in it. What the server checks (lengths, ranges, that a parent exists) is left to it.
absl::StatusOr<identity::v1::Area> AreaOfFeature(int number, const nlohmann::json& feature);

// A FeatureCollection of areas, parents before children whatever their order in the file: it is read once to learn the
// tree, and once for each level.
class AreaFile {
 public:
  // Reads the tree; BAD_GEOJSON for what is no FeatureCollection, BAD_FEATURE for a code that occurs twice or a circle
  // of parents.
  static absl::StatusOr<AreaFile> Open(std::string path);

  int size() const { return size_; }
  // Stops at the first status that is not OK, and returns it.
  absl::Status ForEach(const std::function<absl::Status(int number, identity::v1::Area area)>& visit) const;

 private:
  explicit AreaFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
  int size_ = 0;
  std::vector<std::vector<bool>> levels_;  // of each: which features belong to it
};

}  // namespace gridwork::ctl
