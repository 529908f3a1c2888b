// Areas: the tree that a city is divided into, and the rules by which it may change. No protobuf, no SQL.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/identity/areas/geometry.h"

namespace gridwork::identity {

constexpr size_t kMaxAreaCode = 32;
constexpr size_t kMaxAreaPath = 200;  // what fits into tokens and into the paths of other services
constexpr std::string_view kGridLevel = "grid";

struct Area {
  std::string code;
  std::string display_name;
  std::string level;
  std::string parent;  // code; "" for the root
  std::string path;    // codes from the root
  int64_t inhabitants = 0;
  MultiPolygon geometry;  // only where a function says so
  int64_t version = 1;
  absl::Time created;
  absl::Time updated;

  bool is_root() const { return parent.empty(); }
};

// The grid of a root for what lies in no area. It is made with the root and is no child that anybody has to mind.
std::string UnplacedCode(std::string_view root);
bool IsUnplaced(std::string_view code);
Area UnplacedGridOf(const Area& root);

// What an import wants an area to be: its `path`, `version` and times are not read.
using AreaEdit = Area;

struct ImportPlan {
  enum class Action { kCreate, kUpdate, kNothing };
  Action action = Action::kNothing;
  Area area;  // complete, to be written
};

// What is known of an edit's area, with geometry, and of the parent that it names.
struct ImportFacts {
  std::string root_path;  // of the tree that is imported
  std::optional<Area> existing;
  std::optional<Area> parent;
  bool has_children = false;  // of `existing`, UNPLACED aside
};

// Refuses: a parent that is unknown, outside of the tree, a grid, or another one than before; a code of another tree; a
// grid that has areas below it; a path that is too long.
absl::StatusOr<ImportPlan> PlanImport(const AreaEdit& edit, const ImportFacts& facts, absl::Time now);

}  // namespace gridwork::identity
