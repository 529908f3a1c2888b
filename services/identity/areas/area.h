// Areas: the tree that a city is divided into, and the rules by which it may change. No protobuf, no SQL.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/identity/areas/geometry.h"

namespace gridwork::identity {

constexpr size_t kMaxAreaCode = 32;
constexpr size_t kMaxAreaPath = 200;  // what fits into tokens and into the paths of other services
constexpr std::string_view kGridLevel = "grid";
constexpr std::string_view kSplitLevel = "grid_group";  // what was a grid and has its parts in it

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
  std::optional<absl::Time> ended;  // merged into another since then
  std::string merged_into;          // its code

  bool is_root() const { return parent.empty(); }
};

// A change by which points came to lie in other areas.
struct AreaChange {
  enum class Kind : uint8_t { kImported = 1, kCut = 2, kSplit = 3, kMerged = 4 };  // stored: never renumber
  int64_t number = 0;
  Kind kind = Kind::kImported;
  std::string root;
  std::vector<std::string> from;  // paths: points in these may lie in other areas now
  std::vector<std::string> into;  // paths of the areas that were made or moved
  absl::Time time;
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
  Area area;                  // complete, to be written
  bool moves_points = false;  // its surface is new or another one
};

// What is known of an edit's area, with geometry, and of the parent that it names.
struct ImportFacts {
  std::string root_path;  // of the tree that is imported
  std::optional<Area> existing;
  std::optional<Area> parent;
  bool has_children = false;  // of `existing`, UNPLACED aside
};

// Refuses: an area that has ended; a parent that is unknown, outside of the tree, a grid, or another one than before; a
// code of another tree; a grid that has areas below it; a path that is too long.
absl::StatusOr<ImportPlan> PlanImport(const AreaEdit& edit, const ImportFacts& facts, absl::Time now);

// The grids that `area` is cut into, by code: G01, G02, ... in the order of the surfaces. FAILED_PRECONDITION
// AREA_CODE_TOO_LONG.
absl::StatusOr<std::vector<Area>> MakeGrids(const Area& area, std::vector<MultiPolygon> surfaces, absl::Time now);
// The parts that the grid `area` is split into, by code: {code}A, {code}B, ... The same error; FAILED_PRECONDITION
// NOTHING_TO_SPLIT for one surface, or more than letters.
absl::StatusOr<std::vector<Area>> MakeParts(const Area& area, std::vector<MultiPolygon> surfaces, absl::Time now);
// The grid that takes the place of `merged`, of which it has the surface together, in `parent`. FAILED_PRECONDITION
// AREA_CODE_TOO_LONG.
absl::StatusOr<Area> MergeInto(const Area& parent, const std::vector<Area>& merged, const std::string& code,
                               const std::string& display_name, absl::Time now);
// Whether a grid may be split or merged: FAILED_PRECONDITION AREA_ENDED, AREA_IS_NO_GRID, AREA_WITHOUT_GEOMETRY.
absl::Status CheckLivingGrid(const Area& area);

}  // namespace gridwork::identity
