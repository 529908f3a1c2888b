#include "services/identity/areas/area.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::identity {
namespace {

constexpr std::string_view kUnplaced = "-UNPLACED";

bool LiesIn(std::string_view root_path, std::string_view path) {
  return path.starts_with(root_path) && (path.size() == root_path.size() || path[root_path.size()] == '/');
}

absl::StatusOr<ImportPlan> PlanUpdate(const AreaEdit& edit, const ImportFacts& facts, absl::Time now) {
  const Area& before = *facts.existing;
  if (!LiesIn(facts.root_path, before.path))
    return BadField("code", "must not be that of an area outside of this tree");
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
  return ImportPlan{ImportPlan::Action::kUpdate, std::move(after)};
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
  if (facts.parent->level == kGridLevel) return BadField("parent", "must not be a grid: nothing lies below one");
  ImportPlan plan{ImportPlan::Action::kCreate, edit};
  plan.area.path = fmt::format("{}/{}", facts.parent->path, edit.code);
  if (plan.area.path.size() > kMaxAreaPath) {
    return BadField("parent", fmt::format("the codes from the root must have at most {} characters", kMaxAreaPath));
  }
  plan.area.version = 1;
  plan.area.created = plan.area.updated = now;
  return plan;
}

}  // namespace gridwork::identity
