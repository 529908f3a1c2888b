// What a task asks for: its form, how urgent it is, how near to the place it must be done.
#pragma once
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/tasks/form.h"

namespace gridwork::tasks {

inline constexpr size_t kTaskKindCodeCharacters = 32;
inline constexpr int kTaskKindNameCharacters = 100;
inline constexpr int kPriorityMaximum = 9;
inline constexpr int kDurationMinutesMaximum = 1'440;
inline constexpr int kWithinMetresMaximum = 1'000;
inline constexpr int kQualificationsMaximum = 8;
inline constexpr size_t kQualificationCharacters = 32;
inline constexpr int kMaxFailures = 5;  // unless the kind says another number,
inline constexpr int kMaxFailuresMaximum = 20;

struct TaskKind {
  std::string code;     // "FOOD_INSPECTION"
  int64_t version = 1;  // of the row; the form has its own
  std::string display_name;
  std::string area;  // path
  int priority = 0;  // 0: do it first
  int duration_minutes = 0;
  int within_metres = 0;                    // 0: not asked
  std::vector<std::string> claim_roles;     // "FIELD_WORKER"; empty: see MayBeClaimedBy()
  std::vector<std::string> qualifications;  // "LIFT_INSPECTOR"; all of them are needed, besides a role
  int max_failures = kMaxFailures;          // after so many a task is DEAD
  Form form;                                // the newest version
  absl::Time created;
  absl::Time updated;

  // `role` without its prefix: "INSPECTOR". A kind that names no roles is for FIELD_WORKER and INSPECTOR.
  bool MayBeClaimedBy(std::string_view role) const;
};

// What an update writes; what is left out stays.
struct TaskKindChange {
  std::string code;
  int64_t version = 0;  // that its caller read
  std::optional<std::string> display_name;
  std::optional<int> priority;
  std::optional<int> duration_minutes;
  std::optional<int> within_metres;
  std::optional<std::vector<std::string>> claim_roles;
  std::optional<std::vector<std::string>> qualifications;
  std::optional<int> max_failures;
  std::optional<Form> form;  // its version is not looked at
};

// Only these may ever claim a task.
bool IsClaimRole(std::string_view role);

// `kind` with the change, one version on. A form gets the next number, unless its questions are those of the newest
// version.
TaskKind Apply(TaskKind kind, const TaskKindChange& change, absl::Time now);

}  // namespace gridwork::tasks
