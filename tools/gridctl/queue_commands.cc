// The queue as operators see it.
#include <fmt/format.h>

#include "gridwork/identity/v1/area_service.grpc.pb.h"
#include "gridwork/tasks/v1/queue_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/lookup.h"
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
}

}  // namespace gridwork::ctl
