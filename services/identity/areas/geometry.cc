#include "services/identity/areas/geometry.h"

#include <fmt/format.h>
#include <s2/s2earth.h>
#include <s2/s2error.h>
#include <s2/s2latlng.h>
#include <s2/s2loop.h>
#include <s2/s2polygon.h>

#include <map>
#include <string>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::identity {
namespace {

absl::StatusOr<std::unique_ptr<S2Loop>> MakeLoop(const std::string& field, const Ring& ring) {
  if (ring.size() < 3) return BadField(field, "must have at least three points");
  std::vector<S2Point> points;
  points.reserve(ring.size());
  for (const LatLng& p : ring) points.push_back(S2LatLng::FromDegrees(p.latitude, p.longitude).ToPoint());
  if (points.front() == points.back()) return BadField(field, "must not repeat its first point at the end");
  auto loop = std::make_unique<S2Loop>(points, S2Debug::DISABLE);
  S2Error error;
  if (loop->FindValidationError(&error)) return BadField(field, fmt::format("must be a ring: {}", error.text()));
  loop->Normalize();  // the smaller side, whichever way the ring runs
  return loop;
}

LatLng ToLatLng(const S2Point& point) {
  S2LatLng at(point);
  return {at.lat().degrees(), at.lng().degrees()};
}

Ring ToRing(const S2Loop& loop) {
  Ring ring;
  ring.reserve(loop.num_vertices());
  for (int i = 0; i < loop.num_vertices(); ++i) ring.push_back(ToLatLng(loop.oriented_vertex(i)));
  return ring;
}

}  // namespace

absl::StatusOr<std::unique_ptr<S2Polygon>> MakeSurface(std::string_view field, const MultiPolygon& geometry) {
  size_t vertices = 0;
  for (const Polygon& polygon : geometry) {
    for (const Ring& ring : polygon) vertices += ring.size();
  }
  if (vertices > kMaxVertices) return BadField(field, fmt::format("must have at most {} points", kMaxVertices));

  std::vector<std::unique_ptr<S2Loop>> loops;
  std::map<const S2Loop*, std::pair<std::string, bool>> given;  // name of the ring, and whether it is a hole
  for (size_t p = 0; p < geometry.size(); ++p) {
    if (geometry[p].empty()) return BadField(fmt::format("{}.polygons[{}]", field, p), "must have an outer ring");
    for (size_t r = 0; r < geometry[p].size(); ++r) {
      std::string name = fmt::format("{}.polygons[{}].rings[{}]", field, p, r);
      ASSIGN_OR_RETURN(auto loop, MakeLoop(name, geometry[p][r]));
      given[loop.get()] = {name, r > 0};
      loops.push_back(std::move(loop));
    }
  }

  auto surface = std::make_unique<S2Polygon>();
  surface->set_s2debug_override(S2Debug::DISABLE);
  surface->InitNested(std::move(loops));
  S2Error error;
  if (surface->FindValidationError(&error)) {
    return BadField(field, fmt::format("must be a surface whose rings do not cross: {}", error.text()));
  }
  for (int i = 0; i < surface->num_loops(); ++i) {
    const auto& [name, hole] = given[surface->loop(i)];
    if (surface->loop(i)->is_hole() != hole) {
      return BadField(name, hole ? "a hole must lie inside of its outer ring" : "polygons must not overlap");
    }
  }
  return surface;
}

MultiPolygon FromSurface(const S2Polygon& surface) {
  MultiPolygon out;
  std::vector<size_t> polygon_of(surface.num_loops());
  for (int i = 0; i < surface.num_loops(); ++i) {  // parents come before their children
    if (surface.loop(i)->is_hole()) {
      polygon_of[i] = polygon_of[surface.GetParent(i)];
    } else {
      polygon_of[i] = out.size();
      out.emplace_back();
    }
    out[polygon_of[i]].push_back(ToRing(*surface.loop(i)));
  }
  return out;
}

absl::StatusOr<MultiPolygon> UnionOf(const std::vector<MultiPolygon>& surfaces) {
  // Neighbours that were drawn apart from each other meet to a few millimetres: no slits between them.
  constexpr double kSnapMetres = 0.01;
  std::vector<std::unique_ptr<S2Polygon>> polygons;
  for (const MultiPolygon& surface : surfaces) {
    ASSIGN_OR_RETURN(polygons.emplace_back(), MakeSurface("geometry", surface));
  }
  MultiPolygon out =
      FromSurface(*S2Polygon::DestructiveApproxUnion(std::move(polygons), S2Earth::MetersToAngle(kSnapMetres)));
  if (absl::Status readable = MakeSurface("geometry", out).status(); !readable.ok()) {
    return absl::InternalError(std::string(readable.message()));
  }
  return out;
}

}  // namespace gridwork::identity
