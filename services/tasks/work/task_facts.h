// How tasks are loaded for the front door, by the services whose calls are about one.
#pragma once
#include <string>
#include <vector>

#include "common/base/status_macros.h"
#include "common/rpc/front_door.h"
#include "services/tasks/work/task_convert.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

// A task, and everybody who ever claimed it, by attempt.
struct ClaimedTask {
  Task task;
  std::vector<std::string> claimants;

  // Whether the attempt was this worker's, however it ended.
  bool WasClaimedBy(std::string_view worker, int attempt) const {
    return attempt >= 1 && attempt <= static_cast<int>(claimants.size()) &&
           claimants[static_cast<size_t>(attempt) - 1] == worker;
  }
};

inline absl::StatusOr<rpc::Loaded<ClaimedTask>> LoadClaimed(TaskStore& tasks, const Uuid& id) {
  ASSIGN_OR_RETURN(Task task, tasks.Find(id));
  ASSIGN_OR_RETURN(auto claimants, tasks.Claimants(id));
  return rpc::Loaded<ClaimedTask>{{.area = task.grid, .claimants = claimants}, {task, claimants}};
}

}  // namespace gridwork::tasks
