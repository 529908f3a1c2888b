#include "services/identity/areas/area_index.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "services/identity/areas/grid_cutter.h"
#include "services/identity/testing/chicago.h"

namespace gridwork::identity {
namespace {

using ::testing::ElementsAre;

Area Square(std::string code, std::string parent, std::string path, double south, double west, double size) {
  Area area{.code = std::move(code), .level = "ward", .parent = std::move(parent), .path = std::move(path)};
  area.geometry = {{{{south, west}, {south, west + size}, {south + size, west + size}, {south + size, west}}}};
  return area;
}

// A root with two neighbours that share the meridian -86.5, of which B is divided further.
std::vector<Area> Town() {
  return {Square("T", "", "T", 41, -87, 1), Square("B", "T", "T/B", 41, -87, 0.5),
          Square("A", "T", "T/A", 41, -86.5, 0.5), Square("B-2", "B", "T/B/B-2", 41, -86.75, 0.25),
          Square("B-1", "B", "T/B/B-1", 41, -87, 0.25)};
}

std::string At(const AreaIndex& index, double latitude, double longitude, std::string_view root = "T") {
  return index.Locate(root, {{latitude, longitude}})[0];
}

TEST(AreaIndex, FindsTheLowestArea) {
  AreaIndex index(Town());
  EXPECT_EQ(At(index, 41.1, -86.1), "T/A");
  EXPECT_EQ(At(index, 41.1, -86.9), "T/B/B-1");
  EXPECT_EQ(At(index, 41.1, -86.6), "T/B/B-2");
  EXPECT_THAT(index.Locate("T", {{41.1, -86.6}, {41.1, -86.1}}), ElementsAre("T/B/B-2", "T/A"));
}

TEST(AreaIndex, GivesAPointInNoLowestAreaToTheGridUnplaced) {
  AreaIndex index(Town());
  EXPECT_EQ(At(index, 45, -86.1), "T/T-UNPLACED") << "outside of everything";
  EXPECT_EQ(At(index, 41.9, -86.1), "T/T-UNPLACED") << "in the root, but in none of its areas";
  EXPECT_EQ(At(index, 41.4, -86.9), "T/T-UNPLACED") << "in B, but in none of its parts";
  EXPECT_EQ(At(AreaIndex({}), 41.1, -86.1), "T/T-UNPLACED");
}

TEST(AreaIndex, LooksOnlyBelowTheRoot) {
  AreaIndex index(Town());
  EXPECT_EQ(At(index, 41.1, -86.1, "T/B"), "T/B/B-UNPLACED");
  EXPECT_EQ(At(index, 41.1, -86.6, "T/B"), "T/B/B-2");
  EXPECT_EQ(At(index, 41.1, -86.1, "U"), "U/U-UNPLACED");
}

TEST(AreaIndex, ARootWithoutDividedSurfaceIsLowest) {
  AreaIndex index({Square("T", "", "T", 41, -87, 1)});
  EXPECT_EQ(At(index, 41.1, -86.1), "T");
}

TEST(AreaIndex, ABorderBelongsToTheSmallerCode) {
  AreaIndex index(Town());
  EXPECT_EQ(At(index, 41.1, -86.5), "T/A") << "A before B-2";
  EXPECT_EQ(At(index, 41.1, -86.75), "T/B/B-1");
  EXPECT_EQ(At(index, 41.0, -86.75), "T/B/B-1") << "a corner of both";
  const double tenth_of_a_metre = 0.1 / 111'195;  // degrees of latitude
  EXPECT_EQ(At(index, 41 - 0.9 * tenth_of_a_metre, -86.5), "T/A") << "just outside still touches";
  EXPECT_EQ(At(index, 41 - 1.1 * tenth_of_a_metre, -86.5), "T/T-UNPLACED");
  EXPECT_EQ(At(index, 41.1, -86.5 - 2e-6), "T/B/B-2") << "0.17 m inside of B-2";
}

TEST(AreaIndex, HoldsTheRealPremises) {
  auto areas = ChicagoAreas();
  auto premises = ChicagoPremises();
  std::map<bool, int> placed;
  for (const auto& path : AreaIndex(areas).Locate("CHI", premises)) ++placed[path != "CHI/CHI-UNPLACED"];
  EXPECT_EQ(placed[true], 12'163);
  EXPECT_EQ(placed[false], 166);
}

// Of 95 real service requests on 66 points that lie in two community areas at once.
TEST(AreaIndex, GivesRealBorderPointsToTheSmallerCode) {
  AreaIndex index(ChicagoAreas());
  auto in = OpenData("chicago/border_points.csv");
  std::string line;
  std::getline(in, line);
  int points = 0;
  while (std::getline(in, line)) {
    auto fields = SplitCsv(line);
    std::string path = At(index, std::stod(fields[0]), std::stod(fields[1]), "CHI");
    EXPECT_EQ(path.substr(path.rfind('/') + 1), fields[2]) << line;
    ++points;
  }
  EXPECT_EQ(points, 66);
}

TEST(AreaIndex, EveryPremisesLiesInOneOfTheGridsCutForIt) {
  auto areas = ChicagoAreas();
  auto premises = ChicagoPremises();
  std::vector<Area> with_grids = areas;
  for (const Area& area : areas) {
    if (area.level != "community_area") continue;
    int number = 0;
    auto cells = CutIntoCells(area.geometry, premises, 60).value();
    for (GridCell& cell : cells) {
      Area grid{.code = fmt::format("{}-G{:02}", area.code, ++number), .level = "grid", .parent = area.code};
      grid.path = area.path + "/" + grid.code;
      grid.geometry = std::move(cell.geometry);
      with_grids.push_back(std::move(grid));
    }
  }
  absl::Time start = absl::Now();
  AreaIndex index(with_grids);
  absl::Time built = absl::Now();
  auto paths = index.Locate("CHI", premises);
  absl::Time located = absl::Now();
  std::cout << fmt::format("{} areas indexed in {:.1f} ms, {} points located in {:.1f} ms\n", with_grids.size(),
                           absl::ToDoubleMilliseconds(built - start), premises.size(),
                           absl::ToDoubleMilliseconds(located - built));

  auto in_areas = AreaIndex(areas).Locate("CHI", premises);
  for (size_t i = 0; i < paths.size(); ++i) {
    if (in_areas[i].ends_with("UNPLACED")) {
      EXPECT_EQ(paths[i], in_areas[i]);
    } else {
      EXPECT_TRUE(paths[i].starts_with(in_areas[i] + "/")) << paths[i] << " is not in " << in_areas[i];
    }
  }
}

}  // namespace
}  // namespace gridwork::identity
