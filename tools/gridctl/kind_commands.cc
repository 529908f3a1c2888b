// Task kinds and their forms.
#include <fmt/format.h>

#include "gridwork/tasks/v1/task_kind_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/kind_file.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace tasks::v1;  // NOLINT(google-build-using-namespace)

std::string AnswerText(const Question& question) {
  switch (question.kind_case()) {
    case Question::kChecklist:
      return "checklist";
    case Question::kChoice:
      return "one of " + question.choice().code_list();
    case Question::kCount:
      return fmt::format("count {} to {}", question.count().minimum(), question.count().maximum());
    case Question::kMeasurement:
      return fmt::format("{} to {} {}", question.measurement().minimum(), question.measurement().maximum(),
                         question.measurement().unit());
    case Question::kPhoto:
      return "photo";
    case Question::kNote:
      return "note";
    case Question::KIND_NOT_SET:
      break;
  }
  return "";
}

std::string TextOf(const TaskKind& kind) {
  Card card;
  card.Add("Kind", kind.name());
  card.Add("Name", kind.display_name());
  card.Add("Area", kind.area());
  card.Add("Priority", std::to_string(kind.priority()));
  card.Add("Duration", fmt::format("{} minutes", kind.duration_minutes()));
  card.Add("Within", kind.within_metres() == 0 ? "" : fmt::format("{} metres", kind.within_metres()));
  std::string roles;
  for (int role : kind.claim_roles()) {
    roles += (roles.empty() ? "" : ", ") + EnumText(static_cast<options::v1::Role>(role));
  }
  card.Add("Claimed by", roles);
  std::string needed;
  for (const std::string& code : kind.qualifications()) needed += (needed.empty() ? "" : ", ") + code;
  card.Add("Needs", needed);
  card.Add("Failures", fmt::format("{} at most", kind.max_failures()));
  card.Add("Form", fmt::format("version {}", kind.form().version()));
  card.Add("Etag", kind.etag());
  Table table({"KEY", "ITEM", "ANSWER", "REQUIRED", "WHEN"});
  for (const auto& question : kind.form().questions()) {
    std::string when;
    if (question.has_condition()) {
      when = fmt::format("{} = {}", question.condition().key(), question.condition().equals());
    }
    table.Add({question.key(), question.item(), AnswerText(question), question.required() ? "yes" : "", when});
  }
  return card.ToString() + "\n" + table.ToString();
}

absl::Status Emit(Context& context, const absl::StatusOr<TaskKind>& kind) {
  if (!kind.ok()) return kind.status();
  context.output.Emit(*kind, TextOf(*kind));
  return absl::OkStatus();
}

struct FileArgs {
  std::string file;
  std::string area;
  std::string etag;
  std::string request_id;
};

void DeclareCreate(CLI::App& command, FileArgs& args) {
  command.add_option("file", args.file, "YAML")->required()->type_name("FILE");
  command.add_option("--area", args.area, "Path of the area in which it is used; default: the file's")
      ->type_name("PATH");
  AddRequestId(command, args.request_id);
}

absl::StatusOr<TaskKind> ReadKind(const FileArgs& args) {
  ASSIGN_OR_RETURN(std::string yaml, ReadFile(args.file));
  ASSIGN_OR_RETURN(TaskKind kind, ParseKindFile(yaml));
  if (!args.area.empty()) kind.set_area(args.area);
  return kind;
}

absl::Status Create(Context& context, const FileArgs& args) {
  CreateTaskKindRequest request;
  ASSIGN_OR_RETURN(*request.mutable_task_kind(), ReadKind(args));
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  return Emit(context, session->Call(&TaskKindService::Stub::CreateTaskKind, request));
}

void DeclareUpdate(CLI::App& command, FileArgs& args) {
  command.add_option("file", args.file, "YAML")->required()->type_name("FILE");
  command.add_option("--etag", args.etag, "Only if nobody changed it since; default: the newest")->type_name("ETAG");
  AddRequestId(command, args.request_id);
}

absl::Status Update(Context& context, const FileArgs& args) {
  UpdateTaskKindRequest request;
  TaskKind& kind = *request.mutable_task_kind();
  ASSIGN_OR_RETURN(kind, ReadKind(args));
  kind.set_name(NameIn("taskKinds", kind.code()));
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  for (const char* field : {"display_name", "priority", "duration_minutes", "within_metres", "claim_roles",
                            "qualifications", "max_failures", "form"}) {
    request.mutable_update_mask()->add_paths(field);
  }
  ASSIGN_OR_RETURN(Session * session, context.Open());
  kind.set_etag(args.etag);
  if (args.etag.empty()) {
    GetTaskKindRequest get;
    get.set_name(kind.name());
    ASSIGN_OR_RETURN(TaskKind now, session->Call(&TaskKindService::Stub::GetTaskKind, get));
    kind.set_etag(now.etag());
  }
  return Emit(context, session->Call(&TaskKindService::Stub::UpdateTaskKind, request));
}

struct CodeArgs {
  std::string code;
  int version = 0;
};

void DeclareShow(CLI::App& command, CodeArgs& args) {
  command.add_option("code", args.code, "FOOD_INSPECTION")->required()->type_name("CODE");
}

absl::Status Show(Context& context, const CodeArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  GetTaskKindRequest request;
  request.set_name(NameIn("taskKinds", args.code));
  return Emit(context, session->Call(&TaskKindService::Stub::GetTaskKind, request));
}

void DeclareSchema(CLI::App& command, CodeArgs& args) {
  DeclareShow(command, args);
  command.add_option("--version", args.version, "Of the form; default: the newest")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
}

// The schema is the document, with --json and without.
absl::Status Schema(Context& context, const CodeArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  GetFormSchemaRequest request;
  request.set_name(NameIn("taskKinds", args.code));
  request.set_form_version(args.version);
  ASSIGN_OR_RETURN(auto response, session->Call(&TaskKindService::Stub::GetFormSchema, request));
  context.output.EmitJson(response.schema(), response.schema() + "\n");
  return absl::OkStatus();
}

struct ListArgs {
  int limit = 100;
};

void DeclareList(CLI::App& command, ListArgs& args) { AddLimit(command, args.limit); }

absl::Status List(Context& context, const ListArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  auto fetch = [&](const ListTaskKindsRequest& page) {
    return session->Call(&TaskKindService::Stub::ListTaskKinds, page);
  };
  auto all = ReadPages<ListTaskKindsRequest, ListTaskKindsResponse>(
      {}, args.limit, [](const auto& response) { return response.task_kinds_size(); }, fetch);
  if (!all.ok()) return all.status();
  Table table({"CODE", "NAME", "AREA", "PRIORITY", "FORM"});
  for (const auto& kind : all->task_kinds()) {
    table.Add({kind.code(), kind.display_name(), kind.area(), std::to_string(kind.priority()),
               fmt::format("version {}", kind.form().version())});
  }
  context.output.Emit(table, *all);
  if (!all->next_page_token().empty()) context.Note("There are more: --limit 0 shows all.");
  return absl::OkStatus();
}

}  // namespace

void AddKindCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "kind", "Kinds of tasks and their forms");
  AddCommand<FileArgs>(group, context,
                       {"create", "Makes a kind of tasks from a YAML file",
                        "  gridctl kind create food_inspection.yaml\n"
                        "The file is explained in tools/gridctl/examples/food_inspection.yaml."},
                       DeclareCreate, Create);
  AddCommand<FileArgs>(group, context,
                       {"update", "Replaces a kind by its YAML file; the form gets a new version",
                        "  gridctl kind update food_inspection.yaml"},
                       DeclareUpdate, Update);
  AddCommand<CodeArgs>(group, context, {"show", "One kind with its form", "  gridctl kind show FOOD_INSPECTION"},
                       DeclareShow, Show);
  AddCommand<ListArgs>(group, context, {"list", "Kinds of tasks", "  gridctl kind list"}, DeclareList, List);
  AddCommand<CodeArgs>(
      group, context,
      {"schema", "JSON Schema of the answers, for clients", "  gridctl kind schema FOOD_INSPECTION --version 1"},
      DeclareSchema, Schema);
}

}  // namespace gridwork::ctl
