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
  AreaService service_{{world_->areas(), world_->staff(), world_->revocations()}, clock_, tokens_};
};

// ---- areas that change

class AreaChangeTest : public AreaServiceTest {
 protected:
  // Two grids of CHI side by side: G1 from 88 to 87 degrees west, G2 to 86.
  void SetUp() override {
    AreaServiceTest::SetUp();
    v1::ImportAreasRequest request;
    *request.add_areas() = Square("G1", "CHI", 41, -88);
    *request.add_areas() = Square("G2", "CHI", 41, -87);
    for (auto& area : *request.mutable_areas()) area.set_level("grid");
    EXPECT_THAT(ResultsOf(Import(request)), Each(v1::AreaVerdict::RESULT_CREATED));
    first_ = world_->areas().ChangeCount().value();
    clock_.Advance(absl::Hours(1));
    call_.now = clock_.Now();
  }

  absl::StatusOr<v1::SplitAreaResponse> Split(const std::string& code, const std::vector<LatLng>& points,
                                              int places_per_grid = 0) {
    v1::SplitAreaRequest request;
    for (const LatLng& point : points) *request.add_points() = ToPoint(point);
    request.set_places_per_grid(places_per_grid);
    Area row = world_->areas().Find(code).value();
    return world_->Write<v1::SplitAreaResponse>(
        [&](Unit& unit) { return service_.SplitArea(call_.context(), request, unit, row); });
  }
  absl::StatusOr<v1::Area> Merge(const std::vector<std::string>& areas, const std::string& code = "M") {
    v1::MergeAreasRequest request;
    for (const std::string& area : areas) request.add_areas("areas/" + area);
    request.set_code(code);
    request.set_display_name("Merged");
    Area root = world_->areas().Find("CHI").value();
    return world_->Write<v1::Area>(
        [&](Unit& unit) { return service_.MergeAreas(call_.context(), request, unit, root); });
  }
  std::vector<v1::AreaChange> Changes(int64_t after = 0) {
    v1::ListAreaChangesRequest request;
    request.set_after_number(after);
    auto response = service_.ListAreaChanges(call_.context(), request, world_->areas().Find("CHI").value());
    EXPECT_TRUE(response.ok()) << response.status();
    return {response->changes().begin(), response->changes().end()};
  }
  Staff Worker(const std::string& name, const std::string& area, absl::Duration life = absl::Hours(500)) {
    Staff staff{.id = Uuid::V7(kTestNow), .username = name, .display_name = name, .area = "CHI", .area_path = "CHI"};
    staff.created = staff.updated = kTestNow;
    Grant grant{.id = Uuid::V7(kTestNow),
                .role = Role::kFieldWorker,
                .area = area,
                .area_path = "CHI/" + area,
                .start = kTestNow,
                .end = kTestNow + life};
    EXPECT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
      RETURN_IF_ERROR(world_->staff().Insert(unit, staff));
      return world_->staff().PutGrant(unit, staff.id, grant);
    }),
              absl::OkStatus());
    return staff;
  }

  int64_t first_ = 0;
  const std::vector<LatLng> points_ = {{41.1, -87.9}, {41.9, -87.9}, {41.1, -87.1}, {41.9, -87.1}};
};

TEST_P(AreaChangeTest, ASplitGridHasItsPartsInIt) {
  auto response = Split("G1", points_);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->area().level(), "grid_group");
  EXPECT_EQ(response->area().etag(), "2");
  ASSERT_EQ(response->grids_size(), 2);
  EXPECT_EQ(response->grids(0).path(), "CHI/G1/G1A");
  EXPECT_EQ(response->grids(1).code(), "G1B");
  EXPECT_EQ(response->grids(1).level(), "grid");
  EXPECT_EQ(response->grids(1).display_name(), "Area G1 B");
  auto located = Locate(points_);
  ASSERT_TRUE(located.ok());
  EXPECT_EQ(std::count(located->begin(), located->end(), "CHI/G1/G1A"), 2);
  EXPECT_EQ(std::count(located->begin(), located->end(), "CHI/G1/G1B"), 2);

  v1::ListAreasRequest grids;
  grids.set_level("grid");
  EXPECT_THAT(List(grids).value(), ElementsAre("CHI-UNPLACED", "G1A", "G1B", "G2"));
  auto changes = Changes(first_);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind(), v1::AreaChange::KIND_SPLIT);
  EXPECT_THAT(changes[0].from(), ElementsAre("CHI/G1"));
  EXPECT_THAT(changes[0].into(), ElementsAre("CHI/G1/G1A", "CHI/G1/G1B"));
}

TEST_P(AreaChangeTest, SplitsIntoAsManyAsTheWorkAsksFor) {
  auto response = Split("G1", points_, 1);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->grids_size(), 4);
}

TEST_P(AreaChangeTest, RefusesToSplitWhatIsNoGridOrHasTooLittleWork) {
  EXPECT_REASON(Split("CHI", points_), "AREA_IS_NO_GRID");
  EXPECT_REASON(Split("CHI-UNPLACED", points_), "AREA_IS_NO_GRID");
  EXPECT_REASON(Split("G1", {}), "NOTHING_TO_SPLIT");
  EXPECT_REASON(Split("G1", {{41.5, -87.5}}), "NOTHING_TO_SPLIT");
  EXPECT_BAD_FIELD(Split("G1", points_, -1), "places_per_grid");
  EXPECT_BAD_FIELD(Split("G1", {{91, 0}}), "points[0]");
  ASSERT_TRUE(Split("G1", points_).ok());
  EXPECT_REASON(Split("G1", points_), "AREA_IS_NO_GRID") << "only its parts are";
  EXPECT_EQ(Changes(first_).size(), 1u) << "what is refused changes nothing";
}

TEST_P(AreaChangeTest, MergedGridsResolveAndTheNewOneCoversThem) {
  auto merged = Merge({"G1", "G2"});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->path(), "CHI/M");
  EXPECT_EQ(merged->level(), "grid");
  EXPECT_EQ(merged->geometry().polygons_size(), 1) << "no border is left between them";
  EXPECT_THAT(Locate({{41.5, -87.5}, {41.5, -86.5}, {41.5, -87.0}}).value(), Each("CHI/M"));

  auto old = service_.GetArea(call_.context(), {}, world_->areas().Find("G1").value());
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(old->merged_into(), "areas/M");
  EXPECT_EQ(old->end_time().seconds(), absl::ToUnixSeconds(call_.now));
  v1::GetAreaRequest then;
  then.mutable_read_time()->set_seconds(absl::ToUnixSeconds(kTestNow));
  old = service_.GetArea(call_.context(), then, world_->areas().Find("G1").value());
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_FALSE(old->has_end_time());
  EXPECT_EQ(old->geometry().polygons_size(), 1);
  EXPECT_THAT(List({}).value(), ElementsAre("CHI", "CHI-UNPLACED", "M"));
  auto changes = Changes(first_);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind(), v1::AreaChange::KIND_MERGED);
  EXPECT_THAT(changes[0].from(), ElementsAre("CHI/G1", "CHI/G2"));
  EXPECT_THAT(changes[0].into(), ElementsAre("CHI/M"));
}

TEST_P(AreaChangeTest, WhoWorkedInAMergedGridGoesOnWithANewToken) {
  Staff worker = Worker("wes", "G1"), other = Worker("zoe", "CHI-UNPLACED");
  ASSERT_TRUE(Merge({"G1", "G2"}).ok());
  Staff after = world_->staff().Find(worker.id).value();
  ASSERT_EQ(after.grants.size(), 2u);
  EXPECT_EQ(after.grants[0].area, "G1");
  EXPECT_EQ(after.grants[0].end, call_.now + absl::Hours(24));
  EXPECT_EQ(after.grants[1].area_path, "CHI/M");
  EXPECT_EQ(after.grants[1].end, kTestNow + absl::Hours(500));
  EXPECT_EQ(after.version, 2);
  auto revoked = world_->revocations().Read("", 10).value();
  ASSERT_EQ(revoked.entries.size(), 1u);
  EXPECT_EQ(revoked.entries[0].subject, "staff/" + worker.id.ToString());
  EXPECT_EQ(revoked.entries[0].below, 2);
  EXPECT_EQ(world_->staff().Find(other.id)->version, 1);
}

TEST_P(AreaChangeTest, RefusesToMergeWhatIsNotThere) {
  EXPECT_BAD_FIELD(Merge({"G1"}), "areas");
  EXPECT_BAD_FIELD(Merge({"G1", "G1"}), "areas[1]");
  EXPECT_BAD_FIELD(Merge({"G1", "no code"}), "areas[1]");
  EXPECT_BAD_FIELD(Merge({"G1", "XX"}), "areas[1]");
  EXPECT_BAD_FIELD(Merge({"G1", "CHI"}), "areas[1]") << "not a child of the parent";
  EXPECT_BAD_FIELD(Merge({"G1", "G2"}, "m"), "code");
  EXPECT_REASON(Merge({"G1", "CHI-UNPLACED"}), "AREA_IS_NO_GRID");
  EXPECT_REASON(Merge({"G1", "G2"}, "G1"), "AREA_CODE_TAKEN");
  ASSERT_TRUE(Merge({"G1", "G2"}).ok());
  EXPECT_REASON(Merge({"G1", "M"}, "N"), "AREA_ENDED");
  EXPECT_REASON(Split("G1", points_), "AREA_ENDED");
  EXPECT_EQ(Changes(first_).size(), 1u) << "what is refused changes nothing";
}

TEST_P(AreaChangeTest, AMergeWithTooManyGrantsIsRefused) {
  Staff worker = Worker("wes", "G1");
  for (int i = 0; i < 100; ++i) {  // hours of their own: none contains another
    Grant grant{.id = Uuid::V7(kTestNow),
                .role = Role::kFieldWorker,
                .area = "G2",
                .area_path = "CHI/G2",
                .start = kTestNow + absl::Hours(i),
                .end = kTestNow + absl::Hours(600 + i)};
    ASSERT_EQ(world_->Do([&](Unit& unit) { return world_->staff().PutGrant(unit, worker.id, grant); }),
              absl::OkStatus());
  }
  EXPECT_REASON(Merge({"G1", "G2"}), "TOO_MANY_GRANTS");
  EXPECT_FALSE(world_->areas().Find("G1")->ended);
}

TEST_P(AreaChangeTest, ABorderThatMovesIsAChangeAndANewNameIsNone) {
  v1::ImportAreasRequest request;
  *request.add_areas() = Square("G1", "CHI", 41, -88);
  request.mutable_areas(0)->set_level("grid");
  request.mutable_areas(0)->set_display_name("Other");
  EXPECT_THAT(ResultsOf(Import(request)), ElementsAre(v1::AreaVerdict::RESULT_UPDATED));
  EXPECT_THAT(Changes(first_), IsEmpty());
  request.mutable_areas(0)->mutable_geometry()->mutable_polygons(0)->mutable_rings(0)->mutable_points(1)->set_longitude(
      -87.2);
  EXPECT_THAT(ResultsOf(Import(request)), ElementsAre(v1::AreaVerdict::RESULT_UPDATED));
  auto changes = Changes(first_);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind(), v1::AreaChange::KIND_IMPORTED);
  EXPECT_THAT(changes[0].from(), ElementsAre("CHI")) << "whatever it was drawn over";
  EXPECT_THAT(changes[0].into(), ElementsAre("CHI/G1"));
}

TEST_P(AreaChangeTest, AnAreaThatHasEndedIsNotImportedAgain) {
  ASSERT_TRUE(Merge({"G1", "G2"}).ok());
  v1::ImportAreasRequest request;
  *request.add_areas() = Square("G1", "CHI", 41, -88);
  *request.add_areas() = Square("X", "G1", 41, -88);
  EXPECT_THAT(ResultsOf(Import(request)), Each(v1::AreaVerdict::RESULT_REJECTED));
}

TEST_P(AreaChangeTest, ChangesArePaged) {
  ASSERT_TRUE(Split("G1", points_).ok());
  Area root = world_->areas().Find("CHI").value();
  v1::ListAreaChangesRequest request;
  request.set_page_size(1);
  auto first = service_.ListAreaChanges(call_.context(), request, root);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->changes_size(), 1);
  EXPECT_EQ(first->changes(0).kind(), v1::AreaChange::KIND_IMPORTED);
  request.set_page_token(first->next_page_token());
  auto second = service_.ListAreaChanges(call_.context(), request, root);
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_EQ(second->changes_size(), 1);
  EXPECT_EQ(second->changes(0).kind(), v1::AreaChange::KIND_SPLIT);
  EXPECT_EQ(second->next_page_token(), "");
  request.set_after_number(1);
  EXPECT_BAD_FIELD(service_.ListAreaChanges(call_.context(), request, root), "page_token");
  EXPECT_BAD_FIELD(service_.ListAreaChanges(call_.context(), {}, world_->areas().Find("G2").value()), "root");
}

TEST_P(AreaChangeTest, AnAnswerSaysWhichChangeItKnows) {
  v1::LocatePointsRequest request;
  *request.add_points() = ToPoint({41.5, -87.5});
  Area root = world_->areas().Find("CHI").value();
  EXPECT_EQ(service_.LocatePoints(call_.context(), request, root)->change_number(), first_);
  ASSERT_TRUE(Split("G1", points_).ok());
  EXPECT_EQ(service_.LocatePoints(call_.context(), request, root)->change_number(), Changes(first_)[0].number());
}

INSTANTIATE_WORLDS(AreaChangeTest);

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
  AreaService other({world_->areas(), world_->staff(), world_->revocations()}, clock_, tokens_);
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
