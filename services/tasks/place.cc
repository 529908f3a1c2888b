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

std::string_view NameOf(PlaceField field) {
  switch (field) {
    case PlaceField::kKind:
      return "kind";
    case PlaceField::kDisplayName:
      return "display_name";
    case PlaceField::kAddress:
      return "address";
    case PlaceField::kLocality:
      return "locality";
    case PlaceField::kPostalCode:
      return "postal_code";
    case PlaceField::kLocation:
      return "location";
    case PlaceField::kStatus:
      return "status";
    case PlaceField::kOperator:
      return "operator";
    case PlaceField::kRisk:
      return "risk";
  }
  return "";
}

std::optional<PlaceField> PlaceFieldOf(std::string_view name) {
  for (PlaceField field : kPlaceFields) {
    if (NameOf(field) == name) return field;
  }
  return std::nullopt;
}

void CopyField(PlaceField field, const Place& from, Place& to) {
  switch (field) {
    case PlaceField::kKind:
      to.kind = from.kind;
      break;
    case PlaceField::kDisplayName:
      to.display_name = from.display_name;
      break;
    case PlaceField::kAddress:
      to.address = from.address;
      break;
    case PlaceField::kLocality:
      to.locality = from.locality;
      break;
    case PlaceField::kPostalCode:
      to.postal_code = from.postal_code;
      break;
    case PlaceField::kLocation:
      to.location = from.location;
      to.grid = from.grid;
      break;
    case PlaceField::kStatus:
      to.status = from.status;
      break;
    case PlaceField::kOperator:
      to.operator_organisation = from.operator_organisation;
      to.operator_licence = from.operator_licence;
      break;
    case PlaceField::kRisk:
      to.risk = from.risk;
      break;
  }
}

bool SameField(PlaceField field, const Place& a, const Place& b) {
  if (field == PlaceField::kLocation) return a.location == b.location;  // its grid may have been cut anew
  Place other = a;
  CopyField(field, b, other);
  return other.SameContent(a);
}

void CountUp(const Place& before, std::string_view author, absl::Time now, Place& after) {
  after.id = before.id;
  after.version = before.version + 1;
  after.created = before.created;
  after.updated = now;
  after.marks = before.marks;
  for (PlaceField field : kPlaceFields) {
    if (!SameField(field, before, after)) after.marks[field] = {after.version, std::string(author), now};
  }
}

MergedPlace Merge(const Place& current, const PlaceEdit& edit) {
  MergedPlace out{.place = current};
  for (PlaceField field : edit.fields) {
    if (SameField(field, current, edit.wanted)) continue;
    auto mark = current.marks.find(field);
    if (mark != current.marks.end() && mark->second.version > edit.base && mark->second.author != edit.author) {
      out.conflicts.push_back(field);
    } else {
      CopyField(field, edit.wanted, out.place);
      out.changed = true;
    }
  }
  return out;
}

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
