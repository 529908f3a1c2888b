#include "services/tasks/work/task_kind_service.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/tasks/task_kind_convert.h"
#include "services/tasks/work/task_errors.h"

namespace gridwork::tasks {
namespace {

// A kind serves the grids below its area: it concerns whoever works there, and whoever keeps an area around it.
bool Concerns(const TaskKind& kind, const auth::Scope& scope) {
  return scope.Holds(kind.area) || std::any_of(scope.areas().begin(), scope.areas().end(),
                                               [&](const std::string& area) { return auth::Holds(kind.area, area); });
}

}  // namespace

void TaskKindService::Register(rpc::FrontDoor& door) {
  door.FactsOf("Area", this, &TaskKindService::LoadArea).FactsOf("TaskKind", this, &TaskKindService::LoadKind);
  door.On("CreateTaskKind", this, &TaskKindService::CreateTaskKind)
      .On("GetTaskKind", this, &TaskKindService::GetTaskKind)
      .On("ListTaskKinds", this, &TaskKindService::ListTaskKinds)
      .On("UpdateTaskKind", this, &TaskKindService::UpdateTaskKind)
      .On("GetFormSchema", this, &TaskKindService::GetFormSchema);
}

absl::StatusOr<rpc::Loaded<AreaPath>> TaskKindService::LoadArea(const std::string& path) {
  ASSIGN_OR_RETURN(std::string area, ParseAreaPath("task_kind.area", path));
  return rpc::Loaded<AreaPath>{{.area = area}, {area}};
}

absl::StatusOr<rpc::Loaded<TaskKind>> TaskKindService::LoadKind(const std::string& name) {
  ASSIGN_OR_RETURN(std::string code, ParseTaskKindName("task_kind.name", name));
  ASSIGN_OR_RETURN(TaskKind kind, kinds_.Find(code));
  return rpc::Loaded<TaskKind>{{.area = kind.area}, kind};
}

absl::StatusOr<v1::TaskKind> TaskKindService::CreateTaskKind(const rpc::CallContext& call,
                                                             const v1::CreateTaskKindRequest& request, Unit& unit,
                                                             const AreaPath&) {
  ASSIGN_OR_RETURN(TaskKind kind, ParseCreate(request, CodeBook::Shipped(), call.now));
  RETURN_IF_ERROR(kinds_.Create(unit, kind));
  return ToProto(kind);
}

absl::StatusOr<v1::TaskKind> TaskKindService::GetTaskKind(const rpc::CallContext&,
                                                          const v1::GetTaskKindRequest& request) {
  ASSIGN_OR_RETURN(std::string code, ParseTaskKindName("name", request.name()));
  ASSIGN_OR_RETURN(TaskKind kind, kinds_.Find(code));
  return ToProto(kind);
}

absl::StatusOr<v1::ListTaskKindsResponse> TaskKindService::ListTaskKinds(const rpc::CallContext& call,
                                                                         const v1::ListTaskKindsRequest& request,
                                                                         const auth::Scope& scope) {
  ASSIGN_OR_RETURN(size_t limit, ParsePageSize(request.page_size()));
  ASSIGN_OR_RETURN(std::string after, page_tokens_.Open({call.method, call.caller.id}, request.page_token()));
  ASSIGN_OR_RETURN(auto kinds, kinds_.All());
  v1::ListTaskKindsResponse out;
  for (const TaskKind& kind : kinds) {
    if (kind.code <= after || !Concerns(kind, scope)) continue;
    if (static_cast<size_t>(out.task_kinds_size()) == limit) {
      out.set_next_page_token(page_tokens_.Seal({call.method, call.caller.id}, after));
      break;
    }
    *out.add_task_kinds() = ToProto(kind);
    after = kind.code;
  }
  return out;
}

absl::StatusOr<v1::TaskKind> TaskKindService::UpdateTaskKind(const rpc::CallContext& call,
                                                             const v1::UpdateTaskKindRequest& request, Unit& unit,
                                                             const TaskKind& found) {
  ASSIGN_OR_RETURN(TaskKindChange change, ParseUpdate(request, CodeBook::Shipped()));
  if (change.version != found.version) return errors::EtagMismatch(found.version);
  TaskKind changed = Apply(found, change, call.now);
  RETURN_IF_ERROR(kinds_.Update(unit, changed));
  return ToProto(changed);
}

absl::StatusOr<v1::GetFormSchemaResponse> TaskKindService::GetFormSchema(const rpc::CallContext&,
                                                                         const v1::GetFormSchemaRequest& request) {
  ASSIGN_OR_RETURN(std::string code, ParseTaskKindName("name", request.name()));
  ASSIGN_OR_RETURN(TaskKind kind, kinds_.Find(code));
  int version = request.form_version() == 0 ? kind.form.version : request.form_version();
  auto form = forms_.Get(code, version);
  if (absl::IsNotFound(form.status())) return errors::FormVersionUnknown(version, kind.form.version);
  if (!form.ok()) return form.status();
  v1::GetFormSchemaResponse out;
  out.set_form_version(version);
  out.set_schema((*form)->schema.text());
  return out;
}

}  // namespace gridwork::tasks
