// Tasks and kinds for tests.
#pragma once
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "services/tasks/task_kind.h"
#include "services/tasks/work/task.h"
#include "services/tasks/work/task_store.h"
#include "tests/support/scope.h"

namespace gridwork::tasks::testing {

inline const absl::Time kThen = absl::FromUnixSeconds(1'800'000'000);  // where a FakeClock starts

inline auth::Scope ScopeOf(std::vector<std::string> areas) { return auth::ScopeForTest::Of(std::move(areas)); }

// The subject of a member of staff.
inline std::string Staff(int number) { return fmt::format("staff/018f0000-0000-7000-8000-{:012}", number); }

// READY; the smaller the number, the older.
inline Task SampleTask(int number, std::string grid = "CHI/A/A-G1") {
  const absl::Time created = kThen + absl::Milliseconds(number);
  return {.id = Uuid::V7(created),
          .kind = "FOOD_INSPECTION",
          .place = *Uuid::Parse("018f0000-0000-7000-8000-0000000000aa"),
          .grid = std::move(grid),
          .roles = "FI",
          .form_version = 1,
          .created = created,
          .updated = created};
}

inline std::vector<Task> SampleTasks(int count, const std::string& grid = "CHI/A/A-G1") {
  std::vector<Task> out;
  for (int i = 0; i < count; ++i) out.push_back(SampleTask(i, grid));
  return out;
}

inline Task WithPriority(Task task, int priority) {
  task.priority = priority;
  return task;
}
inline Task AssignedTo(Task task, std::string worker) {
  task.assignee = std::move(worker);
  return task;
}
inline Task ForRoles(Task task, std::string letters) {
  task.roles = std::move(letters);
  return task;
}

// Asks for a checklist answer and, when it is FAIL, for a note; the place counts as reached within 100 m.
inline TaskKind SampleKind(std::string code = "FOOD_INSPECTION") {
  return {.code = std::move(code),
          .display_name = "Food inspection",
          .area = "CHI",
          .priority = 5,
          .duration_minutes = 60,
          .within_metres = 100,
          .form = {.version = 1,
                   .questions = {{.key = "ice", .item = "FOOD_ICE", .required = true, .kind = Checklist{}},
                                 {.key = "ice_note",
                                  .item = "FOOD_ICE",
                                  .required = true,
                                  .condition = Condition{"ice", "FAIL"},
                                  .kind = Note{}}}},
          .created = kThen,
          .updated = kThen};
}

inline Task Needing(Task task, std::string qualifications) {
  task.qualifications = std::move(qualifications);
  return task;
}

inline std::vector<Uuid> IdsOf(const std::vector<Task>& tasks) {
  std::vector<Uuid> out;
  for (const Task& task : tasks) out.push_back(task.id);
  return out;
}

// Everything of a task but what its store keeps apart; two texts are equal when the tasks are.
inline std::string TextOf(const Task& t) {
  auto text = [](const std::optional<absl::Time>& time) { return time ? absl::FormatTime(*time) : "-"; };
  return fmt::format(
      "{} {} {} {} {} state {} priority {} due {} assignee '{}' claimant '{}' attempt {} lease {} note "
      "'{}' form {} version {} {} {} needs '{}' lease kind {} start {} first {} failures {} over {} reasons {} {} of "
      "'{}'",
      t.id.ToString(), t.kind, t.place.ToString(), t.grid, t.roles, static_cast<int>(t.state), t.priority, text(t.due),
      t.assignee, t.claimant, t.attempt, text(t.lease_until), t.return_note, t.form_version, t.version, text(t.created),
      text(t.updated), t.qualifications, static_cast<int>(t.lease_kind), text(t.start), text(t.first_start), t.failures,
      t.leases_over, t.assign_reason, t.replay_reason, t.second_visit_of);
}

}  // namespace gridwork::tasks::testing
