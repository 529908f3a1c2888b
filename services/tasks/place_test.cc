#include "services/tasks/place.h"

#include <gtest/gtest.h>
#include <s2/s2latlng.h>

#include <algorithm>
#include <random>

#include "services/tasks/place_store.h"

namespace gridwork::tasks {
namespace {

TEST(DistanceMetres, AgreesWithS2) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> latitude(-90, 90), longitude(-180, 180), off(-0.01, 0.01);
  for (int i = 0; i < 2'000; ++i) {
    LatLng a{latitude(random), longitude(random)};
    LatLng b = i % 2 ? LatLng{latitude(random), longitude(random)}
                     : LatLng{std::clamp(a.latitude + off(random), -90.0, 90.0), a.longitude + off(random)};
    auto s2 = [](const LatLng& p) { return S2LatLng::FromDegrees(p.latitude, p.longitude).Normalized(); };
    double expected = s2(a).GetDistance(s2(b)).radians() * 6'371'008.8;
    EXPECT_NEAR(DistanceMetres(a, b), expected, 1e-3 + 1e-6 * expected);
  }
  EXPECT_EQ(DistanceMetres({41.88, -87.63}, {41.88, -87.63}), 0);
  EXPECT_NEAR(DistanceMetres({0, 179.9999}, {0, -179.9999}), 22.2, 0.1);
  EXPECT_NEAR(DistanceMetres({90, 0}, {-90, 77}), 20'015'115, 1'000);
  EXPECT_NEAR(DistanceMetres({41.8807, -87.6347}, {41.8789, -87.6359}), 223, 1);  // two corners of the Loop
}

TEST(Place, EachFieldOfItsContentCounts) {
  using Change = void (*)(Place&);
  const Place place{.display_name = "a", .location = LatLng{1, 2}, .grid = "CHI"};
  for (Change change : std::initializer_list<Change>{
           [](Place& p) { p.kind = PlaceKind::kShop; }, [](Place& p) { p.display_name += 'x'; },
           [](Place& p) { p.address += 'x'; }, [](Place& p) { p.locality += 'x'; },
           [](Place& p) { p.postal_code += 'x'; }, [](Place& p) { p.location = std::nullopt; },
           [](Place& p) { p.location->longitude += 1e-7; }, [](Place& p) { p.grid += 'x'; },
           [](Place& p) { p.status = PlaceStatus::kClosed; }, [](Place& p) { p.operator_organisation += 'x'; },
           [](Place& p) { p.operator_licence += 'x'; }, [](Place& p) { p.risk += 'x'; },
           [](Place& p) { p.source += 'x'; }, [](Place& p) { p.source_id += 'x'; }}) {
    Place other = place;
    EXPECT_TRUE(place.SameContent(other));
    change(other);
    EXPECT_FALSE(place.SameContent(other));
  }
  Place other = place;
  other.id.bytes[0] = 1;
  other.version = 7;
  other.created = other.updated = absl::Now();
  EXPECT_TRUE(place.SameContent(other));
}

TEST(Place, KnowsItsRoot) {
  EXPECT_EQ(RootOf("CHI/SIDE-CENTRAL/CA32"), "CHI");
  EXPECT_EQ(RootOf("CHI"), "CHI");
  EXPECT_EQ(UnplacedGrid("CHI"), "CHI/CHI-UNPLACED");
}

TEST(KeepNearestFirst, BreaksTiesByIdAndKeepsTheLimit) {
  std::vector<Place> places(4);
  for (size_t i = 0; i < places.size(); ++i) {
    places[i].id.bytes[0] = static_cast<uint8_t>(9 - i);
    places[i].location = LatLng{1, 1};
  }
  places[3].location = std::nullopt;
  places[0].location = LatLng{1, 1.0001};
  KeepNearestFirst({.point = {1, 1}, .radius_metres = 500, .limit = 10}, places);
  ASSERT_EQ(places.size(), 3u);
  EXPECT_EQ(places[0].id.bytes[0], 7);
  EXPECT_EQ(places[1].id.bytes[0], 8);
  EXPECT_EQ(places[2].id.bytes[0], 9);
  KeepNearestFirst({.point = {1, 1}, .radius_metres = 5, .limit = 10}, places);
  EXPECT_EQ(places.size(), 2u);
  KeepNearestFirst({.point = {1, 1}, .radius_metres = 5, .limit = 1}, places);
  EXPECT_EQ(places.size(), 1u);
}

}  // namespace
}  // namespace gridwork::tasks
