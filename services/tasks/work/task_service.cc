#include "services/tasks/work/task_service.h"

#include <absl/random/random.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/rpc/status_map.h"
#include "services/tasks/work/task_convert.h"
#include "services/tasks/work/task_errors.h"

namespace gridwork::tasks {

void TaskService::Register(rpc::FrontDoor& door) {
  door.FactsOf("Place", &place_facts_, &PlaceFacts::Load)
      .FactsOf("Task", this, &TaskService::LoadTask)
      .FactsOf("ClaimedTask", this, &TaskService::LoadClaimedTask)
      .FactsOf("Submission", this, &TaskService::LoadSubmission);
  door.On("CreateTask", this, &TaskService::CreateTask)
      .On("BatchCreateTasks", this, &TaskService::BatchCreateTasks)
      .On("GetTask", this, &TaskService::GetTask)
      .On("ListTasks", this, &TaskService::ListTasks)
      .On("ClaimTasks", this, &TaskService::ClaimTasks)
      .OnLater("Heartbeat", this, &TaskService::Heartbeat)
      .OnStream("WatchTasks", this, &TaskService::WatchTasks)
      .On("KeepOffline", this, &TaskService::KeepOffline)
      .On("SubmitTask", this, &TaskService::SubmitTask)
      .On("ReviewTask", this, &TaskService::ReviewTask)
      .On("CancelTask", this, &TaskService::CancelTask)
      .On("ReleaseTask", this, &TaskService::ReleaseTask)
      .On("FailTask", this, &TaskService::FailTask)
      .On("ReplayTask", this, &TaskService::ReplayTask)
      .On("ReassignTask", this, &TaskService::ReassignTask)
      .On("ListTaskAttempts", this, &TaskService::ListTaskAttempts)
      .On("ListLateSubmissions", this, &TaskService::ListLateSubmissions)
      .On("DecideLateSubmission", this, &TaskService::DecideLateSubmission)
      .On("ListSubmissions", this, &TaskService::ListSubmissions);
}

absl::StatusOr<rpc::Loaded<Task>> TaskService::LoadTask(const std::string& name) {
  ASSIGN_OR_RETURN(Uuid id, ParseTaskName("name", name));
  ASSIGN_OR_RETURN(Task task, tasks_.Find(id));
  return rpc::Loaded<Task>{{.area = task.grid, .claimants = {task.claimant}}, task};
}

absl::StatusOr<rpc::Loaded<ClaimedTask>> TaskService::LoadClaimedTask(const std::string& name) {
  ASSIGN_OR_RETURN(Uuid id, ParseTaskName("name", name));
  return LoadClaimed(tasks_, id);
}

absl::StatusOr<rpc::Loaded<TaskResult>> TaskService::LoadSubmission(const std::string& name) {
  ASSIGN_OR_RETURN(SubmissionName parsed, ParseSubmissionName("name", name));
  ASSIGN_OR_RETURN(Task task, tasks_.Find(parsed.task));
  ASSIGN_OR_RETURN(Submission submission, tasks_.FindSubmission(parsed.task, parsed.attempt));
  return rpc::Loaded<TaskResult>{{.area = task.grid}, {task, submission}};
}

double TaskService::Random() {
  thread_local absl::BitGen random;
  return absl::Uniform(random, 0.0, 1.0);
}

absl::StatusOr<Task> TaskService::MakeTask(std::string_view field, const v1::Task& task, const Place& place,
                                           absl::Time now, KnownKinds& known) {
  ASSIGN_OR_RETURN(NewTask wanted, ParseNewTask(field, task));
  std::string kind_field = fmt::format("{}.kind", field);
  auto found = known.find(wanted.kind);
  if (found == known.end()) found = known.emplace(wanted.kind, kinds_.Find(wanted.kind)).first;
  const absl::StatusOr<TaskKind>& kind = found->second;
  if (absl::IsNotFound(kind.status())) return errors::TaskKindUnknown(kind_field);
  if (!kind.ok()) return kind.status();
  if (!auth::Holds(kind->area, place.grid)) return errors::TaskKindNotUsedHere(kind_field);

  return Task{.id = Uuid::V7(now),
              .kind = kind->code,
              .place = place.id,
              .grid = place.grid,
              .roles = RoleLetters(kind->claim_roles),
              .qualifications = QualificationsKey(kind->qualifications),
              .priority = wanted.priority.value_or(kind->priority),
              .due = wanted.due,
              .assignee = wanted.assignee,
              .start = wanted.start,
              .form_version = kind->form.version,
              .created = now,
              .updated = now};
}

absl::StatusOr<v1::Task> TaskService::CreateTask(const rpc::CallContext& call, const v1::CreateTaskRequest& request,
                                                 Unit& unit, const Place& place) {
  KnownKinds known;
  ASSIGN_OR_RETURN(Task task, MakeTask("task", request.task(), place, call.now, known));
  std::vector<Task> made = {std::move(task)};
  RETURN_IF_ERROR(Add(unit, made));
  return ToProto(made[0]);
}

absl::Status TaskService::Add(Unit& unit, std::vector<Task>& tasks) {
  RETURN_IF_ERROR(PutAtPlaces(unit, tasks));
  if (std::any_of(tasks.begin(), tasks.end(), [](const Task& task) { return task.start.has_value(); })) {
    ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
    for (Task& task : tasks) Enter(task, now);
  }
  return tasks_.Create(unit, tasks);
}

absl::Status TaskService::PutAtPlaces(Unit& unit, std::vector<Task>& tasks) {
  std::set<Uuid> ids;
  for (const Task& task : tasks) ids.insert(task.place);
  ASSIGN_OR_RETURN(auto places, places_.Keep(unit, {ids.begin(), ids.end()}));
  std::map<Uuid, std::string> grids;
  for (const Place& place : places) grids[place.id] = place.grid;
  for (Task& task : tasks) task.grid = grids.at(task.place);
  return absl::OkStatus();
}

absl::StatusOr<v1::BatchCreateTasksResponse> TaskService::BatchCreateTasks(const rpc::CallContext& call,
                                                                           const v1::BatchCreateTasksRequest& request,
                                                                           Unit& unit,
                                                                           const rpc::Batch<Place>& places) {
  if (request.tasks().empty()) return BadField("tasks", "must have 1 to 500");
  v1::BatchCreateTasksResponse out;
  std::vector<Task> made;
  std::vector<int> at;  // their verdicts
  KnownKinds known;
  for (int i = 0; i < request.tasks_size(); ++i) {
    const auto& place = places[i];
    auto task =
        place.ok() ? MakeTask(fmt::format("tasks[{}]", i), request.tasks(i), *place, call.now, known) : place.status();
    if (absl::IsUnavailable(task.status())) return task.status();  // no verdict on the task
    auto* verdict = out.add_verdicts();
    if (task.ok()) {
      made.push_back(*std::move(task));
      at.push_back(i);
    } else {
      *verdict->mutable_error() = rpc::ToRpcStatus(task.status());
    }
  }
  RETURN_IF_ERROR(Add(unit, made));
  for (size_t i = 0; i < made.size(); ++i) *out.mutable_verdicts(at[i])->mutable_task() = ToProto(made[i]);
  return out;
}

absl::StatusOr<v1::Task> TaskService::GetTask(const rpc::CallContext&, const v1::GetTaskRequest&, const Task& found) {
  return ToProto(found);
}

absl::StatusOr<v1::ListTasksResponse> TaskService::ListTasks(const rpc::CallContext& call,
                                                             const v1::ListTasksRequest& request,
                                                             const auth::Scope& scope) {
  ASSIGN_OR_RETURN(TaskQuery query, ParseListTasks(request));
  v1::ListTasksRequest filter = request;
  filter.clear_page_token();
  const std::string filters = filter.SerializeAsString();
  ASSIGN_OR_RETURN(query.after, page_tokens_.Open({call.method, call.caller.id, filters}, request.page_token()));

  ASSIGN_OR_RETURN(auto page, tasks_.List(scope, query));
  v1::ListTasksResponse out;
  for (const Task& task : page.rows) *out.add_tasks() = ToProto(task);
  out.set_next_page_token(page_tokens_.Seal({call.method, call.caller.id, filters}, page.next));
  return out;
}

absl::StatusOr<v1::ClaimTasksResponse> TaskService::ClaimTasks(const rpc::CallContext& call,
                                                               const v1::ClaimTasksRequest& request, Unit& unit,
                                                               const auth::Scope& scope) {
  ASSIGN_OR_RETURN(auto wanted, ParseClaim(request));
  ASSIGN_OR_RETURN(auto claimed, claimer_.Claim(unit, call.caller, scope, wanted));
  v1::ClaimTasksResponse out;
  for (const Task& task : claimed) *out.add_tasks() = ToProto(task);
  return out;
}

void TaskService::Heartbeat(const rpc::CallContext& call, const v1::HeartbeatRequest& request,
                            rpc::Later<v1::HeartbeatResponse> answer) {
  auto leases = ParseHeartbeat(request);
  if (!leases.ok()) return answer(leases.status());
  heartbeats_.Beat(call.caller.id, *leases,
                   [leases = *leases, answer = std::move(answer)](absl::StatusOr<std::vector<LeaseState>> states) {
                     if (!states.ok()) return answer(states.status());
                     answer(ToProto(leases, *states));
                   });
}

absl::Status TaskService::WatchTasks(const rpc::CallContext& call, const v1::WatchTasksRequest& request,
                                     const auth::Scope& scope, rpc::Stream<v1::WatchTasksResponse> stream) {
  ASSIGN_OR_RETURN(std::string area, ParseWatch(request));
  watches_.Add({.caller = call.caller,
                .areas = Within(scope, area),
                .tell = [stream](const std::vector<Work>& work) { return stream.Send(ToProto(work)); },
                .open = [stream = std::move(stream)] { return stream.open(); }});
  return absl::OkStatus();
}

absl::StatusOr<v1::KeepOfflineResponse> TaskService::KeepOffline(const rpc::CallContext& call,
                                                                 const v1::KeepOfflineRequest& request, Unit& unit,
                                                                 const rpc::Batch<ClaimedTask>& found) {
  ASSIGN_OR_RETURN(KeepLeases keep, ParseKeepOffline(request));
  std::vector<Uuid> ids;
  for (const auto& claimed : found) {
    if (claimed.ok()) ids.push_back(claimed->task.id);
  }
  ASSIGN_OR_RETURN(auto locked, tasks_.LockAll(unit, ids));
  ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
  RETURN_IF_ERROR(CheckOfflineUntil(keep.until, now));

  std::map<Uuid, Task> tasks;
  for (Task& task : locked) tasks.emplace(task.id, std::move(task));
  v1::KeepOfflineResponse out;
  for (size_t i = 0; i < found.size(); ++i) {
    auto* verdict = out.add_verdicts();
    absl::Status status = found[i].status();
    Task* task = status.ok() ? &tasks[found[i]->task.id] : nullptr;
    if (status.ok()) status = tasks::KeepOffline(*task, call.caller.id, keep.attempts[i], keep.until, now);
    if (status.ok()) {
      RETURN_IF_ERROR(tasks_.Update(unit, *task));
      *verdict->mutable_task() = ToProto(*task);
    } else {
      *verdict->mutable_error() = rpc::ToRpcStatus(status);
    }
  }
  return out;
}

absl::StatusOr<v1::Submission> TaskService::SubmitTask(const rpc::CallContext& call,
                                                       const v1::SubmitTaskRequest& request, Unit& unit,
                                                       const ClaimedTask& found) {
  ASSIGN_OR_RETURN(tasks::SubmitTask submit, ParseSubmit(request));
  // The claim was committed before its answer left, so that it was found.
  if (!found.WasClaimedBy(call.caller.id, submit.attempt)) return errors::TaskNotYours();
  ASSIGN_OR_RETURN(TaskKind kind, kinds_.Find(found.task.kind));
  auto form = forms_.Get(kind.code, submit.form_version);
  if (absl::IsNotFound(form.status()) || submit.form_version < found.task.form_version)
    return errors::FormVersionUnknown(submit.form_version, kind.form.version);
  if (!form.ok()) return form.status();
  RETURN_IF_ERROR(CheckAnswers((*form)->form, submit.answers, submit.findings, CodeBook::Shipped()));
  ASSIGN_OR_RETURN(auto near_place, NearPlace(kind, found.task, submit.location));

  // From here on under the lock of the task: the claim may just be ending. Only the unit asks the database now: a call
  // that held its connection and waited for a second one could wait for others that do the same.
  ASSIGN_OR_RETURN(Task task, tasks_.Lock(unit, found.task.id));
  ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
  Submission result{.task = task.id,
                    .attempt = submit.attempt,
                    .state = Submit(task, call.caller.id, submit.attempt, now),
                    .worker = call.caller.id,
                    .form_version = submit.form_version,
                    .content = SerializeContent(submit),
                    .near_place = near_place,
                    .created = now};
  RETURN_IF_ERROR(tasks_.AddSubmission(unit, result));
  if (result.state == SubmissionState::kSubmitted) RETURN_IF_ERROR(tasks_.Update(unit, task));
  return ToProto(result);
}

absl::StatusOr<std::optional<bool>> TaskService::NearPlace(const TaskKind& kind, const Task& task,
                                                           const std::optional<LatLng>& location) {
  if (kind.within_metres == 0 || !location) return std::nullopt;
  ASSIGN_OR_RETURN(Place place, places_.Find(task.place));
  if (!place.location) return std::nullopt;
  return DistanceMetres(*place.location, *location) <= kind.within_metres;
}

absl::StatusOr<Task> TaskService::LockUnchanged(Unit& unit, const Uuid& id, int64_t version) {
  ASSIGN_OR_RETURN(Task task, tasks_.Lock(unit, id));
  if (task.version != version) return errors::EtagMismatch(task.version);
  return task;
}

absl::StatusOr<v1::Task> TaskService::ReviewTask(const rpc::CallContext& call, const v1::ReviewTaskRequest& request,
                                                 Unit& unit, const Task& found) {
  ASSIGN_OR_RETURN(tasks::ReviewTask review, ParseReview(request));
  ASSIGN_OR_RETURN(Task task, LockUnchanged(unit, found.id, review.version));
  ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
  RETURN_IF_ERROR(review.accept ? Accept(task, call.caller.id, now) : Return(task, call.caller.id, review.note, now));

  RETURN_IF_ERROR(tasks_.Update(unit, task));
  RETURN_IF_ERROR(tasks_.UpdateSubmission(unit, task.id, task.attempt,
                                          review.accept ? SubmissionState::kAccepted : SubmissionState::kReturned,
                                          review.note));
  return ToProto(task);
}

absl::StatusOr<v1::Task> TaskService::CancelTask(const rpc::CallContext&, const v1::CancelTaskRequest& request,
                                                 Unit& unit, const Task& found) {
  ASSIGN_OR_RETURN(int64_t version, ParseCancel(request));
  ASSIGN_OR_RETURN(Task task, LockUnchanged(unit, found.id, version));
  ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
  RETURN_IF_ERROR(Cancel(task, now));
  RETURN_IF_ERROR(tasks_.Update(unit, task));
  return ToProto(task);
}

absl::StatusOr<v1::Task> TaskService::ReleaseTask(const rpc::CallContext& call, const v1::ReleaseTaskRequest& request,
                                                  Unit& unit, const ClaimedTask& found) {
  ASSIGN_OR_RETURN(Task task, tasks_.Lock(unit, found.task.id));
  ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
  RETURN_IF_ERROR(Release(task, call.caller.id, request.attempt(), now));
  RETURN_IF_ERROR(tasks_.Update(unit, task));
  return ToProto(task);
}

absl::StatusOr<v1::Task> TaskService::FailTask(const rpc::CallContext& call, const v1::FailTaskRequest& request,
                                               Unit& unit, const ClaimedTask& found) {
  ASSIGN_OR_RETURN(tasks::FailTask fail, ParseFail(request));
  ASSIGN_OR_RETURN(TaskKind kind, kinds_.Find(found.task.kind));
  ASSIGN_OR_RETURN(Task task, tasks_.Lock(unit, found.task.id));
  ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
  RETURN_IF_ERROR(Fail(task, call.caller.id, fail.attempt, fail.reason, kind.max_failures,
                       RetryDelay(task.failures + 1, random_()), now));
  RETURN_IF_ERROR(tasks_.Update(unit, task));
  return ToProto(task);
}

absl::StatusOr<v1::Task> TaskService::ReplayTask(const rpc::CallContext&, const v1::ReplayTaskRequest& request,
                                                 Unit& unit, const Task& found) {
  ASSIGN_OR_RETURN(tasks::ReplayTask replay, ParseReplay(request));
  ASSIGN_OR_RETURN(Task task, LockUnchanged(unit, found.id, replay.version));
  ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
  RETURN_IF_ERROR(Replay(task, replay.reason, now));
  RETURN_IF_ERROR(tasks_.Update(unit, task));
  return ToProto(task);
}

absl::StatusOr<v1::Task> TaskService::ReassignTask(const rpc::CallContext&, const v1::ReassignTaskRequest& request,
                                                   Unit& unit, const Task& found) {
  ASSIGN_OR_RETURN(tasks::ReassignTask reassign, ParseReassign(request));
  ASSIGN_OR_RETURN(Task task, LockUnchanged(unit, found.id, reassign.version));
  ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
  RETURN_IF_ERROR(Reassign(task, reassign.assignee, reassign.reason, now));
  RETURN_IF_ERROR(tasks_.Update(unit, task));
  return ToProto(task);
}

absl::StatusOr<v1::ListTaskAttemptsResponse> TaskService::ListTaskAttempts(const rpc::CallContext& call,
                                                                           const v1::ListTaskAttemptsRequest& request,
                                                                           const Task& found) {
  ASSIGN_OR_RETURN(size_t limit, ParsePageSize(request.page_size()));
  const std::vector<std::string_view> context{call.method, call.caller.id, request.parent()};
  ASSIGN_OR_RETURN(std::string after, page_tokens_.Open(context, request.page_token()));
  int last = after.empty() ? 0 : std::stoi(after);
  ASSIGN_OR_RETURN(auto attempts, tasks_.Attempts(found.id));
  v1::ListTaskAttemptsResponse out;
  for (const Attempt& attempt : attempts) {
    if (attempt.attempt <= last) continue;
    if (static_cast<size_t>(out.attempts_size()) == limit) {
      out.set_next_page_token(page_tokens_.Seal(context, std::to_string(last)));
      break;
    }
    *out.add_attempts() = ToProto(attempt, found);
    last = attempt.attempt;
  }
  return out;
}

absl::StatusOr<v1::ListLateSubmissionsResponse> TaskService::ListLateSubmissions(
    const rpc::CallContext& call, const v1::ListLateSubmissionsRequest& request, const auth::Scope& scope) {
  ASSIGN_OR_RETURN(ListLate list, ParseListLate(request));
  const std::vector<std::string_view> context{call.method, call.caller.id, list.area};
  ASSIGN_OR_RETURN(std::string after, page_tokens_.Open(context, request.page_token()));
  ASSIGN_OR_RETURN(auto page, tasks_.ListLate(scope, list.area, list.limit, after));
  v1::ListLateSubmissionsResponse out;
  for (const Submission& submission : page.rows) *out.add_submissions() = ToProto(submission);
  out.set_next_page_token(page_tokens_.Seal(context, page.next));
  return out;
}

absl::StatusOr<v1::DecideLateSubmissionResponse> TaskService::DecideLateSubmission(
    const rpc::CallContext& call, const v1::DecideLateSubmissionRequest& request, Unit& unit, const TaskResult& found) {
  ASSIGN_OR_RETURN(DecideLate decide, ParseDecide(request));
  // Under the lock of the task: two dispatchers do not decide at once.
  ASSIGN_OR_RETURN(Task task, tasks_.Lock(unit, found.task.id));
  ASSIGN_OR_RETURN(Submission late, tasks_.ReadSubmission(unit, task.id, found.submission.attempt));
  ASSIGN_OR_RETURN(absl::Time now, tasks_.Now(unit));
  RETURN_IF_ERROR(CheckLate(late, call.caller.id));

  v1::DecideLateSubmissionResponse out;
  if (decide.state == SubmissionState::kAccepted) {
    ASSIGN_OR_RETURN(auto waiting, AcceptLate(task, late, call.caller.id, now));
    RETURN_IF_ERROR(tasks_.Update(unit, task));
    if (waiting) RETURN_IF_ERROR(tasks_.UpdateSubmission(unit, task.id, *waiting, SubmissionState::kLate, ""));
  } else if (decide.state == SubmissionState::kSecondVisit) {
    const Task second = SecondVisit(task, late, now);
    RETURN_IF_ERROR(tasks_.Create(unit, {second}));
    late.second_visit = second.id;
    *out.mutable_second_visit() = ToProto(second);
  }
  late.state = decide.state;
  late.review_note = decide.note;
  RETURN_IF_ERROR(
      tasks_.UpdateSubmission(unit, task.id, late.attempt, late.state, late.review_note, late.second_visit));
  *out.mutable_submission() = ToProto(late);
  *out.mutable_task() = ToProto(task);
  return out;
}

absl::StatusOr<v1::ListSubmissionsResponse> TaskService::ListSubmissions(const rpc::CallContext& call,
                                                                         const v1::ListSubmissionsRequest& request,
                                                                         const ClaimedTask& found) {
  ASSIGN_OR_RETURN(size_t limit, ParsePageSize(request.page_size()));
  ASSIGN_OR_RETURN(std::string after,
                   page_tokens_.Open({call.method, call.caller.id, request.parent()}, request.page_token()));
  int first = after.empty() ? 0 : std::stoi(after);
  ASSIGN_OR_RETURN(auto submissions, tasks_.Submissions(found.task.id));  // few: one an attempt
  v1::ListSubmissionsResponse out;
  for (const Submission& submission : submissions) {
    if (submission.attempt <= first) continue;
    if (static_cast<size_t>(out.submissions_size()) == limit) {
      std::string last = std::to_string(first);
      out.set_next_page_token(page_tokens_.Seal({call.method, call.caller.id, request.parent()}, last));
      break;
    }
    *out.add_submissions() = ToProto(submission);
    first = submission.attempt;
  }
  return out;
}

}  // namespace gridwork::tasks
