#include "tools/gridctl/grid_cut.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/base/error.h"

namespace gridwork::ctl {
namespace {

using testing::ElementsAre;

identity::v1::Area Make(const std::string& code, const std::string& parent, const std::string& level) {
  identity::v1::Area area;
  area.set_name("areas/" + code);
  area.set_code(code);
  area.set_parent(parent.empty() ? "" : "areas/" + parent);
  area.set_level(level);
  area.set_path(code);
  return area;
}

std::vector<std::string> Codes(const std::vector<identity::v1::Area>& areas) {
  std::vector<std::string> out;
  for (const auto& area : areas) out.push_back(area.code());
  return out;
}

TEST(CutPlans, TheLowestAreasWithoutGrids) {
  CutPlan plan = PlanCuts({Make("CHI", "", "city"), Make("CHI-UNPLACED", "CHI", "grid"), Make("S", "CHI", "side"),
                           Make("CA2", "S", "community_area"), Make("CA1", "S", "community_area"),
                           Make("CA3", "S", "community_area"), Make("CA3-G01", "CA3", "grid")});
  EXPECT_THAT(Codes(plan.to_cut), ElementsAre("CA1", "CA2"));
  EXPECT_THAT(Codes(plan.cut), ElementsAre("CA3"));
}

TEST(CutPlans, ARootAlone) {
  EXPECT_THAT(Codes(PlanCuts({Make("CHI", "", "city"), Make("CHI-UNPLACED", "CHI", "grid")}).to_cut),
              ElementsAre("CHI"));
  EXPECT_TRUE(PlanCuts({}).to_cut.empty());
}

TEST(PointFiles, TheRealPremises) {
  auto file = ReadPoints(GRIDWORK_SOURCE_DIR "/tests/data/chicago/premises.csv", "latitude", "longitude");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->points.size(), 12'329u);
  EXPECT_EQ(file->without, 38);
}

TEST(PointFiles, ErrorsNameColumnOrLine) {
  std::string path = testing::TempDir() + "/gridctl_grid_cut_test.csv";
  std::ofstream(path) << "lat,lon\n1,2\nx,3\n";
  EXPECT_EQ(ReasonOf(ReadPoints(path, "latitude", "lon").status()), "COLUMN_MISSING");
  absl::Status bad = ReadPoints(path, "lat", "lon").status();
  EXPECT_THAT(std::string(bad.message()), testing::HasSubstr("line 3"));
  EXPECT_FALSE(ReadPoints("/nonexistent", "lat", "lon").ok());
}

}  // namespace
}  // namespace gridwork::ctl
