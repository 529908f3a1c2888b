// Domain: premises and spots, and where they are.
#pragma once
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

  // All but id, version and times is the same: an import need not write it again.
  bool SameContent(const Place& other) const;
};

// First code of a path: "CHI".
std::string_view RootOf(std::string_view path);

// Where places of a root go that are in no grid or whose location is not known, until somebody mends them.
std::string UnplacedGrid(std::string_view root);

}  // namespace gridwork::tasks
