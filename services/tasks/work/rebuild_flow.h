// Makes the index anew from MySQL, while everything goes on: claims find their candidates in MySQL meanwhile.
#pragma once
#include <absl/status/statusor.h>

#include <string>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/tasks/work/task_queue.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

inline constexpr size_t kRebuildBatch = 1'000;

// Returns how many tasks were applied. Several may run at the same time; a change that overtakes one is newer and wins.
// UNAVAILABLE QUEUE_LOST when the index was lost meanwhile: to be tried again.
inline absl::StatusOr<int64_t> RebuildQueue(TaskStore& store, TaskQueue& queue) {
  ASSIGN_OR_RETURN(std::string build, queue.BeginBuild());
  int64_t applied = 0;
  for (Uuid after{};;) {
    ASSIGN_OR_RETURN(auto tasks, store.ScanQueued(after, kRebuildBatch));
    RETURN_IF_ERROR(queue.Apply(tasks, true));
    applied += static_cast<int64_t>(tasks.size());
    if (tasks.size() < kRebuildBatch) break;
    after = tasks.back().id;
  }
  ASSIGN_OR_RETURN(bool built, queue.EndBuild(build));
  if (!built) return Error(absl::StatusCode::kUnavailable, "QUEUE_LOST", "the index was lost while it was made anew");
  return applied;
}

}  // namespace gridwork::tasks
