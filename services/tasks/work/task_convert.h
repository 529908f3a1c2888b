// Protobuf to domain and back, for tasks and their results. What comes out of Parse* is valid; nothing checks it again.
#pragma once
#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gridwork/tasks/v1/task_service.pb.h"
#include "services/tasks/form.h"
#include "services/tasks/place.h"
#include "services/tasks/work/heartbeat_flow.h"
#include "services/tasks/work/task.h"
#include "services/tasks/work/task_store.h"
#include "services/tasks/work/watch_flow.h"

namespace gridwork::tasks {

inline constexpr int kClaimTasks = 50;  // of one claim
inline constexpr int kLeases = 50;      // of one heartbeat

struct NewTask {
  std::string kind;
  std::optional<int> priority;
  std::optional<absl::Time> due, start;
  std::string assignee;
};
struct SubmitTask {
  int attempt = 0;
  int form_version = 0;
  std::vector<Answer> answers;
  std::vector<Finding> findings;
  std::optional<LatLng> location;
};
struct ReviewTask {
  int64_t version = 0;
  bool accept = false;
  std::string note;
};
struct ClaimTasks {
  size_t max = 0;
  std::string area;
  std::optional<absl::Time> offline_until;  // compared with the database's clock where it is used
};

struct KeepLeases {
  std::vector<int> attempts;  // of each claim; their names are those of the rows
  absl::Time until;
};
struct FailTask {
  int attempt = 0;
  FailReason reason{};
};
struct ReplayTask {
  int64_t version = 0;
  ReplayReason reason{};
};
struct ReassignTask {
  int64_t version = 0;
  std::string assignee;
  AssignReason reason{};
};
struct ListLate {
  std::string area;
  size_t limit = 0;
};
struct DecideLate {
  SubmissionState state{};  // kAccepted, kDuplicate or kSecondVisit
  std::string note;
};
struct SubmissionName {
  Uuid task;
  int attempt = 0;
};

absl::StatusOr<Uuid> ParseTaskName(std::string_view field, std::string_view name);
std::string TaskName(const Uuid& id);
// "tasks/{uuid}/submissions/{attempt}".
absl::StatusOr<SubmissionName> ParseSubmissionName(std::string_view field, std::string_view name);

// `field` is the path of the task in its request: "task", "tasks[3]".
absl::StatusOr<NewTask> ParseNewTask(std::string_view field, const v1::Task& task);
absl::StatusOr<TaskQuery> ParseListTasks(const v1::ListTasksRequest& request);
absl::StatusOr<ClaimTasks> ParseClaim(const v1::ClaimTasksRequest& request);
absl::StatusOr<SubmitTask> ParseSubmit(const v1::SubmitTaskRequest& request);
absl::StatusOr<ReviewTask> ParseReview(const v1::ReviewTaskRequest& request);
absl::StatusOr<int64_t> ParseCancel(const v1::CancelTaskRequest& request);  // the version that its caller read

absl::StatusOr<std::vector<LeaseName>> ParseHeartbeat(const v1::HeartbeatRequest& request);
absl::StatusOr<KeepLeases> ParseKeepOffline(const v1::KeepOfflineRequest& request);
absl::StatusOr<FailTask> ParseFail(const v1::FailTaskRequest& request);
absl::StatusOr<ReplayTask> ParseReplay(const v1::ReplayTaskRequest& request);
absl::StatusOr<ReassignTask> ParseReassign(const v1::ReassignTaskRequest& request);
absl::StatusOr<ListLate> ParseListLate(const v1::ListLateSubmissionsRequest& request);
absl::StatusOr<DecideLate> ParseDecide(const v1::DecideLateSubmissionRequest& request);

// An area, or "" for all of the caller's.
absl::StatusOr<std::string> ParseWatch(const v1::WatchTasksRequest& request);
v1::WatchTasksResponse ToProto(const std::vector<Work>& work);
v1::HeartbeatResponse ToProto(const std::vector<LeaseName>& leases, const std::vector<LeaseState>& states);
// Without its worker once the task has ended.
v1::TaskAttempt ToProto(const Attempt& attempt, const Task& task);
v1::Task ToProto(const Task& task);
v1::Submission ToProto(const Submission& submission);
// What Submission::content keeps of a result.
std::string SerializeContent(const SubmitTask& submit);

}  // namespace gridwork::tasks
