#include "services/identity/areas/area_index.h"

#include <fmt/format.h>
#include <s2/mutable_s2shape_index.h>
#include <s2/s2closest_edge_query.h>
#include <s2/s2earth.h>
#include <s2/s2latlng.h>
#include <s2/s2polygon.h>

#include <set>

namespace gridwork::identity {

struct AreaIndex::Shapes {
  struct Entry {
    std::string code;
    std::string path;
  };
  std::vector<Entry> entries;  // by shape id
  MutableS2ShapeIndex index;
};

AreaIndex::AreaIndex(const std::vector<Area>& areas, int64_t change_number)
    : shapes_(std::make_unique<Shapes>()), change_number_(change_number) {
  std::set<std::string_view> parents;
  for (const Area& area : areas) {
    if (!area.geometry.empty()) parents.insert(area.parent);
  }
  for (const Area& area : areas) {
    if (area.geometry.empty() || parents.contains(area.code)) continue;
    auto surface = MakeSurface("geometry", area.geometry);
    if (!surface.ok()) continue;
    shapes_->index.Add(std::make_unique<S2Polygon::OwningShape>(*std::move(surface)));
    shapes_->entries.push_back({area.code, area.path});
  }
  shapes_->index.ForceBuild();
}

AreaIndex::~AreaIndex() = default;

std::vector<std::string> AreaIndex::Locate(std::string_view root, const std::vector<LatLng>& points) const {
  S2ClosestEdgeQuery query(&shapes_->index);
  query.mutable_options()->set_max_distance(S2Earth::MetersToAngle(kBorderMetres));
  const std::string below = fmt::format("{}/", root);
  const std::string unplaced = below + UnplacedCode(root.substr(root.rfind('/') + 1));

  std::vector<std::string> paths;
  paths.reserve(points.size());
  for (const LatLng& point : points) {
    S2ClosestEdgeQuery::PointTarget target(S2LatLng::FromDegrees(point.latitude, point.longitude).ToPoint());
    const Shapes::Entry* best = nullptr;
    for (const auto& hit : query.FindClosestEdges(&target)) {  // areas that hold the point, and edges that it touches
      const Shapes::Entry& entry = shapes_->entries[hit.shape_id()];
      bool inside = entry.path == root || entry.path.starts_with(below);
      if (inside && (best == nullptr || entry.code < best->code)) best = &entry;
    }
    paths.push_back(best != nullptr ? best->path : unplaced);
  }
  return paths;
}

}  // namespace gridwork::identity
