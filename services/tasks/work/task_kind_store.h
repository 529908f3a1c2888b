// Where kinds of tasks and the versions of their forms are kept. The fake and MySQL pass the same contract test.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/base/unit.h"
#include "services/tasks/task_kind.h"

namespace gridwork::tasks {

class TaskKindStore {  // Thread-safe.
 public:
  virtual ~TaskKindStore() = default;
  // NOT_FOUND when there is none.
  virtual absl::StatusOr<TaskKind> Find(const std::string& code) = 0;
  // All, by code: there are some dozens. What a form asks is no secret; who may use a kind is decided where it is used.
  virtual absl::StatusOr<std::vector<TaskKind>> All() = 0;
  // A version of its form; NOT_FOUND when there is none. Never changes once it exists.
  virtual absl::StatusOr<Form> FindForm(const std::string& code, int version) = 0;
  // ALREADY_EXISTS TASK_KIND_EXISTS.
  virtual absl::Status Create(Unit& unit, const TaskKind& kind) = 0;
  // Writes `kind` and, when it is new, the version of its form, if the stored version is `kind.version` - 1. ABORTED
  // ETAG_MISMATCH.
  virtual absl::Status Update(Unit& unit, const TaskKind& kind) = 0;
};

}  // namespace gridwork::tasks
