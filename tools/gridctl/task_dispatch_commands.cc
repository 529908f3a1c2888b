// Work as a dispatcher sees it: who has it, what became of it, what came too late.
#include <fmt/format.h>

#include "gridwork/tasks/v1/task_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/task_text.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {

using namespace tasks::v1;  // NOLINT(google-build-using-namespace)

namespace {

// ---- reassign

struct ReassignArgs {
  std::string name;
  std::string to;
  bool to_anybody = false;
  std::string reason;
  std::string etag;
  std::string request_id;
};

void DeclareReassign(CLI::App& command, ReassignArgs& args) {
  AddTaskName(command, args.name);
  auto* to = command.add_option("--to", args.to, "Who alone may claim it: username or staff/UUID")->type_name("STAFF");
  command.add_flag("--to-anybody", args.to_anybody, "Whoever works in its grid")->excludes(to);
  command.add_option("--reason", args.reason, EnumList(*AssignReason_descriptor()))->required()->type_name("REASON");
  AddEtag(command, args.etag);
  AddRequestId(command, args.request_id);
}

absl::Status Reassign(Context& context, const ReassignArgs& args) {
  if (args.to.empty() == !args.to_anybody) return UsageError("--to, or --to-anybody, is needed");
  ReassignTaskRequest request;
  ASSIGN_OR_RETURN(auto reason, ParseEnum<AssignReason>("--reason", args.reason));
  request.set_reason(reason);
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(NameIn("tasks", args.name));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_assignee(), StaffName(*session, args.to));
  ASSIGN_OR_RETURN(*request.mutable_etag(), TaskEtag(*session, args.name, args.etag));
  return EmitOne(context, session->Call(&TaskService::Stub::ReassignTask, request));
}

// ---- attempts

struct AttemptsArgs {
  std::string name;
  int limit = 100;
};

void DeclareAttempts(CLI::App& command, AttemptsArgs& args) {
  AddTaskName(command, args.name);
  AddLimit(command, args.limit);
}

absl::Status Attempts(Context& context, const AttemptsArgs& args) {
  ListTaskAttemptsRequest request;
  request.set_parent(NameIn("tasks", args.name));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  auto fetch = [&](const ListTaskAttemptsRequest& page) {
    return session->Call(&TaskService::Stub::ListTaskAttempts, page);
  };
  auto all = ReadPages<ListTaskAttemptsRequest, ListTaskAttemptsResponse>(
      request, args.limit, [](const auto& response) { return response.attempts_size(); }, fetch);
  if (!all.ok()) return all.status();
  Table table({"ATTEMPT", "OUTCOME", "REASON", "CLAIMED", "ENDED", "WORKER"});
  table.AlignRight(0);
  for (const TaskAttempt& attempt : all->attempts()) {
    table.Add({std::to_string(attempt.attempt()), EnumText(attempt.outcome()),
               EnumText(attempt.fail_reason()) + EnumText(attempt.assign_reason()), TimeText(attempt.claim_time()),
               TimeText(attempt.end_time()), attempt.worker()});
  }
  context.output.Emit(table, *all);
  return absl::OkStatus();
}

// ---- late

struct LateArgs {
  std::string area;
  int limit = 100;
};

void DeclareLate(CLI::App& command, LateArgs& args) {
  command.add_option("--area", args.area, "Code or path: only results of tasks in it")->type_name("AREA");
  AddLimit(command, args.limit);
}

absl::Status Late(Context& context, const LateArgs& args) {
  ListLateSubmissionsRequest request;
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_area(), AreaPath(*session, args.area));
  auto fetch = [&](const ListLateSubmissionsRequest& page) {
    return session->Call(&TaskService::Stub::ListLateSubmissions, page);
  };
  auto all = ReadPages<ListLateSubmissionsRequest, ListLateSubmissionsResponse>(
      request, args.limit, [](const auto& response) { return response.submissions_size(); }, fetch);
  if (!all.ok()) return all.status();
  Table table({"CREATED", "ANSWERS", "FINDINGS", "SUBMISSION"});
  table.AlignRight(1);
  table.AlignRight(2);
  for (const Submission& late : all->submissions()) {
    table.Add({TimeText(late.create_time()), std::to_string(late.answers_size()), std::to_string(late.findings_size()),
               late.name()});
  }
  context.output.Emit(table, *all);
  if (!all->next_page_token().empty()) context.Note("There are more: --limit 0 shows all.");
  return absl::OkStatus();
}

struct DecideArgs {
  std::string name;
  std::string as;
  std::string note;
  std::string request_id;
};

void DeclareDecide(CLI::App& command, DecideArgs& args) {
  command.add_option("name", args.name, "tasks/UUID/submissions/ATTEMPT")->required()->type_name("SUBMISSION");
  command.add_option("--as", args.as, EnumList(*DecideLateSubmissionRequest::Decision_descriptor()))
      ->required()
      ->type_name("DECISION");
  command.add_option("--note", args.note, "About the work at the place")->type_name("NOTE");
  AddRequestId(command, args.request_id);
}

absl::Status Decide(Context& context, const DecideArgs& args) {
  DecideLateSubmissionRequest request;
  ASSIGN_OR_RETURN(auto decision, ParseEnum<DecideLateSubmissionRequest::Decision>("--as", args.as));
  request.set_decision(decision);
  request.set_note(args.note);
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(NameIn("tasks", args.name));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(auto response, session->Call(&TaskService::Stub::DecideLateSubmission, request));
  context.output.Emit(response, TextOf(response.submission()));
  return absl::OkStatus();
}

}  // namespace

void AddDispatchCommands(CLI::App& group, Context& context) {
  AddCommand<ReassignArgs>(group, context,
                           {"reassign", "Gives a task to somebody else; who holds it loses the claim",
                            "  gridctl task reassign tasks/01936b2f-... --to wendy --reason ABSENCE\n"
                            "  gridctl task reassign tasks/01936b2f-... --to-anybody --reason WORKLOAD"},
                           DeclareReassign, Reassign);
  AddCommand<AttemptsArgs>(
      group, context,
      {"attempts", "Who claimed a task, and how that ended", "  gridctl task attempts tasks/01936b2f-..."},
      DeclareAttempts, Attempts);
  CLI::App& late = AddGroup(group, "late", "Results that came after their claim was lost");
  AddCommand<LateArgs>(late, context,
                       {"list", "Those that wait for a decision",
                        "  gridctl task late list\n"
                        "  gridctl task late list --area CA32"},
                       DeclareLate, Late);
  AddCommand<DecideArgs>(
      late, context,
      {"decide", "Accepts one, keeps it as a duplicate, or has somebody look again",
       "  gridctl task late decide tasks/01936b2f-.../submissions/1 --as ACCEPT\n"
       "  gridctl task late decide tasks/01936b2f-.../submissions/1 --as SECOND_VISIT --note \"Not the same sink\""},
      DeclareDecide, Decide);
}

}  // namespace gridwork::ctl
