// What every AreaStore must do, in memory and on MariaDB.
#include "services/identity/areas/area_store.h"

#include <thread>

#include "services/identity/areas/area_convert.h"
#include "services/identity/testing/world.h"

namespace gridwork::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const MultiPolygon kSquare = {
    {{{41, -87}, {41, -86}, {42, -86}, {42, -87}}, {{41.4, -86.6}, {41.4, -86.5}, {41.5, -86.5}}}};

Area Make(std::string code, std::string parent, std::string path, std::string name, std::string level = "ward") {
  return {.code = std::move(code),
          .display_name = std::move(name),
          .level = std::move(level),
          .parent = std::move(parent),
          .path = std::move(path),
          .created = kTestNow,
          .updated = kTestNow + absl::Microseconds(1)};
}

class AreaStoreContract : public WorldTest {
 protected:
  void SetUp() override {
    Area root = Make("CHI", "", "CHI", "Chicago", "city");
    root.geometry = kSquare;
    root.inhabitants = 2'700'000;
    for (const Area& area :
         {root, UnplacedGridOf(root), Make("NO", "CHI", "CHI/NO", "North", "side"),
          Make("NORTH", "CHI", "CHI/NORTH", "Far North", "side"), Make("CA01", "NO", "CHI/NO/CA01", "O'Hare Park"),
          Make("CA02", "NO", "CHI/NO/CA02", "McKinley Park"),
          Make("CA03", "NORTH", "CHI/NORTH/CA03", "Parkside Straße")}) {
      ASSERT_EQ(world_->Do([&](Unit& unit) { return areas_.Insert(unit, area); }), absl::OkStatus()) << area.code;
    }
  }

  std::vector<std::string> List(const AreaQuery& query, std::vector<std::string> scope = {"CHI"}) {
    auto page = areas_.List(In(std::move(scope)), query);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> codes;
    for (const Area& area : page->rows) {
      codes.push_back(area.code);
      EXPECT_TRUE(area.geometry.empty());
    }
    return codes;
  }
  std::vector<std::string> Search(const std::string& words, const std::string& code = "") {
    return List({.search = AreaQuery::Search{words, code}});
  }

  AreaStore& areas_ = world_->areas();
};

TEST_P(AreaStoreContract, FindsWhatWasWritten) {
  Area root = areas_.FindWithGeometry("CHI").value();
  EXPECT_EQ(root.display_name, "Chicago");
  EXPECT_EQ(root.level, "city");
  EXPECT_EQ(root.parent, "");
  EXPECT_EQ(root.path, "CHI");
  EXPECT_EQ(root.inhabitants, 2'700'000);
  EXPECT_EQ(root.geometry, kSquare);
  EXPECT_EQ(root.version, 1);
  EXPECT_EQ(root.created, kTestNow);
  EXPECT_EQ(root.updated, kTestNow + absl::Microseconds(1));
  EXPECT_TRUE(areas_.Find("CHI")->geometry.empty());
  EXPECT_EQ(areas_.Find("CA01")->parent, "NO");
}

TEST_P(AreaStoreContract, KnowsNoOther) {
  for (const char* code : {"XX", "chi"}) {
    EXPECT_REASON(areas_.Find(code), "NOT_FOUND");
    EXPECT_REASON(areas_.FindWithGeometry(code), "NOT_FOUND");
  }
}

TEST_P(AreaStoreContract, ListsByPathInsideOfTheScope) {
  EXPECT_THAT(List({}), ElementsAre("CHI", "CHI-UNPLACED", "NO", "CA01", "CA02", "NORTH", "CA03"));
  EXPECT_THAT(List({}, {"CHI/NO"}), ElementsAre("NO", "CA01", "CA02")) << "not NORTH";
  EXPECT_THAT(List({}, {"CHI/NORTH", "CHI/NO/CA02"}), ElementsAre("CA02", "NORTH", "CA03"));
  EXPECT_THAT(List({}, {}), IsEmpty());
  EXPECT_THAT(List({}, {""}), IsEmpty());
}

TEST_P(AreaStoreContract, ListsChildrenAncestorsAndLevels) {
  EXPECT_THAT(List({.parent = "CHI"}), ElementsAre("CHI-UNPLACED", "NO", "NORTH"));
  EXPECT_THAT(List({.parent = "CHI", .level = "side"}), ElementsAre("NO", "NORTH"));
  EXPECT_THAT(List({.parent = "XX"}), IsEmpty());
  EXPECT_THAT(List({.ancestors_of = "CA01"}), ElementsAre("CHI", "NO"));
  EXPECT_THAT(List({.ancestors_of = "CA01"}, {"CHI/NO"}), ElementsAre("NO"));
  EXPECT_THAT(List({.ancestors_of = "CHI"}), IsEmpty());
  EXPECT_THAT(List({.ancestors_of = "XX"}), IsEmpty());
}

TEST_P(AreaStoreContract, SearchesBeginningsOfWordsAndCodes) {
  EXPECT_THAT(Search(" park"), ElementsAre("CA01", "CA02", "CA03"));
  EXPECT_THAT(Search(" hare"), ElementsAre("CA01"));
  EXPECT_THAT(Search(" mckinley p"), ElementsAre("CA02"));
  EXPECT_THAT(Search(" strasse"), ElementsAre("CA03"));
  EXPECT_THAT(Search(" inley"), IsEmpty());
  EXPECT_THAT(Search("", "CA0"), ElementsAre("CA01", "CA02", "CA03"));
  EXPECT_THAT(Search(" north", "NO"), ElementsAre("NO", "NORTH"));
  EXPECT_THAT(Search("", ""), IsEmpty());
}

TEST_P(AreaStoreContract, Pages) {
  AreaQuery query{.limit = 3};
  std::vector<std::string> seen;
  for (int pages = 0; pages < 3; ++pages) {
    auto page = areas_.List(In({"CHI"}), query).value();
    for (const Area& area : page.rows) seen.push_back(area.code);
    EXPECT_EQ(page.next.empty(), pages == 2);
    query.after = page.next;
  }
  EXPECT_THAT(seen, ElementsAre("CHI", "CHI-UNPLACED", "NO", "CA01", "CA02", "NORTH", "CA03"));
  query.after = "";
  query.limit = 7;
  EXPECT_EQ(areas_.List(In({"CHI"}), query)->next, "") << "no page is empty";
}

TEST_P(AreaStoreContract, ReadsInAUnitWhatItWrote) {
  auto read = world_->Write<Area>([&](Unit& unit) -> absl::StatusOr<Area> {
    EXPECT_FALSE(areas_.IsEmpty(unit).value());
    EXPECT_EQ(areas_.Read(unit, "CA04").value(), std::nullopt);
    Area area = Make("CA04", "NO", "CHI/NO/CA04", "New");
    area.geometry = kSquare;
    RETURN_IF_ERROR(areas_.Insert(unit, area));
    return areas_.Read(unit, "CA04").value().value();
  });
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->geometry, kSquare);
}

TEST_P(AreaStoreContract, TellsWhoHasChildren) {
  ASSERT_EQ(world_->Do([&](Unit& unit) {
    EXPECT_TRUE(areas_.HasChildren(unit, "NO").value());
    EXPECT_FALSE(areas_.HasChildren(unit, "CA01").value());
    return absl::OkStatus();
  }),
            absl::OkStatus());
}

TEST_P(AreaStoreContract, RefusesACodeTwice) {
  EXPECT_REASON(world_->Do([&](Unit& unit) { return areas_.Insert(unit, Make("CA01", "CHI", "CHI/CA01", "Again")); }),
                "AREA_CODE_TAKEN");
  EXPECT_EQ(areas_.Find("CA01")->path, "CHI/NO/CA01");
}

TEST_P(AreaStoreContract, Updates) {
  Area area = areas_.Find("CA01").value();
  area.display_name = "Renamed";
  area.level = "quarter";
  area.inhabitants = 7;
  area.geometry = kSquare;
  area.updated = kTestNow + absl::Hours(1);
  ASSERT_EQ(world_->Do([&](Unit& unit) { return areas_.Update(unit, area); }), absl::OkStatus());
  Area after = areas_.FindWithGeometry("CA01").value();
  EXPECT_EQ(after.display_name, "Renamed");
  EXPECT_EQ(after.level, "quarter");
  EXPECT_EQ(after.inhabitants, 7);
  EXPECT_EQ(after.geometry, kSquare);
  EXPECT_EQ(after.version, 2);
  EXPECT_EQ(after.created, kTestNow);
  EXPECT_EQ(after.updated, kTestNow + absl::Hours(1));
  EXPECT_THAT(Search(" renamed"), ElementsAre("CA01"));
  EXPECT_EQ(areas_.AllWithGeometry()->size(), 2u);
}

TEST_P(AreaStoreContract, RemembersHowAnAreaWas) {
  Area area = areas_.Find("CA01").value();
  area.display_name = "Renamed";
  area.geometry = kSquare;
  area.updated = kTestNow + absl::Hours(1);
  ASSERT_EQ(world_->Do([&](Unit& unit) { return areas_.Update(unit, area); }), absl::OkStatus());
  EXPECT_REASON(areas_.FindAt("CA01", kTestNow - absl::Hours(1)), "NOT_FOUND");
  EXPECT_REASON(areas_.FindAt("XX", kTestNow), "NOT_FOUND");
  Area first = areas_.FindAt("CA01", kTestNow + absl::Minutes(59)).value();
  EXPECT_EQ(first.display_name, "O'Hare Park");
  EXPECT_EQ(first.path, "CHI/NO/CA01");
  EXPECT_TRUE(first.geometry.empty());
  EXPECT_EQ(first.version, 1);
  Area second = areas_.FindAt("CA01", kTestNow + absl::Hours(1)).value();
  EXPECT_EQ(second.display_name, "Renamed");
  EXPECT_EQ(second.geometry, kSquare);
  EXPECT_EQ(second.updated, kTestNow + absl::Hours(1));
}

TEST_P(AreaStoreContract, AnAreaThatWasMergedIsFoundButInNoListAndNoChild) {
  Area area = areas_.FindWithGeometry("CA03").value();
  area.ended = area.updated = kTestNow + absl::Hours(1);
  area.merged_into = "CA02";
  ASSERT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
    EXPECT_EQ(areas_.KeepLiving(unit, "CA03"), absl::OkStatus());
    return areas_.End(unit, area);
  }),
            absl::OkStatus());
  Area after = areas_.Find("CA03").value();
  EXPECT_EQ(after.ended, kTestNow + absl::Hours(1));
  EXPECT_EQ(after.merged_into, "CA02");
  EXPECT_EQ(after.version, 2);
  EXPECT_FALSE(areas_.FindAt("CA03", kTestNow + absl::Minutes(1))->ended);
  EXPECT_TRUE(areas_.FindAt("CA03", kTestNow + absl::Hours(2))->ended);
  EXPECT_THAT(List({.parent = "NORTH"}), IsEmpty());
  EXPECT_THAT(Search(" parkside"), IsEmpty());
  ASSERT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
    EXPECT_FALSE(areas_.HasChildren(unit, "NORTH").value());
    EXPECT_REASON(areas_.KeepLiving(unit, "CA03"), "AREA_ENDED");
    EXPECT_REASON(areas_.KeepLiving(unit, "XX"), "NOT_FOUND");
    return absl::OkStatus();
  }),
            absl::OkStatus());
}

TEST_P(AreaStoreContract, KeepsWhatChanged) {
  auto record = [&](AreaChange change) {
    EXPECT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
      RETURN_IF_ERROR(areas_.BeginChange(unit));
      return areas_.Record(unit, change);
    }),
              absl::OkStatus());
    return areas_.ChangeCount().value();
  };
  AreaChange split{.kind = AreaChange::Kind::kSplit,
                   .root = "CHI",
                   .from = {"CHI/NO/CA01"},
                   .into = {"CHI/NO/CA01/CA01A", "CHI/NO/CA01/CA01B"},
                   .time = kTestNow};
  int64_t first = record(split);
  int64_t second = record({.kind = AreaChange::Kind::kImported, .root = "CHI", .time = kTestNow});
  record({.kind = AreaChange::Kind::kCut, .root = "NYC", .time = kTestNow});

  auto changes = areas_.Changes("CHI", 0, 10).value();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].number, first);
  EXPECT_EQ(changes[0].kind, AreaChange::Kind::kSplit);
  EXPECT_EQ(changes[0].from, split.from);
  EXPECT_EQ(changes[0].into, split.into);
  EXPECT_EQ(changes[0].time, kTestNow);
  EXPECT_THAT(changes[1].from, IsEmpty());
  EXPECT_EQ(areas_.Changes("CHI", first, 10).value().at(0).number, second);
  EXPECT_EQ(areas_.Changes("CHI", 0, 1)->size(), 1u);
  EXPECT_THAT(areas_.Changes("CHI", second, 10).value(), IsEmpty());
}

TEST_P(AreaStoreContract, CountsCommittedChanges) {
  int64_t before = areas_.ChangeCount().value();
  ASSERT_EQ(world_->Do([&](Unit& unit) { return areas_.BeginChange(unit); }), absl::OkStatus());
  EXPECT_GT(areas_.ChangeCount().value(), before);
  before = areas_.ChangeCount().value();
  EXPECT_FALSE(world_
                   ->Do([&](Unit& unit) {
                     RETURN_IF_ERROR(areas_.BeginChange(unit));
                     return absl::InternalError("no");
                   })
                   .ok());
  EXPECT_EQ(areas_.ChangeCount().value(), before);
}

TEST_P(AreaStoreContract, WritersTakeTurns) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      EXPECT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
        RETURN_IF_ERROR(areas_.BeginChange(unit));
        ASSIGN_OR_RETURN(auto area, areas_.Read(unit, "CA01"));
        ++area->inhabitants;
        return areas_.Update(unit, *area);
      }),
                absl::OkStatus());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(areas_.Find("CA01")->inhabitants, 4);
}

INSTANTIATE_WORLDS(AreaStoreContract);

}  // namespace
}  // namespace gridwork::identity
