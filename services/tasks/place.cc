#include "services/tasks/place.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

namespace gridwork::tasks {
namespace {

constexpr double kEarthRadiusMetres = 6'371'008.8;  // mean, IUGG

double Radians(double degrees) { return degrees * std::numbers::pi / 180; }

auto ContentOf(const Place& p) {
  return std::tie(p.kind, p.display_name, p.address, p.locality, p.postal_code, p.location, p.grid, p.status,
                  p.operator_organisation, p.operator_licence, p.risk, p.source, p.source_id);
}

}  // namespace

// Haversine: exact enough for points that lie close together, too.
double DistanceMetres(const LatLng& a, const LatLng& b) {
  double half_north = std::sin(Radians(b.latitude - a.latitude) / 2);
  double half_east = std::sin(Radians(b.longitude - a.longitude) / 2);
  double h =
      half_north * half_north + std::cos(Radians(a.latitude)) * std::cos(Radians(b.latitude)) * half_east * half_east;
  return 2 * kEarthRadiusMetres * std::asin(std::sqrt(std::min(1.0, h)));
}

bool Place::SameContent(const Place& other) const { return ContentOf(*this) == ContentOf(other); }

std::string_view RootOf(std::string_view path) { return path.substr(0, path.find('/')); }

std::string UnplacedGrid(std::string_view root) { return std::string(root) + "/" + std::string(root) + "-UNPLACED"; }

}  // namespace gridwork::tasks
