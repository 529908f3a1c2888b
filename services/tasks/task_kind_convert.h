// Protobuf to domain and back. What comes out of Parse* is valid; nothing checks it again.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "gridwork/tasks/v1/task_kind.pb.h"
#include "gridwork/tasks/v1/task_kind_service.pb.h"
#include "services/tasks/task_kind.h"

namespace gridwork::tasks {

// "taskKinds/FOOD_INSPECTION" -> "FOOD_INSPECTION".
absl::StatusOr<std::string> ParseTaskKindName(std::string_view field, std::string_view name);
std::string TaskKindName(std::string_view code);

// Version 1, with version 1 of its form; what is output only is not looked at.
absl::StatusOr<TaskKind> ParseCreate(const v1::CreateTaskKindRequest& request, const CodeBook& book, absl::Time now);
// `update_mask` names at least one of the fields that an update writes, and nothing else.
absl::StatusOr<TaskKindChange> ParseUpdate(const v1::UpdateTaskKindRequest& request, const CodeBook& book);

v1::TaskKind ToProto(const TaskKind& kind);

}  // namespace gridwork::tasks
