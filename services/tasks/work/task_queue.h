// The index of the queue: which tasks are ready, in which order. It decides nothing (MySQL does) and holds nothing that
// cannot be rebuilt from MySQL; whatever happens to it can only delay a task, or make an offer that comes to nothing.
#pragma once
#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/uuid.h"
#include "services/tasks/work/task.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

// What the index holds of a task.
struct IndexEntry {
  Uuid id;
  int64_t version = -1;  // -1: it knows none
  bool ready = false;    // else among the leases: claimed, or offered just now
  Lane lane;             // of a ready one; {} when its name is no lane of today
  std::string name;      // of that lane, as the index calls it
};

class TaskQueue {  // Thread-safe. All calls: UNAVAILABLE when the index is away.
 public:
  virtual ~TaskQueue() = default;

  // Up to `n` tasks of lanes that lie in `areas` (paths) and that `may_take` accepts: lanes take turns, within one it
  // goes by priority, then age. They are held for ten seconds and then come back by themselves. UNAVAILABLE
  // QUEUE_NOT_BUILT after a loss, until it is built anew.
  virtual absl::StatusOr<std::vector<Uuid>> Offer(const std::vector<std::string>& areas,
                                                  const std::function<bool(const Lane&)>& may_take, size_t n) = 0;

  // Takes tasks out of where they would stand as they are given, in a grid that they have left, and forgets them: what
  // is applied next is news.
  virtual absl::Status Leave(const std::vector<Task>& tasks) = 0;
  // Tells the index of states that MySQL has committed. An older version than it knows is ignored; `again`: the same
  // version is not.
  virtual absl::Status Apply(const std::vector<Task>& tasks, bool again) = 0;
  // As Apply(), of tasks that do not exist (any more).
  virtual absl::Status Forget(const std::vector<Uuid>& ids) = 0;

  // Up to `limit` tasks whose lease, or whose moment of being offered, is over by the index's clock: to be looked up
  // and applied again.
  virtual absl::StatusOr<std::vector<Uuid>> Expired(size_t limit) = 0;

  // True when the index has been built since it was last empty.
  virtual absl::StatusOr<bool> IsBuilt() = 0;
  // Marks it as not built, before a rebuild; returns what EndBuild() asks for.
  virtual absl::StatusOr<std::string> BeginBuild() = 0;
  // Marks it as built. False when it was lost since that BeginBuild(): what was applied meanwhile may be gone.
  virtual absl::StatusOr<bool> EndBuild(const std::string& build) = 0;

  // ---- to be compared with MySQL

  // Who answers: another one after a restart, a failover, or when another copy was put in its place.
  virtual absl::StatusOr<std::string> Server() = 0;
  // The regions that it has heard of.
  virtual absl::StatusOr<std::vector<std::string>> Regions() = 0;
  // Everything of a region. Not one moment's: it may change while it is read.
  virtual absl::StatusOr<std::vector<IndexEntry>> Entries(const std::string& region) = 0;
  // Takes these out of where they stand, and forgets their versions, unless a newer one has come.
  virtual absl::Status Remove(const std::string& region, const std::vector<IndexEntry>& entries) = 0;

  // Ready tasks under `area`.
  virtual absl::StatusOr<int64_t> Size(const std::string& area) = 0;
};

// A task has become ready.
struct Wake {
  Lane lane;
  std::string assignee;  // who alone may claim it, or ""
  auto operator<=>(const Wake&) const = default;
};

// Hints that there is work, as the index learns of it. They may be lost, and come again. Not thread-safe.
class Wakes {
 public:
  virtual ~Wakes() = default;
  // Those that have come, at once, or the first within `timeout`; none when none came. UNAVAILABLE, at once, while the
  // index is away: there may have been others meanwhile.
  virtual absl::StatusOr<std::vector<Wake>> Wait(absl::Duration timeout) = 0;
};

// The region of a grid: all keys of a region share one slot of a Redis Cluster. The first two codes of its path, as a
// region holds many grids.
inline std::string RegionOf(std::string_view grid) {
  size_t first = grid.find('/');
  size_t second = first == grid.npos ? first : grid.find('/', first + 1);
  return std::string(grid.substr(0, second));
}

}  // namespace gridwork::tasks
