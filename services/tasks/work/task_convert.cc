#include "services/tasks/work/task_convert.h"

#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "common/base/error.h"
#include "common/base/page_token.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/tasks/form_convert.h"
#include "services/tasks/task_kind_convert.h"
#include "services/tasks/time_convert.h"
#include "services/tasks/work/claim_flow.h"

namespace gridwork::tasks {
namespace {

std::string Path(std::string_view field, std::string_view name) { return fmt::format("{}.{}", field, name); }

absl::Status CheckWorker(std::string_view field, const std::string& worker) {
  if (worker.empty()) return absl::OkStatus();
  return ParseName(field, "staff", worker).status();
}

absl::StatusOr<LatLng> ParsePoint(std::string_view field, const common::v1::Point& point) {
  bool on_earth = std::abs(point.latitude()) <= 90 && std::abs(point.longitude()) <= 180;  // false for NaN
  if (!on_earth) return BadField(field, "must be a latitude from -90 to 90 and a longitude from -180 to 180");
  return LatLng{point.latitude(), point.longitude()};
}

absl::StatusOr<int> ParseAttempt(std::string_view field, int attempt) {
  if (attempt < 1) return BadField(field, "must be the attempt of your claim");
  return attempt;
}

// A reason that is one and is not its zero.
template <class To, class From>
absl::StatusOr<To> ParseReason(From reason, bool valid) {
  if (!valid || static_cast<int>(reason) == 0) return BadField("reason", "must be one of the reasons");
  return static_cast<To>(reason);
}

absl::Status CheckLeases(int size) {
  if (size < 1 || size > kLeases) return BadField("leases", fmt::format("must have 1 to {}", kLeases));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Uuid> ParseTaskName(std::string_view field, std::string_view name) {
  return ParseName(field, "tasks", name);
}
std::string TaskName(const Uuid& id) { return "tasks/" + id.ToString(); }

absl::StatusOr<SubmissionName> ParseSubmissionName(std::string_view field, std::string_view name) {
  constexpr std::string_view kMiddle = "/submissions/";
  size_t at = name.find(kMiddle);
  std::string_view digits = at == name.npos ? "" : name.substr(at + kMiddle.size());
  SubmissionName out;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.attempt);
  auto task = ParseTaskName(field, name.substr(0, at));
  if (!task.ok() || digits.empty() || error != std::errc() || end != digits.data() + digits.size() || out.attempt < 1)
    return BadField(field, "must be tasks/{uuid}/submissions/{attempt}");
  out.task = *task;
  return out;
}

absl::StatusOr<NewTask> ParseNewTask(std::string_view field, const v1::Task& task) {
  FieldErrors errors;
  NewTask out;
  auto kind = ParseTaskKindName(Path(field, "kind"), task.kind());
  errors.Add(kind.status());
  if (kind.ok()) out.kind = *kind;
  if (task.has_priority()) {
    if (task.priority() < 0 || task.priority() > 9) errors.Add(Path(field, "priority"), "must be 0 to 9");
    out.priority = task.priority();
  }
  if (task.has_due_time()) {
    auto due = ParseTime(Path(field, "due_time"), task.due_time());
    errors.Add(due.status());
    if (due.ok()) out.due = *due;
  }
  if (task.has_start_time()) {
    auto start = ParseTime(Path(field, "start_time"), task.start_time());
    errors.Add(start.status());
    if (start.ok()) out.start = *start;
  }
  errors.Add(CheckWorker(Path(field, "assignee"), task.assignee()));
  out.assignee = task.assignee();
  if (!errors.empty()) return errors.status();
  return out;
}

absl::StatusOr<TaskQuery> ParseListTasks(const v1::ListTasksRequest& request) {
  TaskQuery out;
  if (!request.area().empty()) {
    ASSIGN_OR_RETURN(out.area, ParseAreaPath("area", request.area()));
  }
  if (!v1::TaskState_IsValid(request.state())) return BadField("state", "must be a state of tasks");
  if (request.state() != v1::TASK_STATE_UNSPECIFIED) out.state = static_cast<TaskState>(request.state());
  if (request.has_due_before_time()) {
    ASSIGN_OR_RETURN(out.due_before, ParseTime("due_before_time", request.due_before_time()));
  }
  RETURN_IF_ERROR(CheckWorker("worker", request.worker()));
  out.worker = request.worker();
  if (!request.place().empty()) {
    ASSIGN_OR_RETURN(out.place, ParseName("place", "places", request.place()));
  }
  ASSIGN_OR_RETURN(out.limit, ParsePageSize(request.page_size()));
  return out;
}

absl::StatusOr<ClaimTasks> ParseClaim(const v1::ClaimTasksRequest& request) {
  if (request.max_tasks() < 1 || request.max_tasks() > kClaimTasks)
    return BadField("max_tasks", fmt::format("must be 1 to {}", kClaimTasks));
  ClaimTasks out{.max = static_cast<size_t>(request.max_tasks())};
  if (!request.area().empty()) {
    ASSIGN_OR_RETURN(out.area, ParseAreaPath("area", request.area()));
  }
  if (request.has_offline_until_time()) {
    ASSIGN_OR_RETURN(out.offline_until, ParseTime("offline_until_time", request.offline_until_time()));
  }
  return out;
}

absl::StatusOr<std::vector<LeaseName>> ParseHeartbeat(const v1::HeartbeatRequest& request) {
  RETURN_IF_ERROR(CheckLeases(request.leases_size()));
  std::vector<LeaseName> out;
  for (int i = 0; i < request.leases_size(); ++i) {
    const v1::LeaseName& lease = request.leases(i);
    ASSIGN_OR_RETURN(Uuid task, ParseTaskName(fmt::format("leases[{}].name", i), lease.name()));
    ASSIGN_OR_RETURN(int attempt, ParseAttempt(fmt::format("leases[{}].attempt", i), lease.attempt()));
    out.push_back({task, attempt});
  }
  return out;
}

absl::StatusOr<KeepLeases> ParseKeepOffline(const v1::KeepOfflineRequest& request) {
  RETURN_IF_ERROR(CheckLeases(request.leases_size()));
  KeepLeases out;
  for (int i = 0; i < request.leases_size(); ++i) {
    ASSIGN_OR_RETURN(int attempt, ParseAttempt(fmt::format("leases[{}].attempt", i), request.leases(i).attempt()));
    out.attempts.push_back(attempt);
  }
  ASSIGN_OR_RETURN(out.until, ParseTime("offline_until_time", request.offline_until_time()));
  return out;
}

absl::StatusOr<FailTask> ParseFail(const v1::FailTaskRequest& request) {
  FailTask out;
  ASSIGN_OR_RETURN(out.attempt, ParseAttempt("attempt", request.attempt()));
  ASSIGN_OR_RETURN(out.reason, ParseReason<FailReason>(request.reason(), v1::FailReason_IsValid(request.reason())));
  return out;
}

absl::StatusOr<ReplayTask> ParseReplay(const v1::ReplayTaskRequest& request) {
  ReplayTask out;
  ASSIGN_OR_RETURN(out.version, ParseEtag("etag", request.etag()));
  ASSIGN_OR_RETURN(out.reason, ParseReason<ReplayReason>(request.reason(), v1::ReplayReason_IsValid(request.reason())));
  return out;
}

absl::StatusOr<ReassignTask> ParseReassign(const v1::ReassignTaskRequest& request) {
  ReassignTask out;
  ASSIGN_OR_RETURN(out.version, ParseEtag("etag", request.etag()));
  RETURN_IF_ERROR(CheckWorker("assignee", request.assignee()));
  out.assignee = request.assignee();
  ASSIGN_OR_RETURN(out.reason, ParseReason<AssignReason>(request.reason(), v1::AssignReason_IsValid(request.reason())));
  return out;
}

absl::StatusOr<ListLate> ParseListLate(const v1::ListLateSubmissionsRequest& request) {
  ListLate out;
  if (!request.area().empty()) {
    ASSIGN_OR_RETURN(out.area, ParseAreaPath("area", request.area()));
  }
  ASSIGN_OR_RETURN(out.limit, ParsePageSize(request.page_size()));
  return out;
}

absl::StatusOr<DecideLate> ParseDecide(const v1::DecideLateSubmissionRequest& request) {
  using Request = v1::DecideLateSubmissionRequest;
  DecideLate out;
  if (request.decision() == Request::DECISION_ACCEPT) {
    out.state = SubmissionState::kAccepted;
  } else if (request.decision() == Request::DECISION_DUPLICATE) {
    out.state = SubmissionState::kDuplicate;
  } else if (request.decision() == Request::DECISION_SECOND_VISIT) {
    out.state = SubmissionState::kSecondVisit;
  } else {
    return BadField("decision", "must be ACCEPT, DUPLICATE or SECOND_VISIT");
  }
  ASSIGN_OR_RETURN(out.note,
                   ParseText("note", request.note(), {.min = 0, .max = scope::kItemNoteCharacters, .multiline = true}));
  return out;
}

absl::StatusOr<SubmitTask> ParseSubmit(const v1::SubmitTaskRequest& request) {
  SubmitTask out;
  ASSIGN_OR_RETURN(out.attempt, ParseAttempt("attempt", request.attempt()));
  if (request.form_version() < 1) return BadField("form_version", "must be the version that the answers are made for");
  out.form_version = request.form_version();
  ASSIGN_OR_RETURN(out.answers, ParseAnswers(request.answers()));
  ASSIGN_OR_RETURN(out.findings, ParseFindings(request.findings()));
  if (request.has_location()) {
    ASSIGN_OR_RETURN(out.location, ParsePoint("location", request.location()));
  }
  return out;
}

absl::StatusOr<ReviewTask> ParseReview(const v1::ReviewTaskRequest& request) {
  ReviewTask out;
  ASSIGN_OR_RETURN(out.version, ParseEtag("etag", request.etag()));
  if (request.verdict() != v1::ReviewTaskRequest::VERDICT_ACCEPT &&
      request.verdict() != v1::ReviewTaskRequest::VERDICT_RETURN)
    return BadField("verdict", "must be ACCEPT or RETURN");
  out.accept = request.verdict() == v1::ReviewTaskRequest::VERDICT_ACCEPT;
  ASSIGN_OR_RETURN(out.note,
                   ParseText("note", request.note(),
                             {.min = out.accept ? 0 : 1, .max = scope::kItemNoteCharacters, .multiline = true}));
  return out;
}

absl::StatusOr<int64_t> ParseCancel(const v1::CancelTaskRequest& request) {
  if (!v1::CancelTaskRequest::Reason_IsValid(request.reason()) ||
      request.reason() == v1::CancelTaskRequest::REASON_UNSPECIFIED)
    return BadField("reason", "must be one of the reasons");
  return ParseEtag("etag", request.etag());
}

v1::Task ToProto(const Task& task) {
  v1::Task out;
  out.set_name(TaskName(task.id));
  out.set_etag(EtagOf(task.version));
  out.set_kind(TaskKindName(task.kind));
  out.set_place("places/" + task.place.ToString());
  out.set_grid(task.grid);
  out.set_state(static_cast<v1::TaskState>(task.state));
  out.set_priority(task.priority);
  if (task.due) *out.mutable_due_time() = ToTimestamp(*task.due);
  out.set_assignee(task.assignee);
  out.set_claimant(task.claimant);
  out.set_attempt(task.attempt);
  if (task.lease_until) *out.mutable_lease_expire_time() = ToTimestamp(*task.lease_until);
  out.set_return_note(task.return_note);
  out.set_form_version(task.form_version);
  *out.mutable_create_time() = ToTimestamp(task.created);
  *out.mutable_update_time() = ToTimestamp(task.updated);
  if (task.state == TaskState::kClaimed) out.set_lease_kind(static_cast<v1::LeaseKind>(task.lease_kind));
  if (task.start) *out.mutable_start_time() = ToTimestamp(*task.start);
  out.set_failures(task.failures);
  out.set_leases_over(task.leases_over);
  const std::vector<std::string> needed = absl::StrSplit(task.qualifications, ',', absl::SkipEmpty());
  for (const std::string& code : needed) out.add_qualifications(code);
  out.set_assign_reason(static_cast<v1::AssignReason>(task.assign_reason));
  out.set_replay_reason(static_cast<v1::ReplayReason>(task.replay_reason));
  out.set_second_visit_of(task.second_visit_of);
  return out;
}

absl::StatusOr<std::string> ParseWatch(const v1::WatchTasksRequest& request) {
  if (request.area().empty()) return std::string();
  return ParseAreaPath("area", request.area());
}

v1::WatchTasksResponse ToProto(const std::vector<Work>& work) {
  v1::WatchTasksResponse out;
  for (const Work& one : work) {
    auto* told = out.add_work();
    told->set_grid(one.lane.grid);
    for (auth::Role role : RolesOf(one.lane.roles)) told->add_roles(role);
    told->set_assigned(one.assigned);
  }
  return out;
}

v1::HeartbeatResponse ToProto(const std::vector<LeaseName>& leases, const std::vector<LeaseState>& states) {
  v1::HeartbeatResponse out;
  for (size_t i = 0; i < leases.size() && i < states.size(); ++i) {
    v1::HeartbeatResponse::Lease& lease = *out.add_leases();
    lease.set_name(TaskName(leases[i].task));
    lease.set_attempt(leases[i].attempt);
    if (!states[i].until) continue;
    *lease.mutable_lease_expire_time() = ToTimestamp(*states[i].until);
    lease.set_lease_kind(static_cast<v1::LeaseKind>(states[i].kind));
  }
  return out;
}

v1::TaskAttempt ToProto(const Attempt& attempt, const Task& task) {
  bool ended =
      task.state == TaskState::kAccepted || task.state == TaskState::kCancelled || task.state == TaskState::kExpired;
  v1::TaskAttempt out;
  out.set_attempt(attempt.attempt);
  if (!ended) out.set_worker(attempt.worker);
  out.set_outcome(static_cast<v1::AttemptOutcome>(attempt.end.outcome));
  if (attempt.end.outcome == AttemptOutcome::kFailed)
    out.set_fail_reason(static_cast<v1::FailReason>(attempt.end.reason));
  if (attempt.end.outcome == AttemptOutcome::kReassigned)
    out.set_assign_reason(static_cast<v1::AssignReason>(attempt.end.reason));
  *out.mutable_claim_time() = ToTimestamp(attempt.claimed);
  if (attempt.ended) *out.mutable_end_time() = ToTimestamp(*attempt.ended);
  return out;
}

std::string SerializeContent(const SubmitTask& submit) {
  v1::Submission content;
  for (const Answer& answer : submit.answers) *content.add_answers() = ToProto(answer);
  for (const Finding& finding : submit.findings) *content.add_findings() = ToProto(finding);
  return content.SerializeAsString();
}

v1::Submission ToProto(const Submission& submission) {
  v1::Submission out;
  out.ParseFromString(submission.content);
  out.set_name(fmt::format("{}/submissions/{}", TaskName(submission.task), submission.attempt));
  out.set_state(static_cast<v1::SubmissionState>(submission.state));
  out.set_worker(submission.worker);
  out.set_form_version(submission.form_version);
  if (submission.near_place) out.set_near_place(*submission.near_place);
  out.set_review_note(submission.review_note);
  *out.mutable_create_time() = ToTimestamp(submission.created);
  if (submission.second_visit) out.set_second_visit(TaskName(*submission.second_visit));
  return out;
}

}  // namespace gridwork::tasks
