#include "services/identity/areas/area.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/identity/areas/area_errors.h"

namespace gridwork::identity {
namespace {

constexpr std::string_view kUnplaced = "-UNPLACED";

bool LiesIn(std::string_view root_path, std::string_view path) {
  return path.starts_with(root_path) && (path.size() == root_path.size() || path[root_path.size()] == '/');
}

constexpr size_t kMaxDisplayName = 100;  // bytes here: for names that are made of others

// A grid in `area` for each surface; `ending(i)` makes its code and name of theirs.
template <class Ending>
absl::StatusOr<std::vector<Area>> Make(const Area& area, std::vector<MultiPolygon> surfaces, absl::Time now,
                                       std::string_view before_code, std::string_view before_name, Ending ending) {
  std::vector<Area> grids;
  for (size_t i = 0; i < surfaces.size(); ++i) {
    Area grid{.level = std::string(kGridLevel), .parent = area.code};
    grid.code = fmt::format("{}{}{}", area.code, before_code, ending(i));
    grid.display_name = fmt::format("{}{}{}", area.display_name, before_name, ending(i));
    if (grid.display_name.size() > kMaxDisplayName) grid.display_name = grid.code;
    grid.path = fmt::format("{}/{}", area.path, grid.code);
    grid.geometry = std::move(surfaces[i]);
    grid.created = grid.updated = now;
    if (grid.code.size() > kMaxAreaCode || grid.path.size() > kMaxAreaPath) return errors::AreaCodeTooLong();
    grids.push_back(std::move(grid));
  }
  return grids;
}

absl::StatusOr<ImportPlan> PlanUpdate(const AreaEdit& edit, const ImportFacts& facts, absl::Time now) {
  const Area& before = *facts.existing;
  if (!LiesIn(facts.root_path, before.path))
    return BadField("code", "must not be that of an area outside of this tree");
  if (before.ended)
    return BadField("code", fmt::format("must not be that of an area that was merged into {}", before.merged_into));
  if (edit.parent != before.parent) return BadField("parent", "must be the one that the area has");
  if (edit.level == kGridLevel && facts.has_children) return BadField("level", "must not be grid: areas lie below it");

  Area after = before;
  after.display_name = edit.display_name;
  after.level = edit.level;
  after.inhabitants = edit.inhabitants;
  after.geometry = edit.geometry;
  bool same = after.display_name == before.display_name && after.level == before.level &&
              after.inhabitants == before.inhabitants && after.geometry == before.geometry;
  if (same) return ImportPlan{ImportPlan::Action::kNothing, before};
  after.updated = now;
  return ImportPlan{ImportPlan::Action::kUpdate, after, after.geometry != before.geometry};
}

}  // namespace

std::string UnplacedCode(std::string_view root) { return fmt::format("{}{}", root, kUnplaced); }

bool IsUnplaced(std::string_view code) { return code.ends_with(kUnplaced); }

Area UnplacedGridOf(const Area& root) {
  Area grid = root;
  grid.code = UnplacedCode(root.code);
  grid.display_name = "Unplaced";
  grid.level = kGridLevel;
  grid.parent = root.code;
  grid.path = fmt::format("{}/{}", root.path, grid.code);
  grid.inhabitants = 0;
  grid.geometry.clear();
  return grid;
}

absl::StatusOr<ImportPlan> PlanImport(const AreaEdit& edit, const ImportFacts& facts, absl::Time now) {
  if (facts.existing) return PlanUpdate(edit, facts, now);

  if (edit.parent.empty()) return BadField("parent", "must not be empty: the tree has its root");
  if (!facts.parent || !LiesIn(facts.root_path, facts.parent->path)) {
    return BadField("parent", "must be an area of this tree, or stand earlier in the batch");
  }
  if (facts.parent->ended) return BadField("parent", "must not have ended");
  if (facts.parent->level == kGridLevel) return BadField("parent", "must not be a grid: nothing lies below one");
  ImportPlan plan{ImportPlan::Action::kCreate, edit, !edit.geometry.empty()};
  plan.area.path = fmt::format("{}/{}", facts.parent->path, edit.code);
  if (plan.area.path.size() > kMaxAreaPath) {
    return BadField("parent", fmt::format("the codes from the root must have at most {} characters", kMaxAreaPath));
  }
  plan.area.version = 1;
  plan.area.created = plan.area.updated = now;
  return plan;
}

absl::StatusOr<std::vector<Area>> MakeGrids(const Area& area, std::vector<MultiPolygon> surfaces, absl::Time now) {
  const size_t digits = std::max<size_t>(2, std::to_string(surfaces.size()).size());
  return Make(area, std::move(surfaces), now, "-G", " G",
              [digits](size_t i) { return fmt::format("{:0{}}", i + 1, digits); });
}

absl::StatusOr<std::vector<Area>> MakeParts(const Area& area, std::vector<MultiPolygon> surfaces, absl::Time now) {
  constexpr size_t kLetters = 26;
  if (surfaces.size() < 2 || surfaces.size() > kLetters) return errors::NothingToSplit(surfaces.size());
  return Make(area, std::move(surfaces), now, "", " ", [](size_t i) { return static_cast<char>('A' + i); });
}

absl::StatusOr<Area> MergeInto(const Area& parent, const std::vector<Area>& merged, const std::string& code,
                               const std::string& display_name, absl::Time now) {
  Area into{.code = code, .display_name = display_name, .level = std::string(kGridLevel), .parent = parent.code};
  into.path = fmt::format("{}/{}", parent.path, code);
  if (into.path.size() > kMaxAreaPath) return errors::AreaCodeTooLong();
  std::vector<MultiPolygon> surfaces;
  for (const Area& area : merged) {
    surfaces.push_back(area.geometry);
    into.inhabitants += area.inhabitants;
  }
  ASSIGN_OR_RETURN(into.geometry, UnionOf(surfaces));
  into.created = into.updated = now;
  return into;
}

absl::Status CheckLivingGrid(const Area& area) {
  if (area.ended) return errors::AreaEnded(area.merged_into);
  if (area.level != kGridLevel || IsUnplaced(area.code)) return errors::AreaIsNoGrid(area.code);
  if (area.geometry.empty()) return errors::AreaWithoutGeometry();
  return absl::OkStatus();
}

}  // namespace gridwork::identity
