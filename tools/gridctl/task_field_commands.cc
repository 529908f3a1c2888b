// Work as those see it who do it: what there is, holding it, giving it up.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <algorithm>

#include "gridwork/tasks/v1/task_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/task_text.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {

using namespace tasks::v1;  // NOLINT(google-build-using-namespace)

namespace {

constexpr absl::Duration kHeartbeat = absl::Seconds(30);

// ---- fail

struct FailArgs {
  std::string name;
  int attempt = 0;
  std::string reason;
  std::string request_id;
};

void DeclareFail(CLI::App& command, FailArgs& args) {
  AddTaskName(command, args.name);
  AddAttempt(command, args.attempt);
  command.add_option("--reason", args.reason, EnumList(*FailReason_descriptor()))->required()->type_name("REASON");
  AddRequestId(command, args.request_id);
}

absl::Status Fail(Context& context, const FailArgs& args) {
  FailTaskRequest request;
  ASSIGN_OR_RETURN(auto reason, ParseEnum<FailReason>("--reason", args.reason));
  request.set_reason(reason);
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(NameIn("tasks", args.name));
  request.set_attempt(args.attempt);
  ASSIGN_OR_RETURN(Session * session, context.Open());
  return EmitOne(context, session->Call(&TaskService::Stub::FailTask, request));
}

// ---- offline

struct OfflineArgs {
  std::string name;
  int attempt = 0;
  std::string until;
  std::string request_id;
};

void DeclareOffline(CLI::App& command, OfflineArgs& args) {
  AddTaskName(command, args.name);
  AddAttempt(command, args.attempt);
  command.add_option("--until", args.until, "At most 96h")->required()->type_name("WHEN");
  AddRequestId(command, args.request_id);
}

absl::Status Offline(Context& context, const OfflineArgs& args) {
  KeepOfflineRequest request;
  ASSIGN_OR_RETURN(absl::Time until, ParseWhen("--until", args.until, absl::Now(), absl::LocalTimeZone()));
  *request.mutable_offline_until_time() = ToProto(until);
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.add_leases()->set_name(NameIn("tasks", args.name));
  request.mutable_leases(0)->set_attempt(args.attempt);
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(auto response, session->Call(&TaskService::Stub::KeepOffline, request));
  if (response.verdicts_size() == 1 && response.verdicts(0).has_error())
    return rpc::FromRpcStatus(response.verdicts(0).error());
  context.output.Emit(response, response.verdicts_size() == 1 ? TextOf(response.verdicts(0).task()) : "");
  return absl::OkStatus();
}

// ---- watch

struct WatchArgs {
  std::string area;
  std::string until = "24h";
  int limit = 0;
};

void DeclareWatch(CLI::App& command, WatchArgs& args) {
  command.add_option("--area", args.area, "Code or path: only work in it")->type_name("AREA");
  command.add_option("--until", args.until, "Ends then")->capture_default_str()->type_name("WHEN");
  command.add_option("--limit", args.limit, "Ends after so many messages; 0 for none")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("N");
}

std::string LinesOf(const WatchTasksResponse& response) {
  std::string out;
  for (const auto& work : response.work()) {
    std::string roles;
    for (int role : work.roles()) roles += (roles.empty() ? "" : ", ") + EnumText(static_cast<options::v1::Role>(role));
    out += fmt::format("{}  {}{}\n", work.grid(), roles, work.assigned() ? "  assigned to you" : "");
  }
  return out;
}

absl::Status Watch(Context& context, const WatchArgs& args) {
  WatchTasksRequest request;
  const absl::Time now = absl::Now();
  ASSIGN_OR_RETURN(absl::Time until, ParseWhen("--until", args.until, now, absl::LocalTimeZone()));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_area(), AreaPath(*session, args.area));
  int messages = 0;
  std::function<bool(const WatchTasksResponse&)> show = [&](const WatchTasksResponse& response) {
    context.output.Emit(response, LinesOf(response));
    return ++messages != args.limit;
  };
  return session->Read(&TaskService::Stub::WatchTasks, request, until - now, show);
}

}  // namespace

absl::Status Hold(Context& context, Session& session, const google::protobuf::RepeatedPtrField<Task>& tasks,
                  absl::Time until) {
  HeartbeatRequest request;
  for (const Task& task : tasks) {
    auto* lease = request.add_leases();
    lease->set_name(task.name());
    lease->set_attempt(task.attempt());
  }
  while (request.leases_size() > 0 && absl::Now() < until) {
    ASSIGN_OR_RETURN(auto response, session.Call(&TaskService::Stub::Heartbeat, request));
    request.clear_leases();
    for (const auto& lease : response.leases()) {
      if (!lease.has_lease_expire_time()) {
        context.Note(fmt::format("lost: {}", lease.name()));
        continue;
      }
      auto* held = request.add_leases();
      held->set_name(lease.name());
      held->set_attempt(lease.attempt());
    }
    if (request.leases_size() > 0) absl::SleepFor(std::min(kHeartbeat, until - absl::Now()));
  }
  return absl::OkStatus();
}

void AddFieldCommands(CLI::App& group, Context& context) {
  AddCommand<WatchArgs>(group, context,
                        {"watch", "Says where there is work, and where more comes",
                         "  gridctl task watch\n"
                         "  gridctl --json task watch --area CA32 --until 8h"},
                        DeclareWatch, Watch);
  AddCommand<FailArgs>(group, context,
                       {"fail", "Says that a claimed task could not be done now; it is tried again later",
                        "  gridctl task fail tasks/01936b2f-... --attempt 1 --reason NO_ACCESS"},
                       DeclareFail, Fail);
  AddCommand<OfflineArgs>(group, context,
                          {"offline", "Keeps a claim for a phone that goes offline",
                           "  gridctl task offline tasks/01936b2f-... --attempt 1 --until 10h"},
                          DeclareOffline, Offline);
}

}  // namespace gridwork::ctl
