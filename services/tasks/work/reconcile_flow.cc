#include "services/tasks/work/reconcile_flow.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/base/status_macros.h"

namespace gridwork::tasks {
namespace {

constexpr size_t kLanes = 10'000;
constexpr size_t kAtOnce = 500;

using Entries = std::multimap<Uuid, IndexEntry>;

// Whether the index holds of a queued task what it should: one that is ready for anybody in its lane, or offered just
// now; one that is claimed among the leases; one that is assigned not at all.
bool IsRight(const QueuedTask& task, const Entries& entries) {
  auto [begin, end] = entries.equal_range(task.id);
  if (!task.claimed && task.assigned) return begin == end;
  if (begin == end || std::next(begin) != end) return false;
  const IndexEntry& entry = begin->second;
  if (entry.version != task.version) return false;
  return entry.ready ? !task.claimed && entry.lane == task.lane : true;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> RegionsToCompare(TaskStore& store, TaskQueue& queue) {
  ASSIGN_OR_RETURN(std::vector<std::string> known, queue.Regions());
  ASSIGN_OR_RETURN(std::vector<Lane> lanes, store.AllReadyLanes(kLanes));
  std::set<std::string> out(known.begin(), known.end());
  for (const Lane& lane : lanes) out.insert(RegionOf(lane.grid));
  return std::vector<std::string>(out.begin(), out.end());
}

absl::StatusOr<int64_t> ReconcileRegion(TaskStore& store, TaskQueue& queue, const std::string& region,
                                        absl::Duration settle) {
  ASSIGN_OR_RETURN(std::vector<IndexEntry> found, queue.Entries(region));
  ASSIGN_OR_RETURN(std::vector<QueuedTask> queued, store.QueuedIn(region));
  Entries entries;
  std::set<Uuid> suspects;
  for (IndexEntry& entry : found) {
    suspects.insert(entry.id);
    entries.emplace(entry.id, std::move(entry));
  }
  for (const QueuedTask& task : queued) {
    if (IsRight(task, entries)) {
      suspects.erase(task.id);
    } else {
      suspects.insert(task.id);
    }
  }

  // A second look at each, as both sides have moved on meanwhile.
  int64_t mended = 0;
  const std::vector<Uuid> ids(suspects.begin(), suspects.end());
  for (size_t from = 0; from < ids.size(); from += kAtOnce) {
    std::set<Uuid> batch(ids.begin() + static_cast<ptrdiff_t>(from),
                         ids.begin() + static_cast<ptrdiff_t>(std::min(ids.size(), from + kAtOnce)));
    ASSIGN_OR_RETURN(std::vector<Task> tasks, store.FindAll({batch.begin(), batch.end()}));
    const absl::Time now = absl::Now();
    std::erase_if(tasks, [&](const Task& task) {
      bool moving = absl::AbsDuration(now - task.updated) < settle;
      if (moving) batch.erase(task.id);
      return moving;
    });
    // Taken out first, wherever they stand: so a version that the index has and MySQL has not is forgotten too.
    std::vector<IndexEntry> wrong;
    for (const Uuid& id : batch) {
      auto [begin, end] = entries.equal_range(id);
      for (auto it = begin; it != end; ++it) wrong.push_back(it->second);
    }
    RETURN_IF_ERROR(queue.Remove(region, wrong));
    RETURN_IF_ERROR(queue.Apply(tasks, true));
    mended += static_cast<int64_t>(batch.size());
  }
  return mended;
}

}  // namespace gridwork::tasks
