#include "services/identity/areas/grid_cutter.h"

#include <s2/s2latlng.h>
#include <s2/s2loop.h>
#include <s2/s2polygon.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "common/base/status_macros.h"

namespace gridwork::identity {
namespace {

constexpr double kTolerance = 1.35;    // of the wanted size of a grid
constexpr double kSamePlace = 1.5e-8;  // radians, 0.1 m: points nearer than this are not cut apart

struct Point {
  LatLng given;
  S2Point on_sphere;
};

// A family of great circles through two poles, and the angle by which each of them is named. Around `centre` the
// circles of kEast run north to south (meridians), those of kSouth west to east.
class Direction {
 public:
  enum class Of { kEast, kSouth };

  Direction(Of of, const S2Point& centre) : centre_(centre) {
    const S2Point south(0, 0, -1);
    S2Point east(-centre.y(), centre.x(), 0);
    east = east.Norm2() > 0 ? east.Normalize() : S2Point(0, 1, 0);
    zero_ = S2Point(east.y(), -east.x(), 0);
    quarter_ = of == Of::kEast ? east : south;
  }

  double AngleOf(const S2Point& point) const { return std::atan2(point.DotProd(quarter_), point.DotProd(zero_)); }

  // The half of the sphere with smaller angles, up to half a turn. Its corners are 45 degrees from the centre.
  std::unique_ptr<S2Polygon> Below(double angle) const {
    S2Point normal = quarter_ * std::cos(angle) - zero_ * std::sin(angle);  // towards larger angles
    S2Point near = (centre_ - normal * centre_.DotProd(normal)).Normalize();
    S2Point aside = normal.CrossProd(near).Normalize();
    S2Point a = (near + aside).Normalize(), b = (aside - near).Normalize();
    auto loop = std::make_unique<S2Loop>(std::vector<S2Point>{a, b, a * -1.0, b * -1.0}, S2Debug::DISABLE);
    if (!loop->Contains(normal * -1.0)) loop->Invert();
    return std::make_unique<S2Polygon>(std::move(loop), S2Debug::DISABLE);
  }

 private:
  S2Point centre_, zero_, quarter_;
};

struct Cut {
  Direction direction;
  double angle;
};

// The angle between two points that halves the sorted `angles` best; nullopt when all points are at one place.
std::optional<double> MedianGap(const std::vector<double>& angles) {
  std::optional<double> best;
  double half = static_cast<double>(angles.size()) / 2, distance = 0;
  for (size_t i = 1; i < angles.size(); ++i) {
    if (angles[i] - angles[i - 1] < kSamePlace) continue;
    double off = std::abs(static_cast<double>(i) - half);
    if (!best || off < distance) {
      best = (angles[i] + angles[i - 1]) / 2;
      distance = off;
    }
  }
  return best;
}

// Across the longer side of where the points lie.
std::optional<Cut> FindCut(const std::vector<Point>& points, const S2Point& centre) {
  struct Candidate {
    Direction direction;
    std::vector<double> angles;
    double extent() const { return angles.back() - angles.front(); }
  };
  std::vector<Candidate> candidates;
  for (auto of : {Direction::Of::kEast, Direction::Of::kSouth}) {
    Candidate& candidate = candidates.emplace_back(Candidate{Direction(of, centre), {}});
    for (const Point& point : points) candidate.angles.push_back(candidate.direction.AngleOf(point.on_sphere));
    std::sort(candidate.angles.begin(), candidate.angles.end());
  }
  double width = candidates[0].extent() * std::sqrt(1 - centre.z() * centre.z());  // meridians meet at the poles
  if (width < candidates[1].extent()) std::swap(candidates[0], candidates[1]);
  for (const Candidate& candidate : candidates) {
    if (auto angle = MedianGap(candidate.angles)) return Cut{candidate.direction, *angle};
  }
  return std::nullopt;
}

void Halve(const S2Polygon& surface, std::vector<Point> points, double most, std::vector<GridCell>& cells) {
  std::optional<Cut> cut;
  if (static_cast<double>(points.size()) > most) cut = FindCut(points, surface.GetCentroid().Normalize());
  if (!cut) {
    GridCell& cell = cells.emplace_back(GridCell{FromSurface(surface), {}});
    for (const Point& point : points) cell.points.push_back(point.given);
    return;
  }
  auto below = cut->direction.Below(cut->angle);
  S2Polygon first, second;  // cut by the same line, so that they share its points
  first.InitToIntersection(surface, *below);
  second.InitToDifference(surface, *below);
  auto middle = std::stable_partition(points.begin(), points.end(), [&](const Point& point) {
    return cut->direction.AngleOf(point.on_sphere) < cut->angle;
  });
  std::vector<Point> rest(middle, points.end());
  points.erase(middle, points.end());
  Halve(first, std::move(points), most, cells);
  Halve(second, std::move(rest), most, cells);
}

}  // namespace

absl::StatusOr<std::vector<GridCell>> CutIntoCells(const MultiPolygon& geometry, std::vector<LatLng> points,
                                                   int points_per_grid) {
  ASSIGN_OR_RETURN(auto surface, MakeSurface("geometry", geometry));
  std::sort(points.begin(), points.end());
  std::vector<Point> inside;
  for (const LatLng& point : points) {
    S2Point on_sphere = S2LatLng::FromDegrees(point.latitude, point.longitude).ToPoint();
    if (surface->Contains(on_sphere)) inside.push_back({point, on_sphere});
  }
  std::vector<GridCell> cells;
  Halve(*surface, std::move(inside), kTolerance * points_per_grid, cells);
  if (cells.size() == 1) cells.front().geometry = geometry;  // as it was given
  for (const GridCell& cell : cells) {  // an index could not read another one, and nothing would lie in it
    if (absl::Status readable = MakeSurface("cell", cell.geometry).status(); !readable.ok()) {
      return absl::InternalError(std::string(readable.message()));
    }
  }
  return cells;
}

}  // namespace gridwork::identity
