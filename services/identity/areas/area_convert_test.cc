#include "services/identity/areas/area_convert.h"

#include <gmock/gmock.h>

#include <limits>

#include "common/base/error.h"
#include "services/identity/testing/naughty_strings.h"

namespace gridwork::identity {
namespace {

template <class T>
std::string FieldOf(const absl::StatusOr<T>& parsed) {
  auto violations = FieldViolationsOf(parsed.status());
  return violations.empty() ? std::string(parsed.status().message()) : violations[0].first;
}

v1::Area SomeArea() {
  v1::Area area;
  area.set_code("CA32");
  area.set_display_name("Loop");
  area.set_level("community_area");
  area.set_parent("areas/SIDE-CENTRAL");
  return area;
}

absl::StatusOr<AreaEdit> ParseOne(const v1::Area& area) {
  v1::ImportAreasRequest request;
  *request.add_areas() = area;
  return ParseImport(request).value()[0];
}

std::string FieldOfArea(const std::function<void(v1::Area&)>& spoil) {
  v1::Area area = SomeArea();
  spoil(area);
  return FieldOf(ParseOne(area));
}

TEST(AreaConvert, ReadsAnArea) {
  AreaEdit edit = ParseOne(SomeArea()).value();
  EXPECT_EQ(edit.code, "CA32");
  EXPECT_EQ(edit.parent, "SIDE-CENTRAL");
  EXPECT_EQ(edit.level, "community_area");
  EXPECT_EQ(edit.inhabitants, 0);
  EXPECT_TRUE(edit.geometry.empty());
}

TEST(AreaConvert, NamesTheFieldThatIsWrong) {
  for (const char* code : {"", "ca32", "A/B", "-A", "A-", "A B", "Ä"}) {
    EXPECT_EQ(FieldOfArea([&](v1::Area& a) { a.set_code(code); }), "code") << code;
  }
  EXPECT_EQ(FieldOfArea([](v1::Area& a) { a.set_code(std::string(33, 'A')); }), "code");
  EXPECT_EQ(FieldOfArea([](v1::Area& a) { a.set_display_name(" "); }), "display_name");
  EXPECT_EQ(FieldOfArea([](v1::Area& a) { a.set_display_name(std::string(101, 'x')); }), "display_name");
  for (const char* level : {"", "Ward", "ward1", "a b"}) {
    EXPECT_EQ(FieldOfArea([&](v1::Area& a) { a.set_level(level); }), "level") << level;
  }
  EXPECT_EQ(FieldOfArea([](v1::Area& a) { a.set_parent("SIDE-CENTRAL"); }), "parent");
  EXPECT_EQ(FieldOfArea([](v1::Area& a) { a.set_inhabitants(-1); }), "inhabitants");
  for (double bad : {91.0, -91.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(FieldOfArea([&](v1::Area& a) {
                a.mutable_geometry()->add_polygons()->add_rings()->add_points()->set_latitude(bad);
              }),
              "geometry");
  }
}

TEST(AreaConvert, NamesAllFieldsThatAreWrong) {
  v1::Area area;
  EXPECT_EQ(FieldViolationsOf(ParseOne(area).status()).size(), 3u);  // code, display_name, level
}

TEST(AreaConvert, LimitsHowMuchOneCallHolds) {
  EXPECT_EQ(FieldOf(ParseImport({})), "areas");
  v1::ImportAreasRequest import;
  for (int i = 0; i < 51; ++i) *import.add_areas() = SomeArea();
  EXPECT_EQ(FieldOf(ParseImport(import)), "areas");

  v1::LocatePointsRequest locate;
  EXPECT_EQ(FieldOf(ParseLocatePoints(locate)), "points");
  for (int i = 0; i < 1'000; ++i) locate.add_points();
  EXPECT_TRUE(ParseLocatePoints(locate).ok());
  locate.add_points();
  EXPECT_EQ(FieldOf(ParseLocatePoints(locate)), "points");

  v1::CutGridsRequest cut;
  EXPECT_EQ(ParseCutGrids(cut).value().places_per_grid, 60);
  for (int bad : {-1, 9, 1'001}) {
    cut.set_places_per_grid(bad);
    EXPECT_EQ(FieldOf(ParseCutGrids(cut)), "places_per_grid");
  }
  cut.set_places_per_grid(10);
  for (int i = 0; i < 20'000; ++i) cut.add_points();
  EXPECT_TRUE(ParseCutGrids(cut).ok());
  cut.add_points();
  EXPECT_EQ(FieldOf(ParseCutGrids(cut)), "points");
}

TEST(AreaConvert, NamesThePointThatIsWrong) {
  v1::LocatePointsRequest locate;
  locate.add_points();
  locate.add_points()->set_longitude(180.5);
  EXPECT_EQ(FieldOf(ParseLocatePoints(locate)), "points[1]");
}

TEST(AreaConvert, ReadsAList) {
  v1::ListAreasRequest request;
  request.set_query("mckinley P");
  request.set_level("ward");
  AreaQuery query = ParseListAreas(request).value();
  EXPECT_EQ(query.search->words, " mckinley p");
  EXPECT_EQ(query.search->code, "") << "no code holds a blank";
  EXPECT_EQ(query.level, "ward");
  EXPECT_EQ(query.limit, 100u);
  request.set_query("ca3");
  EXPECT_EQ(ParseListAreas(request)->search->code, "CA3");
}

TEST(AreaConvert, RefusesAListThatIsWrong) {
  auto field_of = [](const std::function<void(v1::ListAreasRequest&)>& spoil) {
    v1::ListAreasRequest request;
    spoil(request);
    return FieldOf(ParseListAreas(request));
  };
  EXPECT_EQ(field_of([](auto& r) { r.set_query("x"); }), "query");
  EXPECT_EQ(field_of([](auto& r) { r.set_query(std::string(101, 'x')); }), "query");
  EXPECT_EQ(field_of([](auto& r) { r.set_parent("CHI"); }), "parent");
  EXPECT_EQ(field_of([](auto& r) { r.set_ancestors_of("areas/"); }), "ancestors_of");
  EXPECT_EQ(field_of([](auto& r) { r.set_level("L"); }), "level");
  EXPECT_EQ(field_of([](auto& r) { r.set_page_size(-1); }), "page_size");
  EXPECT_EQ(field_of([](auto& r) { r.set_parent("areas/A"), r.set_query("xx"); }), "parent");
}

TEST(AreaConvert, FoldsNamesIntoWords) {
  EXPECT_EQ(SearchText("McKinley  Park"), " mckinley park");
  EXPECT_EQ(SearchText("O'Hare (north-west)"), " o hare north west");
  EXPECT_EQ(SearchText("STRASSE Straße ΣΑΣ"), " strasse strasse σασ");
  EXPECT_EQ(SearchText("कि"), " कि") << "marks belong to their letter";
  EXPECT_EQ(SearchText("100% _\\"), " 100");
  EXPECT_EQ(SearchText("🙂"), "");
}

TEST(AreaConvert, SearchTextHasNoWildcards) {
  for (const std::string& text : NaughtyStrings()) {
    EXPECT_EQ(SearchText(text).find_first_of("%_\\"), std::string::npos) << text;
  }
}

TEST(AreaConvert, GeometryGoesThereAndBack) {
  for (const Area& area : ChicagoAreas()) EXPECT_EQ(FromProto(ToProto(area.geometry)), area.geometry);
}

}  // namespace
}  // namespace gridwork::identity
