#include "services/identity/areas/geometry.h"

#include <gmock/gmock.h>
#include <s2/s2earth.h>
#include <s2/s2polygon.h>

#include <cmath>

#include "common/base/error.h"
#include "services/identity/testing/chicago.h"

namespace gridwork::identity {
namespace {

Ring Square(double south, double west, double size) {
  return {{south, west}, {south, west + size}, {south + size, west + size}, {south + size, west}};
}

std::string FieldOf(const MultiPolygon& geometry) {
  auto surface = MakeSurface("geometry", geometry);
  if (surface.ok()) return "";
  auto violations = FieldViolationsOf(surface.status());
  return violations.empty() ? std::string(surface.status().message()) : violations[0].first;
}

TEST(Geometry, TakesSurfacesInEitherDirection) {
  Ring ring = Square(41, -87, 1), hole = Square(41.2, -86.8, 0.1);
  Ring reversed(ring.rbegin(), ring.rend()), reversed_hole(hole.rbegin(), hole.rend());
  double area = MakeSurface("geometry", {{ring, hole}}).value()->GetArea();
  EXPECT_GT(area, 0);
  EXPECT_LT(area, 0.001);
  EXPECT_DOUBLE_EQ(MakeSurface("geometry", {{reversed, hole}}).value()->GetArea(), area);
  EXPECT_DOUBLE_EQ(MakeSurface("geometry", {{ring, reversed_hole}}).value()->GetArea(), area);
  EXPECT_EQ(FieldOf({}), "");
}

TEST(Geometry, TakesPartsIslandsInHolesAndNeighbours) {
  EXPECT_EQ(FieldOf({{Square(41, -87, 1)}, {Square(43, -87, 1)}}), "");
  EXPECT_EQ(FieldOf({{Square(41, -87, 1), Square(41.2, -86.8, 0.5)}, {Square(41.3, -86.7, 0.1)}}), "");
}

TEST(Geometry, RefusesWhatIsNoSurface) {
  Ring ring = Square(41, -87, 1);
  EXPECT_EQ(FieldOf({{}}), "geometry.polygons[0]");
  EXPECT_EQ(FieldOf({{{{41, -87}, {42, -87}}}}), "geometry.polygons[0].rings[0]");
  EXPECT_EQ(FieldOf({{{ring[0], ring[2], ring[1], ring[3]}}}), "geometry.polygons[0].rings[0]") << "crosses itself";
  Ring closed = ring;
  closed.push_back(ring[0]);
  EXPECT_EQ(FieldOf({{closed}}), "geometry.polygons[0].rings[0]") << "first point repeated";
  EXPECT_EQ(FieldOf({{{ring[0], ring[0], ring[1], ring[2]}}}), "geometry.polygons[0].rings[0]") << "point twice";
  EXPECT_EQ(FieldOf({{ring}, {Square(41.5, -86.5, 1)}}), "geometry") << "polygons cross";
  EXPECT_EQ(FieldOf({{ring}, {Square(41.2, -86.8, 0.1)}}), "geometry.polygons[1].rings[0]") << "polygons overlap";
  EXPECT_EQ(FieldOf({{ring, Square(43, -87, 0.1)}}), "geometry.polygons[0].rings[1]") << "hole outside";
  EXPECT_EQ(FieldOf({{ring}, {ring}}), "geometry") << "the same twice";
  EXPECT_EQ(FieldOf({{ring, Square(41.5, -86.5, 1)}}), "geometry") << "hole crosses";
}

TEST(Geometry, RefusesMorePointsThanTheCeiling) {
  auto circle = [](int n) {
    Ring ring;
    for (int i = 0; i < n; ++i) ring.push_back({41 + std::sin(2 * M_PI * i / n), -87 + std::cos(2 * M_PI * i / n)});
    return ring;
  };
  EXPECT_EQ(FieldOf({{circle(20'000)}}), "");
  EXPECT_EQ(FieldOf({{circle(20'001)}}), "geometry");
}

TEST(Geometry, OfTheRealAreasAreSurfacesThatComeBackAsTheyWere) {
  double city = 0, sides = 0, community_areas = 0;
  for (const Area& area : ChicagoAreas()) {
    auto surface = MakeSurface("geometry", area.geometry);
    ASSERT_TRUE(surface.ok()) << area.code << ": " << surface.status();
    double size = (*surface)->GetArea() * std::pow(S2Earth::RadiusKm(), 2);
    (area.level == "city" ? city : area.level == "side" ? sides : community_areas) += size;

    MultiPolygon again = FromSurface(**surface);
    auto surface_again = MakeSurface("geometry", again);
    ASSERT_TRUE(surface_again.ok()) << area.code << ": " << surface_again.status();
    EXPECT_NEAR((*surface_again)->GetArea() / (*surface)->GetArea(), 1, 1e-6) << area.code;
    EXPECT_EQ(FromSurface(**surface_again).size(), again.size());
  }
  EXPECT_NEAR(city, 600, 10);  // km2
  EXPECT_NEAR(sides, city, 0.01);
  EXPECT_NEAR(community_areas, city, 0.01);
}

}  // namespace
}  // namespace gridwork::identity
