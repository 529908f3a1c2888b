// TaskKindService: one method for each RPC. Who may call what stands in task_kind_service.proto.
#pragma once
#include "common/base/page_token.h"
#include "common/rpc/front_door.h"
#include "gridwork/tasks/v1/task_kind_service.pb.h"
#include "services/tasks/place_service.h"
#include "services/tasks/work/form_cache_store.h"
#include "services/tasks/work/task_kind_store.h"

namespace gridwork::tasks {

class TaskKindService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.tasks.v1.TaskKindService";

  TaskKindService(TaskKindStore& kinds, const PageTokens& page_tokens)
      : kinds_(kinds), forms_(kinds), page_tokens_(page_tokens) {}

  void Register(rpc::FrontDoor& door);

  absl::StatusOr<rpc::Loaded<AreaPath>> LoadArea(const std::string& path);
  absl::StatusOr<rpc::Loaded<TaskKind>> LoadKind(const std::string& name);

  absl::StatusOr<v1::TaskKind> CreateTaskKind(const rpc::CallContext&, const v1::CreateTaskKindRequest&, Unit&,
                                              const AreaPath&);
  absl::StatusOr<v1::TaskKind> GetTaskKind(const rpc::CallContext&, const v1::GetTaskKindRequest&);
  absl::StatusOr<v1::ListTaskKindsResponse> ListTaskKinds(const rpc::CallContext&, const v1::ListTaskKindsRequest&,
                                                          const auth::Scope&);
  absl::StatusOr<v1::TaskKind> UpdateTaskKind(const rpc::CallContext&, const v1::UpdateTaskKindRequest&, Unit&,
                                              const TaskKind&);
  absl::StatusOr<v1::GetFormSchemaResponse> GetFormSchema(const rpc::CallContext&, const v1::GetFormSchemaRequest&);

 private:
  TaskKindStore& kinds_;
  FormCache forms_;
  const PageTokens& page_tokens_;
};

}  // namespace gridwork::tasks
