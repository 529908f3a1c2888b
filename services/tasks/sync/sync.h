// What a phone holds of its grids: where it stands, what fits, and what comes next. The rules are here; they know no
// database.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "services/tasks/place.h"
#include "services/tasks/work/task.h"

namespace gridwork::tasks {

// Up to where a phone has seen a grid. Versions belong to an epoch, a life of the database (common/mysql/feed.h).
struct Cursor {
  int64_t epoch = 0;
  int64_t version = 0;  // 0: nothing yet
  int64_t start = 0;    // the grid's version when it got its first page: it never held what had left by then

  bool operator==(const Cursor&) const = default;
};

// A grid as the server has it.
struct GridClock {
  int64_t epoch = 0;
  int64_t version = 0;
  int64_t floor = 0;  // what left the grid up to here is forgotten
};

// Whether changes may follow on what a phone with this cursor holds. `base_after`: the grid's version when the epoch
// that followed the cursor's began, nullopt when that is not known.
bool Follows(const Cursor& cursor, const GridClock& clock, const std::optional<int64_t>& base_after);

// What a device may hold; guarantees.md, "Change feed".
struct Budget {
  int64_t records = 0;
  int64_t bytes = 0;
};
inline constexpr Budget kFieldBudget{10'000, 16 << 20};  // field workers and inspectors
inline constexpr Budget kDeskBudget{50'000, 64 << 20};   // dispatchers

struct GridSize {
  int64_t records = 0;
  int64_t bytes = 0;
};

// Takes `size` out of what is left; false, and nothing taken, when it does not fit.
bool Fits(const GridSize& size, Budget& left);

// A record that is in no grid of this name any more, or is done.
struct Removed {
  std::string kind;  // "place" or "task"
  Uuid id;
};
struct Change {
  int64_t version = 0;
  std::variant<Place, Task, Removed> record;
};

// What a phone says that it holds.
struct HeldGrid {
  std::string grid;
  std::optional<Cursor> cursor;  // nullopt: it could not be read
};
struct PullQuery {
  std::vector<HeldGrid> held;  // by path, none twice
  std::string area;            // "" or a path: grids that are not held are added in it only
  size_t limit = 0;            // records
  Budget budget;
};

struct GridAnswer {
  enum class State { kCurrent, kPurge, kResync, kOverBudget };
  std::string grid;
  State state = State::kCurrent;
  Cursor next;
  std::vector<Change> changes;
  bool complete = false;  // with these changes the phone has all; `records` and `digest` are of that
  GridSize size;
  uint64_t digest = 0;
  Budget left;  // kOverBudget: beside the grids before it
};
struct PullAnswer {
  std::vector<GridAnswer> grids;
  bool more = false;
};

}  // namespace gridwork::tasks
