// A task kind with its form, as a person writes it (YAML). examples/food_inspection.yaml shows every key.
#pragma once
#include <absl/status/statusor.h>

#include <string>

#include "gridwork/tasks/v1/task_kind.pb.h"

namespace gridwork::ctl {

// INVALID_ARGUMENT BAD_YAML names the line. What only the server knows (items, lists, units) is left to it.
absl::StatusOr<tasks::v1::TaskKind> ParseKindFile(const std::string& yaml);

}  // namespace gridwork::ctl
