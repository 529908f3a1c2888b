#include "tools/gridctl/task_file.h"

#include <fmt/format.h>

#include <vector>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "tools/gridctl/json_reader.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

constexpr size_t kMaxLine = size_t{64} << 10;

}  // namespace

absl::StatusOr<tasks::v1::Task> ParseTaskLine(int64_t line, std::string_view text, absl::Time now) {
  std::string where = fmt::format("line {}", line);
  if (text.size() > kMaxLine) return BadJson(where, "more than 64 KB");
  ASSIGN_OR_RETURN(auto in, ParseJson(where, text));
  RETURN_IF_ERROR(CheckKeys(where, in, {"kind", "place", "due", "start", "priority", "assignee"}));
  tasks::v1::Task task;
  ASSIGN_OR_RETURN(std::string kind, TextOf(where, in, "kind"));
  ASSIGN_OR_RETURN(std::string place, TextOf(where, in, "place"));
  ASSIGN_OR_RETURN(std::string assignee, TextOf(where, in, "assignee"));
  ASSIGN_OR_RETURN(std::string due, TextOf(where, in, "due"));
  ASSIGN_OR_RETURN(std::string start, TextOf(where, in, "start"));
  task.set_kind(NameIn("taskKinds", kind));
  task.set_place(NameIn("places", place));
  task.set_assignee(NameIn("staff", assignee));
  if (!due.empty()) {
    auto time = ParseWhen("due", due, now, absl::LocalTimeZone());
    if (!time.ok()) return BadJson(where, std::string(time.status().message()));
    *task.mutable_due_time() = ToProto(*time);
  }
  if (!start.empty()) {
    auto time = ParseWhen("start", start, now, absl::LocalTimeZone());
    if (!time.ok()) return BadJson(where, std::string(time.status().message()));
    *task.mutable_start_time() = ToProto(*time);
  }
  if (in.contains("priority")) {
    ASSIGN_OR_RETURN(int64_t priority, WholeOf(where, in, "priority"));
    if (priority < INT32_MIN || priority > INT32_MAX) return BadJson(where, "priority: 0 to 9");
    task.set_priority(static_cast<int32_t>(priority));
  }
  return task;
}

absl::Status CreateTasks(std::istream& in, const TaskImport& job, absl::Time now) {
  tasks::v1::BatchCreateTasksRequest request;
  std::vector<int64_t> lines;
  auto send = [&]() -> absl::Status {
    if (lines.empty()) return absl::OkStatus();
    request.set_request_id(job.request_id());
    ASSIGN_OR_RETURN(auto response, job.call(request));
    if (response.verdicts_size() != request.tasks_size()) {
      return Error(absl::StatusCode::kInternal, "VERDICTS_MISSING",
                   fmt::format("{} verdicts for {} tasks", response.verdicts_size(), request.tasks_size()));
    }
    for (size_t i = 0; i < lines.size(); ++i) job.verdict(lines[i], response.verdicts(static_cast<int>(i)));
    request.clear_tasks();
    lines.clear();
    return absl::OkStatus();
  };

  std::string text;
  for (int64_t line = 1; std::getline(in, text); ++line) {
    if (Trim(text).empty()) continue;
    ASSIGN_OR_RETURN(auto task, ParseTaskLine(line, text, now));
    *request.add_tasks() = std::move(task);
    lines.push_back(line);
    if (lines.size() == static_cast<size_t>(scope::kBatchItems)) RETURN_IF_ERROR(send());
  }
  if (in.bad()) return Error(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE", "the file cannot be read");
  return send();
}

}  // namespace gridwork::ctl
