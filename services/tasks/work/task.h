// A task: work to be done at a place, and what may happen to it. The rules of its life are here and nowhere else; they
// know no database.
//
//   READY --claim--> CLAIMED --submit--> SUBMITTED --accept--> ACCEPTED
//     ^                 |                    |
//     +--release, lease over                 |
//     +----------------------return----------+        READY, CLAIMED --cancel--> CANCELLED
#pragma once
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/uuid.h"

namespace gridwork::tasks {

// The numbers are those of the database and of the proto.
enum class TaskState {
  kScheduled = 1,
  kReady = 2,
  kClaimed = 3,
  kSubmitted = 4,
  kAccepted = 5,
  kCancelled = 6,
  kExpired = 7,
  kDead = 8,
};

// How long a claim of a phone that is online holds; guarantees.md, "Task queue".
inline constexpr absl::Duration kOnlineLease = absl::Minutes(2);

struct Task {
  Uuid id;           // version 7: sorts by age
  std::string kind;  // code
  Uuid place;
  std::string grid;   // path of the place's grid
  std::string roles;  // who may claim it: the first letters of the kind's claim_roles, sorted: "FI"
  TaskState state = TaskState::kReady;
  int priority = 5;  // 0 first, 9 last
  std::optional<absl::Time> due;
  std::string assignee;  // "staff/{uuid}" who alone may claim it, or ""
  std::string claimant;  // "staff/{uuid}" of the newest attempt, or ""
  int attempt = 0;       // counts the claims; with the id it is the fence of everything that a claimant does
  std::optional<absl::Time> lease_until;  // of a claimed task
  std::string return_note;
  int form_version = 0;
  int64_t version = 1;
  absl::Time created, updated;

  bool open() const {
    return state == TaskState::kScheduled || state == TaskState::kReady || state == TaskState::kClaimed;
  }
};

enum class SubmissionState { kSubmitted = 1, kAccepted = 2, kReturned = 3, kLate = 4 };

// The result of one attempt. What was answered is opaque here: a serialized gridwork.tasks.v1.Submission.
struct Submission {
  Uuid task;
  int attempt = 0;
  SubmissionState state = SubmissionState::kSubmitted;
  std::string worker;
  int form_version = 0;
  std::string content;
  std::optional<bool> near_place;
  std::string review_note;
  absl::Time created;
};

// Each of these changes `task` and counts its version up, or says why not and changes nothing. `now` is the database's.

// READY -> CLAIMED for kOnlineLease. FAILED_PRECONDITION TASK_NOT_READY; NOT_FOUND when it is assigned to somebody
// else.
absl::Status Claim(Task& task, std::string_view worker, absl::Time now);

// Whether the claim `attempt` of `worker` still holds.
bool LeaseHolds(const Task& task, std::string_view worker, int attempt, absl::Time now);

// A result of the attempt `attempt` of `worker`: CLAIMED -> SUBMITTED when the lease holds, and then returns
// kSubmitted; otherwise leaves the task alone and returns kLate.
SubmissionState Submit(Task& task, std::string_view worker, int attempt, absl::Time now);

// SUBMITTED -> ACCEPTED. FAILED_PRECONDITION TASK_NOT_SUBMITTED, REVIEW_OF_OWN_WORK.
absl::Status Accept(Task& task, std::string_view reviewer, absl::Time now);
// SUBMITTED -> READY with `note`. The same errors.
absl::Status Return(Task& task, std::string_view reviewer, std::string_view note, absl::Time now);

// CLAIMED -> READY by its claimant. FAILED_PRECONDITION TASK_NOT_YOURS when the lease does not hold.
absl::Status Release(Task& task, std::string_view worker, int attempt, absl::Time now);

// SCHEDULED, READY, CLAIMED -> CANCELLED. FAILED_PRECONDITION TASK_NOT_OPEN.
absl::Status Cancel(Task& task, absl::Time now);

// CLAIMED -> READY when the lease is over; false when there is nothing to do.
bool EndLease(Task& task, absl::Time now);

}  // namespace gridwork::tasks
