// Tasks to be created, one JSON object a line.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <istream>
#include <string>
#include <string_view>

#include "gridwork/tasks/v1/task_service.pb.h"

namespace gridwork::ctl {

// {"kind": "FOOD_INSPECTION", "place": "places/...", "due": "7d", "priority": 3, "assignee": "staff/..."}; the last
// three may be missing. INVALID_ARGUMENT BAD_JSON names the line.
absl::StatusOr<tasks::v1::Task> ParseTaskLine(int64_t line, std::string_view text, absl::Time now);

struct TaskImport {
  std::function<absl::StatusOr<tasks::v1::BatchCreateTasksResponse>(const tasks::v1::BatchCreateTasksRequest&)> call;
  std::function<std::string()> request_id;  // of the next batch
  std::function<void(int64_t line, const tasks::v1::TaskVerdict& verdict)> verdict;
};

// In batches of 500. Empty lines are left out. A line that is no task ends it before its batch is sent: nothing of that
// batch is created.
absl::Status CreateTasks(std::istream& in, const TaskImport& job, absl::Time now);

}  // namespace gridwork::ctl
