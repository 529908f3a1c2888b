#include "services/tasks/task_kind.h"

#include <algorithm>

namespace gridwork::tasks {

bool TaskKind::MayBeClaimedBy(std::string_view role) const {
  if (claim_roles.empty()) return role == "FIELD_WORKER" || role == "INSPECTOR";
  return std::find(claim_roles.begin(), claim_roles.end(), role) != claim_roles.end();
}

bool IsClaimRole(std::string_view role) {
  return role == "FIELD_WORKER" || role == "INSPECTOR" || role == "CARE_WORKER";
}

TaskKind Apply(TaskKind kind, const TaskKindChange& change, absl::Time now) {
  if (change.display_name) kind.display_name = *change.display_name;
  if (change.priority) kind.priority = *change.priority;
  if (change.duration_minutes) kind.duration_minutes = *change.duration_minutes;
  if (change.within_metres) kind.within_metres = *change.within_metres;
  if (change.claim_roles) kind.claim_roles = *change.claim_roles;
  if (change.qualifications) kind.qualifications = *change.qualifications;
  if (change.max_failures) kind.max_failures = *change.max_failures;
  if (change.form && change.form->questions != kind.form.questions) {
    kind.form = {.version = kind.form.version + 1, .questions = change.form->questions};
  }
  ++kind.version;
  kind.updated = now;
  return kind;
}

}  // namespace gridwork::tasks
