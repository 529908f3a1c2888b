#include "tools/gridctl/geojson.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "common/base/error.h"
#include "common/rpc/status_map.h"
#include "tools/gridctl/area_import.h"

namespace gridwork::ctl {
namespace {

using identity::v1::Area;
using identity::v1::AreaVerdict;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

const char kReal[] = GRIDWORK_SOURCE_DIR "/tests/data/chicago/areas.geojson";

std::string Write(const std::string& text) {
  std::string path = testing::TempDir() + "/gridctl_geojson_test.geojson";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string Feature(const std::string& code, const std::string& parent) {
  return fmt::format(
      R"({{"type":"Feature","properties":{{"code":"{}","name":"{}","level":"l","parent":"{}"}},"geometry":null}})",
      code, code, parent);
}

std::string Collection(const std::string& features) {
  return R"({"type":"FeatureCollection","features":[)" + features + "]}";
}

absl::StatusOr<std::vector<Area>> ReadAll(const std::string& path) {
  auto file = AreaFile::Open(path);
  if (!file.ok()) return file.status();
  std::vector<Area> out;
  absl::Status status = file->ForEach([&](int, Area area) {
    out.push_back(std::move(area));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return out;
}

std::string Refused(const std::string& text) {
  auto areas = ReadAll(Write(text));
  EXPECT_FALSE(areas.ok()) << text;
  return std::string(areas.status().message());
}

json GoodFeature() {
  return json::parse(R"({"type": "Feature",
    "properties": {"code": "CA03", "name": "Uptown", "level": "community_area", "parent": "SIDE-X", "inhabitants": 57},
    "geometry": {"type": "Polygon", "coordinates": [
      [[0, 50], [4, 50], [4, 54], [0, 54, 12.5], [0, 50]],
      [[1, 51], [2, 51], [2, 52], [1, 51]]]}})");
}

std::string RefusedFeature(const json& feature) {
  auto area = AreaOfFeature(12, feature);
  EXPECT_FALSE(area.ok()) << feature;
  EXPECT_EQ(ReasonOf(area.status()), "BAD_FEATURE");
  return std::string(area.status().message());
}

TEST(Features, AreAreas) {
  auto area = AreaOfFeature(1, GoodFeature());
  ASSERT_TRUE(area.ok()) << area.status();
  EXPECT_EQ(area->code(), "CA03");
  EXPECT_EQ(area->display_name(), "Uptown");
  EXPECT_EQ(area->level(), "community_area");
  EXPECT_EQ(area->parent(), "areas/SIDE-X");
  EXPECT_EQ(area->inhabitants(), 57);
  ASSERT_EQ(area->geometry().polygons_size(), 1);
  ASSERT_EQ(area->geometry().polygons(0).rings_size(), 2);
  const auto& outer = area->geometry().polygons(0).rings(0);
  ASSERT_EQ(outer.points_size(), 4) << "the first point is not repeated";
  EXPECT_EQ(outer.points(1).longitude(), 4);
  EXPECT_EQ(outer.points(1).latitude(), 50);
  EXPECT_EQ(area->geometry().polygons(0).rings(1).points_size(), 3);
}

TEST(Features, MayLackParentAndGeometry) {
  json feature = GoodFeature();
  feature["properties"]["parent"] = nullptr;
  feature["properties"].erase("inhabitants");
  feature["geometry"] = nullptr;
  auto area = AreaOfFeature(1, feature);
  ASSERT_TRUE(area.ok()) << area.status();
  EXPECT_EQ(area->parent(), "");
  EXPECT_FALSE(area->has_geometry());
}

TEST(Features, ErrorsNameTheFeatureAndThePlaceInIt) {
  json feature = GoodFeature();
  feature["geometry"]["coordinates"][0][4] = {0.1, 50};
  EXPECT_EQ(RefusedFeature(feature),
            "BAD_FEATURE: feature 12 (CA03): geometry.coordinates[0]: closed: the last position is the first");
  feature = GoodFeature();
  feature["geometry"]["coordinates"][1][2] = {"2", 52};
  EXPECT_THAT(RefusedFeature(feature),
              HasSubstr("feature 12 (CA03): geometry.coordinates[1][2]: [longitude, latitude]"));
  feature = GoodFeature();
  feature["geometry"]["coordinates"][1].erase(1);
  EXPECT_THAT(RefusedFeature(feature), HasSubstr("at least four positions"));
  feature = GoodFeature();
  feature["geometry"]["type"] = "Point";
  EXPECT_THAT(RefusedFeature(feature), HasSubstr("Polygon or MultiPolygon"));
  feature = GoodFeature();
  feature["geometry"]["coordinates"] = json::array();
  EXPECT_THAT(RefusedFeature(feature), HasSubstr("geometry.coordinates"));
  feature = GoodFeature();
  feature["properties"].erase("level");
  EXPECT_THAT(RefusedFeature(feature), HasSubstr("feature 12 (CA03): properties.level: a text"));
  feature["properties"].erase("code");
  EXPECT_THAT(RefusedFeature(feature), HasSubstr("feature 12: properties.code: a text"));
  feature["properties"]["code"] = "";
  EXPECT_THAT(RefusedFeature(feature), HasSubstr("feature 12: properties.code: a text, not empty"));
  feature = GoodFeature();
  feature["properties"]["inhabitants"] = -1;
  EXPECT_THAT(RefusedFeature(feature), HasSubstr("properties.inhabitants"));
  feature["properties"]["inhabitants"] = 1e300;
  EXPECT_THAT(RefusedFeature(feature), HasSubstr("properties.inhabitants"));
  for (const json& bad : {json(), json(7), json::array(), json::object(), json{{"type", "Feature"}},
                          json{{"type", "Feature"}, {"properties", 1}}}) {
    RefusedFeature(bad);
  }
}

TEST(AreaFiles, ParentsComeBeforeChildren) {
  auto areas = ReadAll(Write(Collection(Feature("C", "B") + "," + Feature("B", "A") + "," + Feature("D", "B") + "," +
                                        Feature("A", "") + "," + Feature("E", "ELSEWHERE"))));
  ASSERT_TRUE(areas.ok()) << areas.status();
  std::vector<std::string> codes;
  for (const auto& area : *areas) codes.push_back(area.code());
  EXPECT_THAT(codes, ElementsAre("A", "E", "B", "C", "D"));
}

TEST(AreaFiles, WhatIsNoTreeIsRefused) {
  EXPECT_THAT(Refused(Collection(Feature("A", "") + "," + Feature("A", ""))),
              HasSubstr("feature 2 (A): properties.code: unique; feature 1 has it too"));
  EXPECT_THAT(Refused(Collection(Feature("A", "B") + "," + Feature("B", "A"))), HasSubstr("no circle"));
  EXPECT_THAT(Refused(Collection(Feature("A", "A"))), HasSubstr("no circle"));
}

TEST(AreaFiles, WhatIsNoCollectionIsRefused) {
  EXPECT_THAT(Refused(""), HasSubstr("BAD_GEOJSON"));
  EXPECT_THAT(Refused("[]"), HasSubstr("not a GeoJSON FeatureCollection"));
  EXPECT_THAT(Refused(Feature("A", "")), HasSubstr("not a GeoJSON FeatureCollection"));
  EXPECT_THAT(Refused(R"({"type":"FeatureCollection"})"), HasSubstr("no list of features"));
  EXPECT_THAT(Refused(Collection(Feature("A", "")).substr(0, 60)), HasSubstr("BAD_GEOJSON"));
  EXPECT_THAT(Refused(Collection("7")), HasSubstr("feature 1"));
  EXPECT_THAT(Refused(R"({"crs":{"properties":{"name":"EPSG:3857"}},"type":"FeatureCollection","features":[]})"),
              HasSubstr("WGS84"));
  EXPECT_THAT(Refused(R"({"crs":7,"type":"FeatureCollection","features":[]})"), HasSubstr("WGS84"));
  EXPECT_FALSE(AreaFile::Open("/nonexistent.geojson").ok());
}

TEST(AreaFiles, TheRealOne) {
  auto areas = ReadAll(kReal);
  ASSERT_TRUE(areas.ok()) << areas.status();
  ASSERT_EQ(areas->size(), 87u);
  std::set<std::string> seen;
  std::map<std::string, int> levels;
  int holes = 0;
  for (const auto& area : *areas) {
    EXPECT_TRUE(area.parent().empty() || seen.count(area.parent()) == 1) << area.code();
    seen.insert("areas/" + area.code());
    ++levels[area.level()];
    EXPECT_TRUE(area.has_geometry()) << area.code();
    for (const auto& polygon : area.geometry().polygons()) {
      holes += polygon.rings_size() - 1;
      for (const auto& ring : polygon.rings()) EXPECT_GE(ring.points_size(), 3) << area.code();
    }
  }
  EXPECT_EQ(levels, (std::map<std::string, int>{{"city", 1}, {"side", 9}, {"community_area", 77}}));
  EXPECT_GT(holes, 0);
}

TEST(AreaImports, BatchesAreSmallAndInOrder) {
  auto file = AreaFile::Open(kReal);
  ASSERT_TRUE(file.ok());
  std::map<std::string, std::string> stored;
  std::vector<int> batches;
  auto run = [&] {
    std::map<AreaVerdict::Result, int> counts;
    AreaImport job;
    job.root = "CHI";
    job.call =
        [&](const identity::v1::ImportAreasRequest& request) -> absl::StatusOr<identity::v1::ImportAreasResponse> {
      EXPECT_LT(request.ByteSizeLong(), 900'000u + 1'000u);
      EXPECT_EQ(request.root(), "areas/CHI");
      batches.push_back(request.areas_size());
      identity::v1::ImportAreasResponse response;
      for (const auto& area : request.areas()) {
        bool is_new = stored.emplace(area.code(), area.SerializeAsString()).second;
        response.add_verdicts()->set_result(is_new ? AreaVerdict::RESULT_CREATED : AreaVerdict::RESULT_UNCHANGED);
      }
      return response;
    };
    job.verdict = [&](const Area&, const AreaVerdict& verdict) { ++counts[verdict.result()]; };
    EXPECT_TRUE(ImportAreas(job, *file).ok());
    return counts;
  };
  EXPECT_EQ(run()[AreaVerdict::RESULT_CREATED], 87);
  EXPECT_EQ(run()[AreaVerdict::RESULT_UNCHANGED], 87) << "again is harmless";
  EXPECT_EQ(*std::max_element(batches.begin(), batches.end()), 50);
}

TEST(AreaImports, AnAreaThatIsTooLargeForAnyCallIsRejectedHere) {
  json feature = GoodFeature();
  json ring = json::array();
  for (int i = 0; i < 50'000; ++i) ring.push_back({i * 1e-4, 1 + i * 1e-4});
  ring.push_back(ring[0]);
  feature["geometry"]["coordinates"] = json::array({ring});
  auto file = AreaFile::Open(Write(Collection(feature.dump() + "," + Feature("A", ""))));
  ASSERT_TRUE(file.ok()) << file.status();
  std::vector<std::string> verdicts;
  AreaImport job;
  job.root = "CHI";
  job.call = [&](const identity::v1::ImportAreasRequest& request) {
    identity::v1::ImportAreasResponse response;
    for (int i = 0; i < request.areas_size(); ++i) response.add_verdicts()->set_result(AreaVerdict::RESULT_CREATED);
    return response;
  };
  job.verdict = [&](const Area& area, const AreaVerdict& verdict) {
    auto violations = FieldViolationsOf(rpc::FromRpcStatus(verdict.error()));
    verdicts.push_back(area.code() + (verdict.has_error() ? " " + violations.at(0).first : ""));
  };
  ASSERT_TRUE(ImportAreas(job, *file).ok());
  EXPECT_THAT(verdicts, ElementsAre("CA03 geometry", "A"));
}

}  // namespace
}  // namespace gridwork::ctl
