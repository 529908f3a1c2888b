// How a worker gets tasks: the index proposes, MySQL decides, and only what was decided is answered.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/auth/caller.h"
#include "common/auth/scope.h"
#include "services/tasks/work/task_convert.h"
#include "services/tasks/work/task_queue.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

// The parts of the caller's areas that lie in `area` ("" is everywhere).
std::vector<std::string> Within(const auth::Scope& scope, const std::string& area);

// The letters of the roles that may claim a task, sorted: "FI".
std::string RoleLetters(const std::vector<std::string>& claim_roles);

// The roles that these letters stand for.
std::vector<auth::Role> RolesOf(std::string_view letters);

// What Task::qualifications keeps of a kind's.
std::string QualificationsKey(std::vector<std::string> codes);

// Whether a grant of the caller that has not ended holds one of these roles in this grid, and the caller has all that
// the work needs, not ended either.
bool MayClaim(const auth::Caller& caller, const Lane& lane, absl::Time now);

// Whose assigned tasks the caller may take besides their own.
std::vector<std::string> CoveredBy(const auth::Caller& caller, absl::Time now);

class Claimer {  // Thread-safe.
 public:
  Claimer(TaskStore& store, TaskQueue& queue) : store_(store), queue_(queue) {}

  // Claims for `caller`: first what is assigned to them or to those whom they cover, then what the index offers in
  // their areas, or, while it is away, what MySQL finds.
  absl::StatusOr<std::vector<Task>> Claim(Unit& unit, const auth::Caller& caller, const auth::Scope& scope,
                                          const ClaimTasks& wanted);

 private:
  absl::StatusOr<std::vector<Task>> Candidates(Unit& unit, const auth::Caller& caller, const auth::Scope& scope,
                                               const std::string& area, size_t n, absl::Time now);
  absl::StatusOr<std::vector<Task>> WithoutIndex(Unit& unit, const auth::Caller& caller, const auth::Scope& scope,
                                                 const std::string& area, size_t n, absl::Time now);

  TaskStore& store_;
  TaskQueue& queue_;
};

}  // namespace gridwork::tasks
