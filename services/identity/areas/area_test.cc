#include "services/identity/areas/area.h"

#include <gmock/gmock.h>

#include "common/base/error.h"

namespace gridwork::identity {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

Area Make(std::string code, std::string parent, std::string path, std::string level = "ward") {
  return {.code = std::move(code),
          .display_name = "Name",
          .level = std::move(level),
          .parent = std::move(parent),
          .path = std::move(path),
          .version = 3,
          .created = kNow - absl::Hours(1),
          .updated = kNow - absl::Hours(1)};
}

std::string FieldOf(const absl::StatusOr<ImportPlan>& plan) {
  auto violations = FieldViolationsOf(plan.status());
  return violations.empty() ? std::string(plan.status().message()) : violations[0].first;
}

TEST(PlanImport, CreatesBelowItsParent) {
  ImportFacts facts{.root_path = "CHI", .parent = Make("N", "CHI", "CHI/N")};
  ImportPlan plan = PlanImport(Make("A", "N", ""), facts, kNow).value();
  EXPECT_EQ(plan.action, ImportPlan::Action::kCreate);
  EXPECT_EQ(plan.area.path, "CHI/N/A");
  EXPECT_EQ(plan.area.version, 1);
  EXPECT_EQ(plan.area.created, kNow);
  EXPECT_EQ(plan.area.updated, kNow);
}

TEST(PlanImport, RefusesAParentThatIsNotOne) {
  EXPECT_EQ(FieldOf(PlanImport(Make("A", "", ""), {.root_path = "CHI"}, kNow)), "parent") << "a second root";
  EXPECT_EQ(FieldOf(PlanImport(Make("A", "N", ""), {.root_path = "CHI"}, kNow)), "parent") << "unknown";
  ImportFacts outside{.root_path = "CHI/N", .parent = Make("NW", "CHI", "CHI/NW")};
  EXPECT_EQ(FieldOf(PlanImport(Make("A", "NW", ""), outside, kNow)), "parent");
  ImportFacts grid{.root_path = "CHI", .parent = Make("G", "CHI", "CHI/G", "grid")};
  EXPECT_EQ(FieldOf(PlanImport(Make("A", "G", ""), grid, kNow)), "parent");
  ImportFacts deep{.root_path = "CHI", .parent = Make("D", "CHI", "CHI/" + std::string(195, 'D'))};
  EXPECT_EQ(FieldOf(PlanImport(Make("A", "D", ""), deep, kNow)), "parent");
}

TEST(PlanImport, TellsUnchangedFromUpdated) {
  Area before = Make("A", "CHI", "CHI/A");
  ImportFacts facts{.root_path = "CHI", .existing = before};
  EXPECT_EQ(PlanImport(Make("A", "CHI", ""), facts, kNow)->action, ImportPlan::Action::kNothing);

  const MultiPolygon square = {{{{0, 0}, {0, 1}, {1, 1}, {1, 0}}}};
  std::vector<std::function<void(AreaEdit&)>> changes = {
      [](AreaEdit& e) { e.display_name = "Other"; }, [](AreaEdit& e) { e.level = "side"; },
      [](AreaEdit& e) { e.inhabitants = 5; }, [&](AreaEdit& e) { e.geometry = square; }};
  for (const auto& change : changes) {
    AreaEdit edit = before;
    change(edit);
    ImportPlan plan = PlanImport(edit, facts, kNow).value();
    EXPECT_EQ(plan.action, ImportPlan::Action::kUpdate);
    EXPECT_EQ(plan.area.path, "CHI/A");
    EXPECT_EQ(plan.area.version, 3) << "the store makes the next one";
    EXPECT_EQ(plan.area.created, before.created);
    EXPECT_EQ(plan.area.updated, kNow);
  }
}

TEST(PlanImport, RefusesToMoveAnArea) {
  ImportFacts facts{.root_path = "CHI", .existing = Make("A", "CHI", "CHI/A")};
  EXPECT_EQ(FieldOf(PlanImport(Make("A", "N", ""), facts, kNow)), "parent");
  EXPECT_EQ(FieldOf(PlanImport(Make("A", "", ""), facts, kNow)), "parent");
  facts.root_path = "CHI/N";
  EXPECT_EQ(FieldOf(PlanImport(Make("A", "CHI", ""), facts, kNow)), "code") << "outside of the tree";
}

TEST(PlanImport, RefusesAGridWithAreasBelow) {
  ImportFacts facts{.root_path = "CHI", .existing = Make("A", "CHI", "CHI/A"), .has_children = true};
  EXPECT_EQ(FieldOf(PlanImport(Make("A", "CHI", "", "grid"), facts, kNow)), "level");
}

TEST(Unplaced, IsAGridOfItsRoot) {
  Area grid = UnplacedGridOf(Make("CHI", "", "CHI", "city"));
  EXPECT_EQ(grid.code, "CHI-UNPLACED");
  EXPECT_EQ(grid.path, "CHI/CHI-UNPLACED");
  EXPECT_EQ(grid.parent, "CHI");
  EXPECT_EQ(grid.level, "grid");
  EXPECT_TRUE(IsUnplaced(grid.code));
  EXPECT_FALSE(IsUnplaced("CHI"));
}

}  // namespace
}  // namespace gridwork::identity
