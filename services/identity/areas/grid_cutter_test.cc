#include "services/identity/areas/grid_cutter.h"

#include <gmock/gmock.h>
#include <s2/s2latlng.h>
#include <s2/s2polygon.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "services/identity/testing/chicago.h"

namespace gridwork::identity {
namespace {

const Ring kSquare = {{41, -87}, {41, -86}, {42, -86}, {42, -87}};

std::unique_ptr<S2Polygon> Surface(const MultiPolygon& geometry) {
  auto surface = MakeSurface("geometry", geometry);
  EXPECT_TRUE(surface.ok()) << surface.status();
  return surface.ok() ? *std::move(surface) : nullptr;
}

S2Point ToPoint(const LatLng& at) { return S2LatLng::FromDegrees(at.latitude, at.longitude).ToPoint(); }

std::vector<LatLng> Scattered(int n) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> part(0, 1);
  std::vector<LatLng> points;
  for (int i = 0; i < n; ++i) points.push_back({41 + part(random), -87 + part(random)});
  return points;
}

TEST(GridCutter, WithoutPointsMakesOneGridOfTheWholeArea) {
  auto cells = CutIntoCells({{kSquare}}, {}, 60).value();
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells[0].geometry, MultiPolygon{{kSquare}});
}

TEST(GridCutter, PointsOutsideDoNotCount) {
  std::vector<LatLng> points(1'000, {50, -87});
  EXPECT_EQ(CutIntoCells({{kSquare}}, points, 60).value().size(), 1u);
}

TEST(GridCutter, PointsAtOnePlaceStayTogether) {
  std::vector<LatLng> points(147, {41.5, -86.5});
  EXPECT_EQ(CutIntoCells({{kSquare}}, points, 60).value().size(), 1u);
  points.push_back({41.6, -86.5});
  auto cells = CutIntoCells({{kSquare}}, points, 60).value();
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cells[0].points.size(), 1u) << "the northern one comes first";
  EXPECT_EQ(cells[1].points.size(), 147u);
}

TEST(GridCutter, TheOrderOfPointsDoesNotMatter) {
  auto points = Scattered(3'000);
  auto cells = CutIntoCells({{kSquare}}, points, 60).value();
  EXPECT_GT(cells.size(), 40u);
  for (unsigned seed = 0; seed < 3; ++seed) {
    std::shuffle(points.begin(), points.end(), std::mt19937(seed));
    auto again = CutIntoCells({{kSquare}}, points, 60).value();
    ASSERT_EQ(again.size(), cells.size());
    for (size_t i = 0; i < cells.size(); ++i) EXPECT_EQ(again[i].geometry, cells[i].geometry);
  }
}

TEST(GridCutter, WorksNearAPoleAndAcrossTheDateLine) {
  std::vector<LatLng> points;
  for (int i = 0; i < 300; ++i) points.push_back({-17 - 0.003 * (i % 100), i % 3 == 0 ? 179.9 : -179.9 + 0.001 * i});
  EXPECT_GE(CutIntoCells({{{{-18, 179}, {-18, -179}, {-16, -179}, {-16, 179}}}}, points, 60).value().size(), 4u);
  points.clear();
  for (int i = 0; i < 300; ++i) points.push_back({89.5, -180.0 + i});
  EXPECT_GE(CutIntoCells({{{{89, 0}, {89, 90}, {89, 180}, {89, -90}}}}, points, 60).value().size(), 4u);
}

// Jagged stars with a hole, and points in heaps, some of them on corners.
TEST(GridCutter, CutsWhateverIsASurface) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> part(0, 1);
  for (int round = 0; round < 60; ++round) {
    LatLng centre{-85 + 170 * part(random), -180 + 360 * part(random)};
    auto star = [&](double from, double to, int corners) {
      Ring ring;
      for (int i = 0; i < corners; ++i) {
        double turn = 2 * M_PI * i / corners, radius = from + (to - from) * part(random);
        double longitude = centre.longitude + radius * std::cos(turn) / std::cos(centre.latitude * M_PI / 180);
        ring.push_back({centre.latitude + radius * std::sin(turn), std::remainder(longitude, 360)});
      }
      return ring;
    };
    MultiPolygon geometry = {{star(0.03, 0.1, 60), star(0.005, 0.02, 12)}};
    std::vector<LatLng> points = geometry[0][0];
    for (int heap = 0; heap < 20; ++heap) {
      LatLng at{centre.latitude + 0.1 * (part(random) - 0.5), centre.longitude + 0.1 * (part(random) - 0.5)};
      for (int i = 0; i < 30; ++i) points.push_back({at.latitude + 1e-4 * part(random), at.longitude});
    }
    auto cells = CutIntoCells(geometry, points, 10);
    ASSERT_TRUE(cells.ok()) << round << ": " << cells.status();
    double sum = 0;
    for (const GridCell& cell : *cells) {
      EXPECT_LE(cell.points.size(), 13u);
      sum += Surface(cell.geometry)->GetArea();
    }
    EXPECT_NEAR(sum / Surface(geometry)->GetArea(), 1, 1e-6) << round;
  }
}

// Every community area of Chicago by its real premises.
TEST(GridCutter, RealGridsAreApartCoverTheAreaAndShareOutTheWork) {
  auto premises = ChicagoPremises();
  ASSERT_EQ(premises.size(), 12'329u);
  size_t all_cells = 0, all_points = 0, largest = 0;
  for (const Area& area : ChicagoAreas()) {
    if (area.level != "community_area") continue;
    auto cells = CutIntoCells(area.geometry, premises, 60).value();
    all_cells += cells.size();

    double sum = 0;
    std::vector<std::unique_ptr<S2Polygon>> surfaces;
    for (const GridCell& cell : cells) {
      surfaces.push_back(Surface(cell.geometry));
      ASSERT_NE(surfaces.back(), nullptr) << area.code;
      sum += surfaces.back()->GetArea();
      all_points += cell.points.size();
      largest = std::max(largest, cell.points.size());
    }
    double whole = Surface(area.geometry)->GetArea();
    EXPECT_NEAR(sum / whole, 1, 1e-6) << area.code;
    for (size_t i = 0; i < surfaces.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        S2Polygon common;
        common.InitToIntersection(*surfaces[i], *surfaces[j]);
        EXPECT_LT(common.GetArea() / whole, 1e-9) << area.code << " " << i << " and " << j;
      }
    }
    for (const GridCell& cell : cells) {
      for (const LatLng& point : cell.points) {
        auto holds = [&](const auto& surface) { return surface->Contains(ToPoint(point)); };
        EXPECT_EQ(std::count_if(surfaces.begin(), surfaces.end(), holds), 1) << area.code;
      }
    }
  }
  EXPECT_EQ(all_points, 12'163u);
  EXPECT_GT(all_cells, 200u);
  EXPECT_LT(all_cells, 400u);
  EXPECT_LE(largest, 81u);  // 1.35 x 60
}

}  // namespace
}  // namespace gridwork::identity
