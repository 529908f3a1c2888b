// The queue as operators see it.
#include <fmt/format.h>

#include "gridwork/identity/v1/area_service.grpc.pb.h"
#include "gridwork/tasks/v1/queue_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/task_text.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using tasks::v1::QueueService;

struct QueueArgs {
  std::string area;
};

void Declare(CLI::App& command, QueueArgs& args) {
  command.add_option("--area", args.area, "Code or path; default: the first area that you see")->type_name("AREA");
}

absl::StatusOr<std::string> AreaOf(Session& session, const std::string& given) {
  if (!given.empty()) return AreaPath(session, given);
  identity::v1::ListAreasRequest request;
  request.set_page_size(1);
  ASSIGN_OR_RETURN(auto areas, session.Call(&identity::v1::AreaService::Stub::ListAreas, request));
  if (areas.areas().empty()) return Error(absl::StatusCode::kNotFound, "AREA_NOT_FOUND", "you see no area");
  return areas.areas(0).path();
}

absl::Status Stats(Context& context, const QueueArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  tasks::v1::GetQueueStatsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_area(), AreaOf(*session, args.area));
  ASSIGN_OR_RETURN(auto stats, session->Call(&QueueService::Stub::GetQueueStats, request));
  Table table({"STATE", "TASKS"});
  table.AlignRight(1);
  for (const auto& count : stats.counts()) table.Add({EnumText(count.state()), Count(count.tasks())});
  table.Add({"total", Count(stats.total())});
  table.Add({"in the index", stats.has_indexed() ? Count(stats.indexed()) : "Redis is away"});
  context.output.Emit(table, stats);
  return absl::OkStatus();
}

absl::Status Rebuild(Context& context, const QueueArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  tasks::v1::RebuildQueueRequest request;
  ASSIGN_OR_RETURN(*request.mutable_area(), AreaOf(*session, args.area));
  ASSIGN_OR_RETURN(auto response, session->Call(&QueueService::Stub::RebuildQueue, request, As::kBulk));
  context.output.Emit(response, fmt::format("{} tasks indexed\n", Count(response.indexed())));
  return absl::OkStatus();
}

struct DeadArgs {
  std::string area;
  int limit = 100;
};

void DeclareDead(CLI::App& command, DeadArgs& args) {
  command.add_option("--area", args.area, "Code or path: only tasks in it")->type_name("AREA");
  AddLimit(command, args.limit);
}

absl::Status Dead(Context& context, const DeadArgs& args) {
  tasks::v1::ListTasksRequest request;
  request.set_state(tasks::v1::TASK_STATE_DEAD);
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_area(), AreaPath(*session, args.area));
  return EmitTasks(context, *session, request, args.limit);
}

struct ReplayArgs {
  std::string name;
  std::string reason;
  std::string etag;
  std::string request_id;
};

void DeclareReplay(CLI::App& command, ReplayArgs& args) {
  AddTaskName(command, args.name);
  command.add_option("--reason", args.reason, EnumList(*tasks::v1::ReplayReason_descriptor()))
      ->required()
      ->type_name("REASON");
  AddEtag(command, args.etag);
  AddRequestId(command, args.request_id);
}

absl::Status Replay(Context& context, const ReplayArgs& args) {
  tasks::v1::ReplayTaskRequest request;
  ASSIGN_OR_RETURN(auto reason, ParseEnum<tasks::v1::ReplayReason>("--reason", args.reason));
  request.set_reason(reason);
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(NameIn("tasks", args.name));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_etag(), TaskEtag(*session, args.name, args.etag));
  return EmitOne(context, session->Call(&tasks::v1::TaskService::Stub::ReplayTask, request));
}

}  // namespace

void AddQueueCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "queue", "The queue of tasks");
  AddCommand<QueueArgs>(group, context,
                        {"stats", "Tasks by state, and the length of the index in Redis",
                         "  gridctl queue stats\n"
                         "  gridctl queue stats --area CA32"},
                        Declare, Stats);
  AddCommand<QueueArgs>(group, context,
                        {"rebuild", "Makes the index in Redis anew from MySQL; work goes on meanwhile",
                         "  gridctl queue rebuild --area CHI"},
                        Declare, Rebuild);
  AddCommand<DeadArgs>(group, context,
                       {"dead", "Tasks that failed too often; gridctl task attempts says how",
                        "  gridctl queue dead\n"
                        "  gridctl queue dead --area CA32 --limit 0"},
                       DeclareDead, Dead);
  AddCommand<ReplayArgs>(group, context,
                         {"replay", "Has a dead task tried again, its failures counted anew",
                          "  gridctl queue replay tasks/01936b2f-... --reason CAUSE_MENDED"},
                         DeclareReplay, Replay);
}

}  // namespace gridwork::ctl
