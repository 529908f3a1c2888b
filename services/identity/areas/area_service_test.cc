#include "services/identity/areas/area_service.h"

#include "common/rpc/status_map.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/areas/testing/fake_area_store.h"
#include "services/identity/testing/naughty_strings.h"
#include "services/identity/testing/world.h"

namespace gridwork::identity {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AreaServiceTest : public WorldTest {
 protected:
  void SetUp() override {
    Area root{.code = "CHI", .display_name = "Chicago", .level = "city", .path = "CHI"};
    root.created = root.updated = kTestNow;
    ASSERT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
      RETURN_IF_ERROR(world_->areas().Insert(unit, root));
      return world_->areas().Insert(unit, UnplacedGridOf(root));
    }),
              absl::OkStatus());
  }

  absl::StatusOr<v1::ImportAreasResponse> Import(const v1::ImportAreasRequest& request,
                                                 const std::string& root = "CHI") {
    Area row = world_->areas().Find(root).value();
    return world_->Write<v1::ImportAreasResponse>(
        [&](Unit& unit) { return service_.ImportAreas(call_.context(), request, unit, row); });
  }
  absl::StatusOr<v1::CutGridsResponse> Cut(const v1::CutGridsRequest& request) {
    Area row = world_->areas().Find(ParseAreaName("parent", request.parent()).value()).value();
    return world_->Write<v1::CutGridsResponse>(
        [&](Unit& unit) { return service_.CutGrids(call_.context(), request, unit, row); });
  }
  absl::StatusOr<std::vector<std::string>> Locate(const std::vector<LatLng>& points, const std::string& root = "CHI") {
    v1::LocatePointsRequest request;
    for (const LatLng& point : points) *request.add_points() = ToPoint(point);
    auto response = service_.LocatePoints(call_.context(), request, world_->areas().Find(root).value());
    if (!response.ok()) return response.status();
    return std::vector<std::string>(response->paths().begin(), response->paths().end());
  }
  absl::StatusOr<std::vector<std::string>> List(const v1::ListAreasRequest& request,
                                                std::vector<std::string> scope = {"CHI"}) {
    auto response = service_.ListAreas(call_.context(), request, In(std::move(scope)));
    if (!response.ok()) return response.status();
    std::vector<std::string> codes;
    for (const auto& area : response->areas()) codes.push_back(area.code());
    return codes;
  }

  static common::v1::Point ToPoint(const LatLng& at) {
    common::v1::Point point;
    point.set_latitude(at.latitude);
    point.set_longitude(at.longitude);
    return point;
  }
  // A square of one degree.
  static v1::Area Square(const std::string& code, const std::string& parent, double south, double west) {
    v1::Area area;
    area.set_code(code);
    area.set_display_name("Area " + code);
    area.set_level("ward");
    area.set_parent("areas/" + parent);
    *area.mutable_geometry() =
        ToProto(MultiPolygon{{{{south, west}, {south, west + 1}, {south + 1, west + 1}, {south + 1, west}}}});
    return area;
  }
  static std::vector<v1::AreaVerdict::Result> ResultsOf(const absl::StatusOr<v1::ImportAreasResponse>& response) {
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<v1::AreaVerdict::Result> results;
    if (response.ok()) {
      for (const auto& verdict : response->verdicts()) results.push_back(verdict.result());
    }
    return results;
  }
  v1::ImportAreasRequest TwoSquares() {
    v1::ImportAreasRequest request;
    *request.add_areas() = Square("A", "CHI", 41, -88);
    *request.add_areas() = Square("B", "CHI", 41, -87);
    return request;
  }

  FakeClock clock_{kTestNow};
  TestCall call_;
  PageTokens tokens_{std::string(32, 'k')};
  AreaService service_{world_->areas(), clock_, tokens_};
};

TEST_P(AreaServiceTest, ImportsTwiceWithTheSameOutcome) {
  EXPECT_THAT(ResultsOf(Import(TwoSquares())), Each(v1::AreaVerdict::RESULT_CREATED));
  EXPECT_THAT(ResultsOf(Import(TwoSquares())), Each(v1::AreaVerdict::RESULT_UNCHANGED));
  auto changed = TwoSquares();
  changed.mutable_areas(1)->set_inhabitants(1'000);
  EXPECT_THAT(ResultsOf(Import(changed)),
              ElementsAre(v1::AreaVerdict::RESULT_UNCHANGED, v1::AreaVerdict::RESULT_UPDATED));

  auto found = service_.GetArea(call_.context(), {}, world_->areas().Find("B").value());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->name(), "areas/B");
  EXPECT_EQ(found->parent(), "areas/CHI");
  EXPECT_EQ(found->path(), "CHI/B");
  EXPECT_EQ(found->inhabitants(), 1'000);
  EXPECT_EQ(found->etag(), "2");
  EXPECT_EQ(found->geometry().polygons_size(), 1);
  EXPECT_EQ(found->create_time().seconds(), absl::ToUnixSeconds(kTestNow));
}

TEST_P(AreaServiceTest, AParentMayStandInTheSameBatchBeforeItsChildren) {
  v1::ImportAreasRequest request;
  *request.add_areas() = Square("A", "CHI", 41, -88);
  *request.add_areas() = Square("A-1", "A", 41, -88);
  *request.add_areas() = Square("X-1", "X", 41, -88);
  *request.add_areas() = Square("X", "CHI", 41, -88);
  EXPECT_THAT(ResultsOf(Import(request)),
              ElementsAre(v1::AreaVerdict::RESULT_CREATED, v1::AreaVerdict::RESULT_CREATED,
                          v1::AreaVerdict::RESULT_REJECTED, v1::AreaVerdict::RESULT_CREATED));
  EXPECT_EQ(world_->areas().Find("A-1")->path, "CHI/A/A-1");
}

TEST_P(AreaServiceTest, RejectsOneAreaAndTakesTheOthers) {
  auto request = TwoSquares();
  *request.add_areas() = request.areas(0);
  request.mutable_areas(0)->set_code("not a code");
  auto response = Import(request);
  EXPECT_THAT(ResultsOf(response), ElementsAre(v1::AreaVerdict::RESULT_REJECTED, v1::AreaVerdict::RESULT_CREATED,
                                               v1::AreaVerdict::RESULT_CREATED));
  EXPECT_BAD_FIELD(rpc::FromRpcStatus(response->verdicts(0).error()), "areas[0].code");
  EXPECT_FALSE(response->verdicts(1).has_error());
}

TEST_P(AreaServiceTest, TheRootItselfMayBeImported) {
  v1::Area root = Square("CHI", "", 41, -88);
  root.clear_parent();
  root.set_inhabitants(2'700'000);
  v1::ImportAreasRequest request;
  *request.add_areas() = root;
  EXPECT_THAT(ResultsOf(Import(request)), ElementsAre(v1::AreaVerdict::RESULT_UPDATED));
  EXPECT_EQ(world_->areas().Find("CHI")->inhabitants, 2'700'000);
  root.set_code("CHI2");
  *request.mutable_areas(0) = root;
  EXPECT_THAT(ResultsOf(Import(request)), ElementsAre(v1::AreaVerdict::RESULT_REJECTED)) << "no second root";
}

TEST_P(AreaServiceTest, AnAdministratorOfOneAreaImportsOnlyBelowIt) {
  ASSERT_TRUE(Import(TwoSquares()).ok());
  v1::ImportAreasRequest request;
  *request.add_areas() = Square("A-1", "A", 41, -88);
  *request.add_areas() = Square("B-1", "B", 41, -87);
  *request.add_areas() = Square("B", "CHI", 41, -86);
  EXPECT_THAT(
      ResultsOf(Import(request, "A")),
      ElementsAre(v1::AreaVerdict::RESULT_CREATED, v1::AreaVerdict::RESULT_REJECTED, v1::AreaVerdict::RESULT_REJECTED));
}

TEST_P(AreaServiceTest, RefusesAnImportOfNothingOrTooMuch) {
  EXPECT_BAD_FIELD(Import({}), "areas");
  v1::ImportAreasRequest request;
  for (int i = 0; i < 51; ++i) *request.add_areas() = Square("A", "CHI", 41, -88);
  EXPECT_BAD_FIELD(Import(request), "areas");
}

TEST_P(AreaServiceTest, ListsWhatTheCallerMaySee) {
  ASSERT_TRUE(Import(TwoSquares()).ok());
  EXPECT_THAT(List({}).value(), ElementsAre("CHI", "A", "B", "CHI-UNPLACED"));
  EXPECT_THAT(List({}, {"CHI/B"}).value(), ElementsAre("B"));
  EXPECT_THAT(List({}, {}).value(), IsEmpty());
  v1::ListAreasRequest request;
  request.set_parent("areas/CHI");
  request.set_level("ward");
  EXPECT_THAT(List(request).value(), ElementsAre("A", "B"));
  request.Clear();
  request.set_query("AREA b");
  EXPECT_THAT(List(request).value(), ElementsAre("B"));
  request.Clear();
  request.set_ancestors_of("areas/B");
  EXPECT_THAT(List(request).value(), ElementsAre("CHI"));
  request.set_query("both");
  EXPECT_BAD_FIELD(List(request), "parent");
}

TEST_P(AreaServiceTest, PagesAreBoundToCallerAndQuery) {
  ASSERT_TRUE(Import(TwoSquares()).ok());
  v1::ListAreasRequest request;
  request.set_page_size(3);
  auto page = service_.ListAreas(call_.context(), request, In({"CHI"})).value();
  ASSERT_NE(page.next_page_token(), "");
  request.set_page_token(page.next_page_token());
  EXPECT_THAT(List(request).value(), ElementsAre("CHI-UNPLACED"));
  request.set_level("ward");
  EXPECT_BAD_FIELD(List(request), "page_token");
  request.clear_level();
  call_.caller.id = "staff/somebody-else";
  EXPECT_BAD_FIELD(List(request), "page_token");
}

TEST_P(AreaServiceTest, LocatesPointsAtOnceAfterAnImport) {
  EXPECT_THAT(Locate({{41.5, -86.5}}).value(), ElementsAre("CHI/CHI-UNPLACED"));
  ASSERT_TRUE(Import(TwoSquares()).ok());
  EXPECT_THAT(Locate({{41.5, -86.5}, {41.5, -87.5}, {41.5, -87}, {50, 0}}).value(),
              ElementsAre("CHI/B", "CHI/A", "CHI/A", "CHI/CHI-UNPLACED"));
}

TEST_P(AreaServiceTest, LocatesPointsWithinASecondOfAnImportElsewhere) {
  AreaService other(world_->areas(), clock_, tokens_);
  EXPECT_THAT(Locate({{41.5, -86.5}}).value(), ElementsAre("CHI/CHI-UNPLACED"));
  ASSERT_TRUE(world_
                  ->Write<v1::ImportAreasResponse>([&](Unit& unit) {
                    return other.ImportAreas(call_.context(), TwoSquares(), unit, world_->areas().Find("CHI").value());
                  })
                  .ok());
  EXPECT_THAT(Locate({{41.5, -86.5}}).value(), ElementsAre("CHI/CHI-UNPLACED"));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Locate({{41.5, -86.5}}).value(), ElementsAre("CHI/B"));
}

TEST_P(AreaServiceTest, RefusesToLocateWithoutRootOrPoints) {
  ASSERT_TRUE(Import(TwoSquares()).ok());
  EXPECT_BAD_FIELD(Locate({{41.5, -86.5}}, "A"), "root");
  EXPECT_BAD_FIELD(Locate({}), "points");
  EXPECT_BAD_FIELD(Locate({{41.5, -186.5}}), "points[0]");
}

v1::CutGridsRequest CutOf(const std::string& parent) {
  v1::CutGridsRequest request;
  request.set_parent("areas/" + parent);
  return request;
}

TEST_P(AreaServiceTest, CutsGridsAndLocatesInThem) {
  ASSERT_TRUE(Import(TwoSquares()).ok());
  v1::CutGridsRequest request = CutOf("B");
  for (int i = 0; i < 200; ++i) *request.add_points() = ToPoint({41.2 + 0.003 * i, -86.5});
  request.set_places_per_grid(50);
  auto response = Cut(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->grids_size(), 4);
  EXPECT_EQ(response->grids(0).code(), "B-G01");
  EXPECT_EQ(response->grids(0).display_name(), "Area B G01");
  EXPECT_EQ(response->grids(0).level(), "grid");
  EXPECT_EQ(response->grids(3).path(), "CHI/B/B-G04");
  EXPECT_FALSE(response->grids(0).has_geometry());
  EXPECT_THAT(Locate({{41.9, -86.1}, {41.1, -86.1}}).value(), ElementsAre("CHI/B/B-G01", "CHI/B/B-G04"));
  EXPECT_REASON(Cut(request), "AREA_HAS_CHILDREN");
}

TEST_P(AreaServiceTest, CutsOneGridWithoutPoints) {
  ASSERT_TRUE(Import(TwoSquares()).ok());
  EXPECT_EQ(Cut(CutOf("A"))->grids_size(), 1);
}

TEST_P(AreaServiceTest, RefusesToCut) {
  EXPECT_REASON(Cut(CutOf("CHI")), "AREA_WITHOUT_GEOMETRY") << "the grid UNPLACED is no child";
  EXPECT_REASON(Cut(CutOf("CHI-UNPLACED")), "AREA_IS_GRID");
  v1::ImportAreasRequest request = TwoSquares();
  *request.add_areas() = Square(std::string(30, 'L'), "CHI", 41, -86);
  *request.add_areas() = Square("TAKEN-G01", "CHI", 41, -85);
  *request.add_areas() = Square("TAKEN", "CHI", 41, -84);
  ASSERT_TRUE(Import(request).ok());
  EXPECT_REASON(Cut(CutOf("CHI")), "AREA_HAS_CHILDREN");
  EXPECT_REASON(Cut(CutOf(std::string(30, 'L'))), "AREA_CODE_TOO_LONG");
  EXPECT_REASON(Cut(CutOf("TAKEN")), "AREA_CODE_TAKEN");
  auto bad = CutOf("A");
  bad.set_places_per_grid(1);
  EXPECT_BAD_FIELD(Cut(bad), "places_per_grid");
}

TEST_P(AreaServiceTest, NaughtyStringsAreStoredOrRefused) {
  int stored = 0;
  v1::ImportAreasRequest request;
  for (const std::string& text : NaughtyStrings()) {
    request.clear_areas();
    v1::Area* area = request.add_areas();
    area->set_code(fmt::format("N{}", stored));
    area->set_display_name(text);
    area->set_level("ward");
    area->set_parent("areas/CHI");
    auto response = Import(request);
    ASSERT_TRUE(response.ok()) << text << ": " << response.status();
    if (response->verdicts(0).result() == v1::AreaVerdict::RESULT_REJECTED) {
      EXPECT_BAD_FIELD(rpc::FromRpcStatus(response->verdicts(0).error()), "areas[0].display_name");
    } else {
      ++stored;
      EXPECT_EQ(world_->areas().Find(area->code())->display_name, ParseDisplayName("", text).value());
    }
    v1::ListAreasRequest list;
    list.set_query(text);
    auto listed = List(list);
    EXPECT_TRUE(listed.ok() || BadFieldOf(listed.status()) == "query") << text << ": " << listed.status();
  }
  EXPECT_GT(stored, 400);
}

INSTANTIATE_WORLDS(AreaServiceTest);

TEST(CurrentAreas, ReadsTheTreeOnlyWhenItHasChanged) {
  FakeAreaStore store;
  FakeClock clock;
  CurrentAreas areas(store, clock);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(areas.Get().ok());
    clock.Advance(absl::Seconds(2));
  }
  EXPECT_EQ(store.reads_of_all(), 1);
}

}  // namespace
}  // namespace gridwork::identity
