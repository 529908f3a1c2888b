#include "services/tasks/place.h"

#include <algorithm>
#include <array>
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

template <auto... members>
void Copy(const Place& from, Place& to) {
  ((to.*members = from.*members), ...);
}

template <auto... members>
bool Same(const Place& a, const Place& b) {
  return ((a.*members == b.*members) && ...);
}

struct FieldRow {
  PlaceField field;
  std::string_view name;
  void (*copy)(const Place& from, Place& to);
  bool (*same)(const Place& a, const Place& b);
};

template <auto... members>
constexpr FieldRow RowFor(PlaceField field, std::string_view name) {
  return {field, name, Copy<members...>, Same<members...>};
}

// By number.
constexpr auto kRows = std::to_array<FieldRow>({
    RowFor<&Place::kind>(PlaceField::kKind, "kind"),
    RowFor<&Place::display_name>(PlaceField::kDisplayName, "display_name"),
    RowFor<&Place::address>(PlaceField::kAddress, "address"),
    RowFor<&Place::locality>(PlaceField::kLocality, "locality"),
    RowFor<&Place::postal_code>(PlaceField::kPostalCode, "postal_code"),
    // The grid goes with the location, but may have been cut anew where that is the same.
    {PlaceField::kLocation, "location", Copy<&Place::location, &Place::grid>, Same<&Place::location>},
    RowFor<&Place::status>(PlaceField::kStatus, "status"),
    RowFor<&Place::operator_organisation, &Place::operator_licence>(PlaceField::kOperator, "operator"),
    RowFor<&Place::risk>(PlaceField::kRisk, "risk"),
});
static_assert(std::ranges::equal(kRows, kPlaceFields, {}, &FieldRow::field));

const FieldRow& RowOf(PlaceField field) { return kRows.at(static_cast<size_t>(field) - 1); }

}  // namespace

std::string_view NameOf(PlaceField field) { return RowOf(field).name; }

std::optional<PlaceField> PlaceFieldOf(std::string_view name) {
  auto row = std::find_if(kRows.begin(), kRows.end(), [&](const FieldRow& each) { return each.name == name; });
  return row == kRows.end() ? std::nullopt : std::optional(row->field);
}

void CopyField(PlaceField field, const Place& from, Place& to) { RowOf(field).copy(from, to); }

bool SameField(PlaceField field, const Place& a, const Place& b) { return RowOf(field).same(a, b); }

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
