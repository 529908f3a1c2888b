// Compares the index with MySQL, a region at a time, and mends what differs, while everything goes on. MySQL is right:
// a difference can only have delayed a task, or made an offer that came to nothing.
#pragma once
#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "services/tasks/work/task_queue.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

// All regions that either side knows of.
absl::StatusOr<std::vector<std::string>> RegionsToCompare(TaskStore& store, TaskQueue& queue);

// Makes the index hold of `region` what MySQL says; returns how many tasks stood wrong. What changed less than `settle`
// ago is left alone: the relay may just be carrying it.
absl::StatusOr<int64_t> ReconcileRegion(TaskStore& store, TaskQueue& queue, const std::string& region,
                                        absl::Duration settle);

}  // namespace gridwork::tasks
