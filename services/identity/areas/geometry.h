// Surfaces on the earth: what is accepted as one, and the way to S2 and back.
#pragma once
#include <absl/status/statusor.h>

#include <memory>
#include <string_view>
#include <vector>

class S2Polygon;

namespace gridwork::identity {

struct LatLng {  // WGS84 degrees
  double latitude = 0;
  double longitude = 0;
  auto operator<=>(const LatLng&) const = default;
};

using Ring = std::vector<LatLng>;   // closed; the first point is not repeated
using Polygon = std::vector<Ring>;  // an outer ring and the holes in it, in either direction
using MultiPolygon = std::vector<Polygon>;

constexpr size_t kMaxVertices = 20'000;  // of one geometry

// The surface that the rings enclose. BAD_FIELD `field` unless it is one: at most kMaxVertices, each ring of at least
// three points and without crossing itself or another, holes inside of their outer ring, polygons apart from each
// other. The points must lie within -90 to 90 and -180 to 180 degrees.
absl::StatusOr<std::unique_ptr<S2Polygon>> MakeSurface(std::string_view field, const MultiPolygon& geometry);

// Outer rings counter-clockwise, holes clockwise (RFC 7946), islands in holes as polygons of their own.
MultiPolygon FromSurface(const S2Polygon& surface);

// What all of them cover together; each is a surface.
absl::StatusOr<MultiPolygon> UnionOf(const std::vector<MultiPolygon>& surfaces);

}  // namespace gridwork::identity
