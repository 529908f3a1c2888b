// Work from its creation to its acceptance.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "common/base/uuid.h"
#include "common/rpc/status_map.h"
#include "gridwork/tasks/v1/task_kind_service.grpc.pb.h"
#include "gridwork/tasks/v1/task_service.grpc.pb.h"
#include "tools/gridctl/answers.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/task_file.h"
#include "tools/gridctl/task_text.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace tasks::v1;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

// ---- create

struct CreateArgs {
  std::string file;
  std::string kind;
  std::string place;
  std::string due;
  std::string start;
  std::string assignee;
  int priority = -1;
  bool allow_rejected = false;
  std::string request_id;
};

void DeclareCreate(CLI::App& command, CreateArgs& args) {
  auto* file = command.add_option("--file", args.file, "Many: one JSON object a line")->type_name("FILE");
  command.add_option("--kind", args.kind, "Code of the task kind")->excludes(file)->type_name("CODE");
  command.add_option("--place", args.place, "places/UUID")->excludes(file)->type_name("PLACE");
  command.add_option("--due", args.due, "7d, a last day, or a time")->excludes(file)->type_name("WHEN");
  command.add_option("--start", args.start, "Not before: 7d, or a time")->excludes(file)->type_name("WHEN");
  command.add_option("--priority", args.priority, "0 (do it first) to 9; default: the kind's")
      ->excludes(file)
      ->check(CLI::Range(0, 9))
      ->type_name("N");
  command.add_option("--assignee", args.assignee, "Who alone may claim it: username or staff/UUID")
      ->excludes(file)
      ->type_name("STAFF");
  command.add_flag("--allow-rejected", args.allow_rejected, "With --file: ends with 0 although tasks were rejected");
  AddRequestId(command, args.request_id);
}

absl::Status CreateOne(Context& context, const CreateArgs& args) {
  if (args.kind.empty() || args.place.empty()) return UsageError("--kind and --place, or --file, are needed");
  CreateTaskRequest request;
  Task& task = *request.mutable_task();
  task.set_kind(NameIn("taskKinds", args.kind));
  task.set_place(NameIn("places", args.place));
  if (args.priority >= 0) task.set_priority(args.priority);
  if (!args.due.empty()) {
    ASSIGN_OR_RETURN(absl::Time due, ParseWhen("--due", args.due, absl::Now(), absl::LocalTimeZone()));
    *task.mutable_due_time() = ToProto(due);
  }
  if (!args.start.empty()) {
    ASSIGN_OR_RETURN(absl::Time start, ParseWhen("--start", args.start, absl::Now(), absl::LocalTimeZone()));
    *task.mutable_start_time() = ToProto(start);
  }
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*task.mutable_assignee(), StaffName(*session, args.assignee));
  return EmitOne(context, session->Call(&TaskService::Stub::CreateTask, request));
}

absl::Status CreateMany(Context& context, const CreateArgs& args) {
  std::ifstream in(args.file, std::ios::binary);
  if (!in) return Error(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE", args.file + ": cannot be opened");
  ASSIGN_OR_RETURN(Session * session, context.Open());
  json verdicts = json::array();
  Table rejected({"LINE", "FIELD", "RULE"});
  rejected.AlignRight(0);
  int64_t created = 0;
  int64_t refused = 0;
  // The id of the first batch may be given; the others of a long file are new ones.
  ASSIGN_OR_RETURN(std::string next_id, context.RequestId(args.request_id));
  TaskImport job;
  job.request_id = [&] {
    context.last_request_id = std::exchange(next_id, Uuid::V7(absl::Now()).ToString());
    return context.last_request_id;
  };
  job.call = [&](const BatchCreateTasksRequest& request) {
    return session->Call(&TaskService::Stub::BatchCreateTasks, request, As::kBulk);
  };
  job.verdict = [&](int64_t line, const TaskVerdict& verdict) {
    if (!verdict.has_error()) {
      ++created;
      verdicts.push_back({{"line", line}, {"task", verdict.task().name()}});
      return;
    }
    ++refused;
    absl::Status error = rpc::FromRpcStatus(verdict.error());
    std::string field;
    std::string rule(error.message());
    if (auto violations = FieldViolationsOf(error); !violations.empty()) std::tie(field, rule) = violations.front();
    rejected.Add({std::to_string(line), WithoutIndex(field), rule});
    verdicts.push_back({{"line", line}, {"reason", ReasonOf(error)}, {"field", WithoutIndex(field)}, {"rule", rule}});
  };
  absl::Status status = CreateTasks(in, job, absl::Now());
  if (status.ok() || created + refused > 0) {
    json document = {{"verdicts", std::move(verdicts)}, {"created", created}, {"rejected", refused}};
    context.output.EmitJson(document.dump(-1, ' ', false, json::error_handler_t::replace),
                            (rejected.empty() ? "" : rejected.ToString()) +
                                fmt::format("{} created, {} rejected\n", Count(created), Count(refused)));
  }
  RETURN_IF_ERROR(status);
  if (refused == 0 || args.allow_rejected) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "ROWS_REJECTED", fmt::format("{} rejected", Count(refused)));
}

absl::Status Create(Context& context, const CreateArgs& args) {
  return args.file.empty() ? CreateOne(context, args) : CreateMany(context, args);
}

// ---- list, show

struct ListArgs {
  std::string area;
  std::string state;
  std::string worker;
  std::string place;
  std::string due_before;
  int limit = 100;
};

void DeclareList(CLI::App& command, ListArgs& args) {
  command.add_option("--area", args.area, "Code or path: only tasks in it")->type_name("AREA");
  command.add_option("--state", args.state, EnumList(*TaskState_descriptor()))->type_name("STATE");
  command.add_option("--worker", args.worker, "Open tasks assigned to or held by them: username or staff/UUID")
      ->type_name("STAFF");
  command.add_option("--place", args.place, "places/UUID: only tasks there")->type_name("PLACE");
  command.add_option("--due-before", args.due_before, "7d, a last day, or a time")->type_name("WHEN");
  AddLimit(command, args.limit);
}

absl::Status List(Context& context, const ListArgs& args) {
  ListTasksRequest request;
  if (!args.state.empty()) {
    ASSIGN_OR_RETURN(TaskState state, ParseEnum<TaskState>("--state", args.state));
    request.set_state(state);
  }
  if (!args.due_before.empty()) {
    ASSIGN_OR_RETURN(absl::Time due, ParseWhen("--due-before", args.due_before, absl::Now(), absl::LocalTimeZone()));
    *request.mutable_due_before_time() = ToProto(due);
  }
  request.set_place(NameIn("places", args.place));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_area(), AreaPath(*session, args.area));
  ASSIGN_OR_RETURN(*request.mutable_worker(), StaffName(*session, args.worker));
  return EmitTasks(context, *session, request, args.limit);
}

struct NameArgs {
  std::string name;
  int limit = 100;
};

void DeclareShow(CLI::App& command, NameArgs& args) {
  command.add_option("name", args.name, "tasks/UUID")->required()->type_name("TASK");
}

absl::Status Show(Context& context, const NameArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  return EmitOne(context, GetTask(*session, args.name));
}

void DeclareSubmissions(CLI::App& command, NameArgs& args) {
  DeclareShow(command, args);
  AddLimit(command, args.limit);
}

absl::Status Submissions(Context& context, const NameArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ListSubmissionsRequest request;
  request.set_parent(NameIn("tasks", args.name));
  auto fetch = [&](const ListSubmissionsRequest& page) {
    return session->Call(&TaskService::Stub::ListSubmissions, page);
  };
  auto all = ReadPages<ListSubmissionsRequest, ListSubmissionsResponse>(
      request, args.limit, [](const auto& response) { return response.submissions_size(); }, fetch);
  if (!all.ok()) return all.status();
  std::string text;
  for (const auto& submission : all->submissions()) text += (text.empty() ? "" : "\n") + TextOf(submission);
  context.output.Emit(*all, text.empty() ? "none\n" : text);
  return absl::OkStatus();
}

// ---- claim, submit, release

struct ClaimArgs {
  int max = 1;
  std::string area;
  std::string offline;
  std::string hold;
  std::string request_id;
};

void DeclareClaim(CLI::App& command, ClaimArgs& args) {
  command.add_option("--max", args.max, "Tasks at most, 1 to 50")->check(CLI::Range(1, 50))->capture_default_str();
  command.add_option("--area", args.area, "Code or path: only tasks in it")->type_name("AREA");
  auto* offline = command.add_option("--offline", args.offline, "They hold until then, at most 96h")->type_name("WHEN");
  command.add_option("--hold", args.hold, "Sends heartbeats until then, or until all are lost")
      ->excludes(offline)
      ->type_name("WHEN");
  AddRequestId(command, args.request_id);
}

absl::Status Claim(Context& context, const ClaimArgs& args) {
  ClaimTasksRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_max_tasks(args.max);
  const absl::Time now = absl::Now();
  if (!args.offline.empty()) {
    ASSIGN_OR_RETURN(absl::Time until, ParseWhen("--offline", args.offline, now, absl::LocalTimeZone()));
    *request.mutable_offline_until_time() = ToProto(until);
  }
  absl::Time hold = absl::InfinitePast();
  if (!args.hold.empty()) {
    ASSIGN_OR_RETURN(hold, ParseWhen("--hold", args.hold, now, absl::LocalTimeZone()));
  }
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_area(), AreaPath(*session, args.area));
  ASSIGN_OR_RETURN(auto response, session->Call(&TaskService::Stub::ClaimTasks, request));
  context.output.Emit(TableOf(response.tasks()), response);
  return Hold(context, *session, response.tasks(), hold);
}

struct SubmitArgs {
  std::string name;
  int attempt = 0;
  std::string answers;
  std::string at;
  std::string request_id;
};

void DeclareSubmit(CLI::App& command, SubmitArgs& args) {
  command.add_option("name", args.name, "tasks/UUID")->required()->type_name("TASK");
  command.add_option("--attempt", args.attempt, "Of the claim")->required()->type_name("N");
  command.add_option("--answers", args.answers, "JSON file")->required()->type_name("FILE");
  command.add_option("--at", args.at, "Where it was made; compared with the place and dropped")->type_name("LAT,LON");
  AddRequestId(command, args.request_id);
}

// The newest form of the task's kind: a submission may be made for a newer one than the task's.
absl::StatusOr<Form> FormOf(Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(Task task, GetTask(session, name));
  GetTaskKindRequest request;
  request.set_name(task.kind());
  ASSIGN_OR_RETURN(TaskKind kind, session.Call(&TaskKindService::Stub::GetTaskKind, request));
  return kind.form();
}

absl::Status Submit(Context& context, const SubmitArgs& args) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(args.answers));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  Form form;
  bool needs_form = NeedsForm(text);
  if (needs_form) {
    ASSIGN_OR_RETURN(form, FormOf(*session, args.name));
  }
  ASSIGN_OR_RETURN(SubmitTaskRequest request, ParseAnswers(text, needs_form ? &form : nullptr));
  request.set_name(NameIn("tasks", args.name));
  request.set_attempt(args.attempt);
  if (request.form_version() == 0) {
    ASSIGN_OR_RETURN(Task task, GetTask(*session, args.name));
    request.set_form_version(task.form_version());
  }
  if (!args.at.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_location(), ParseLatLon("--at", args.at));
  }
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  return EmitOne(context, session->Call(&TaskService::Stub::SubmitTask, request));
}

struct ReleaseArgs {
  std::string name;
  int attempt = 0;
  std::string request_id;
};

void DeclareRelease(CLI::App& command, ReleaseArgs& args) {
  command.add_option("name", args.name, "tasks/UUID")->required()->type_name("TASK");
  command.add_option("--attempt", args.attempt, "Of the claim")->required()->type_name("N");
  AddRequestId(command, args.request_id);
}

absl::Status Release(Context& context, const ReleaseArgs& args) {
  ReleaseTaskRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(NameIn("tasks", args.name));
  request.set_attempt(args.attempt);
  ASSIGN_OR_RETURN(Session * session, context.Open());
  return EmitOne(context, session->Call(&TaskService::Stub::ReleaseTask, request));
}

// ---- review, cancel

struct ReviewArgs {
  std::string name;
  bool accept = false;
  std::string return_note;
  std::string note;
  std::string etag;
  std::string request_id;
};

void DeclareReview(CLI::App& command, ReviewArgs& args) {
  command.add_option("name", args.name, "tasks/UUID")->required()->type_name("TASK");
  auto* accept = command.add_flag("--accept", args.accept, "It is done");
  command.add_option("--return", args.return_note, "It is to be done again; the note says why")
      ->excludes(accept)
      ->type_name("NOTE");
  command.add_option("--note", args.note, "With --accept: about the work at the place")
      ->needs(accept)
      ->type_name("NOTE");
  AddEtag(command, args.etag);
  AddRequestId(command, args.request_id);
}

absl::Status Review(Context& context, const ReviewArgs& args) {
  if (!args.accept && args.return_note.empty()) return UsageError("--accept, or --return with a note, is needed");
  ReviewTaskRequest request;
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(NameIn("tasks", args.name));
  request.set_verdict(args.accept ? ReviewTaskRequest::VERDICT_ACCEPT : ReviewTaskRequest::VERDICT_RETURN);
  request.set_note(args.accept ? args.note : args.return_note);
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_etag(), TaskEtag(*session, args.name, args.etag));
  return EmitOne(context, session->Call(&TaskService::Stub::ReviewTask, request));
}

struct CancelArgs {
  std::string name;
  std::string reason;
  std::string etag;
  std::string request_id;
};

void DeclareCancel(CLI::App& command, CancelArgs& args) {
  command.add_option("name", args.name, "tasks/UUID")->required()->type_name("TASK");
  command.add_option("--reason", args.reason, EnumList(*CancelTaskRequest::Reason_descriptor()))
      ->required()
      ->type_name("REASON");
  AddEtag(command, args.etag);
  AddRequestId(command, args.request_id);
}

absl::Status Cancel(Context& context, const CancelArgs& args) {
  CancelTaskRequest request;
  ASSIGN_OR_RETURN(auto reason, ParseEnum<CancelTaskRequest::Reason>("--reason", args.reason));
  request.set_reason(reason);
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(NameIn("tasks", args.name));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_etag(), TaskEtag(*session, args.name, args.etag));
  return EmitOne(context, session->Call(&TaskService::Stub::CancelTask, request));
}

}  // namespace

void AddTaskCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "task", "Work at places");
  AddCommand<CreateArgs>(
      group, context,
      {"create", "Makes one task, or many from a file",
       "  gridctl task create --kind FOOD_INSPECTION --place places/01936b2f-... --due 7d\n"
       "  gridctl task create --file tasks.jsonl\n"
       "A line of the file: {\"kind\": \"FOOD_INSPECTION\", \"place\": \"places/...\", \"due\": \"7d\",\n"
       "    \"start\": \"1d\", \"priority\": 3, \"assignee\": \"staff/...\"}"},
      DeclareCreate, Create);
  AddCommand<ListArgs>(group, context,
                       {"list", "Tasks of your areas",
                        "  gridctl task list --area CA32 --state READY\n"
                        "  gridctl task list --worker wendy\n"
                        "  gridctl --json task list --state SUBMITTED --limit 0"},
                       DeclareList, List);
  AddCommand<NameArgs>(group, context, {"show", "One task", "  gridctl task show tasks/01936b2f-..."}, DeclareShow,
                       Show);
  AddCommand<NameArgs>(
      group, context, {"submissions", "What was submitted for a task", "  gridctl task submissions tasks/01936b2f-..."},
      DeclareSubmissions, Submissions);
  AddCommand<ClaimArgs>(group, context,
                        {"claim", "Takes tasks of your grids, each for two minutes; none is no error",
                         "  gridctl task claim --max 5\n"
                         "  gridctl task claim --area CA32-G07 --offline 10h\n"
                         "  gridctl task claim --hold 30m"},
                        DeclareClaim, Claim);
  AddCommand<SubmitArgs>(
      group, context,
      {"submit", "Hands in the result of a claimed task",
       "  gridctl task submit tasks/01936b2f-... --attempt 1 --answers answers.json \\\n"
       "      --at 41.880757,-87.634709\n"
       "The file: {\"answers\": {\"cold_holding\": \"PASS\", \"sinks\": 2}, \"findings\": []}, or answers as\n"
       "a list of {\"key\": \"sinks\", \"count\": 2}. See tools/gridctl/examples."},
      DeclareSubmit, Submit);
  AddCommand<ReviewArgs>(group, context,
                         {"review", "Accepts a submitted task, or returns it",
                          "  gridctl task review tasks/01936b2f-... --accept\n"
                          "  gridctl task review tasks/01936b2f-... --return \"The second sink was not looked at\""},
                         DeclareReview, Review);
  AddCommand<CancelArgs>(group, context,
                         {"cancel", "Cancels a task that is not submitted yet",
                          "  gridctl task cancel tasks/01936b2f-... --reason PLACE_CLOSED"},
                         DeclareCancel, Cancel);
  AddCommand<ReleaseArgs>(
      group, context, {"release", "Gives a claimed task back", "  gridctl task release tasks/01936b2f-... --attempt 1"},
      DeclareRelease, Release);
  AddFieldCommands(group, context);
  AddDispatchCommands(group, context);
}

}  // namespace gridwork::ctl
