// Domain: premises and spots, and where they are.
#pragma once
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/uuid.h"

namespace gridwork::tasks {

// WGS84 degrees. Kept to seven decimals (about 1 cm): what is stored compares equal to what was parsed.
struct LatLng {
  double latitude = 0;
  double longitude = 0;

  bool operator==(const LatLng&) const = default;
};

// Along the surface of a sphere of the earth's mean radius: within 0.6 % of the ellipsoid.
double DistanceMetres(const LatLng& a, const LatLng& b);

enum class PlaceKind : uint8_t {  // stored: never renumber
  kFood = 1,
  kLodging = 2,
  kRentedBuilding = 3,
  kWorkplace = 4,
  kSchool = 5,
  kChildcare = 6,
  kHealthFacility = 7,
  kPublicBuilding = 8,
  kEventSite = 9,
  kPlayground = 10,
  kStreet = 11,
  kPark = 12,
  kShop = 13,
};

enum class PlaceStatus : uint8_t { kOpen = 1, kClosed = 2, kDemolished = 3 };  // stored: never renumber

// What people change of a place, each on its own: two who change different ones do not disturb each other.
enum class PlaceField : uint8_t {  // stored: never renumber
  kKind = 1,
  kDisplayName = 2,
  kAddress = 3,
  kLocality = 4,
  kPostalCode = 5,
  kLocation = 6,
  kStatus = 7,
  kOperator = 8,
  kRisk = 9,
};
inline constexpr PlaceField kPlaceFields[] = {PlaceField::kKind,     PlaceField::kDisplayName, PlaceField::kAddress,
                                              PlaceField::kLocality, PlaceField::kPostalCode,  PlaceField::kLocation,
                                              PlaceField::kStatus,   PlaceField::kOperator,    PlaceField::kRisk};

// As in an update mask: "display_name".
std::string_view NameOf(PlaceField field);
std::optional<PlaceField> PlaceFieldOf(std::string_view name);

// The last change of a field since the place was made.
struct FieldMark {
  int64_t version = 1;  // of the place that had it first
  std::string author;   // "staff/{uuid}"
  absl::Time time;

  bool operator==(const FieldMark&) const = default;
};

struct Place {
  Uuid id;
  PlaceKind kind = PlaceKind::kFood;
  std::string display_name;
  std::string address;
  std::string locality;
  std::string postal_code;
  std::optional<LatLng> location;
  std::string grid;  // path of codes: "CHI/SIDE-CENTRAL/CA32/CA32-G07"
  PlaceStatus status = PlaceStatus::kOpen;
  std::string operator_organisation;
  std::string operator_licence;
  std::string risk;
  std::string source;  // the list that it was imported from, and its id there: unique together
  std::string source_id;
  int64_t version = 1;
  absl::Time created;
  absl::Time updated;
  std::map<PlaceField, FieldMark> marks;  // fields that were never changed have none

  int64_t VersionOf(PlaceField field) const {
    auto mark = marks.find(field);
    return mark == marks.end() ? 1 : mark->second.version;
  }
  // All but id, version and times is the same: an import need not write it again.
  bool SameContent(const Place& other) const;
};

bool SameField(PlaceField field, const Place& a, const Place& b);
// The grid goes with the location.
void CopyField(PlaceField field, const Place& from, Place& to);

// Makes `after`, which has the content that `author` wants, the version that follows `before`.
void CountUp(const Place& before, std::string_view author, absl::Time now, Place& after);

// A change by somebody who knew version `base`.
struct PlaceEdit {
  Place wanted;  // holds the values of `fields`
  std::vector<PlaceField> fields;
  int64_t base = 0;
  std::string author;
};

struct MergedPlace {
  Place place;  // `current` with the fields that could be written; still with its version
  bool changed = false;
  std::vector<PlaceField> conflicts;  // wanted otherwise, but changed by somebody else since `base`
};

// Field by field: what already is as wanted needs nothing, what nobody else changed since `edit.base` is written, the
// rest is a conflict.
MergedPlace Merge(const Place& current, const PlaceEdit& edit);

// First code of a path: "CHI".
std::string_view RootOf(std::string_view path);

// Where places of a root go that are in no grid or whose location is not known, until somebody mends them.
std::string UnplacedGrid(std::string_view root);

}  // namespace gridwork::tasks
