// A task: work to be done at a place, and what may happen to it. The rules of its life are here and nowhere else; they
// know no database.
//
//   SCHEDULED --start--> READY --claim--> CLAIMED --submit--> SUBMITTED --accept--> ACCEPTED
//       ^                  ^ ^               | |                  |
//       |                  | +-release, lease over, reassign      |
//       +--fail----------- | ------------------+                  |
//                 replay   +------------------------return--------+
//   DEAD <--fail once too often            SCHEDULED, READY, CLAIMED --cancel--> CANCELLED
//
// A result that comes after its lease was lost is kept as LATE and a dispatcher decides it: see AcceptLate().
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/scope_limits.h"
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

// How long a claim of a phone that is online holds, from its claim or its last heartbeat.
inline constexpr absl::Duration kOnlineLease = absl::Minutes(2);
// How far away the end of a claim of a phone that goes offline may be.
inline constexpr absl::Duration kOfflineLease = absl::Hours(scope::kOfflineLeaseHours);
// A waiting task counts as one priority more urgent for each of these, at most as priority 1. The same number stands in
// the column task.queue_rank.
inline constexpr absl::Duration kAgeingStep = absl::Hours(24);
// Before the second try of a task that failed; doubled with each failure, up to the longest.
inline constexpr absl::Duration kFirstRetry = absl::Minutes(30);
inline constexpr absl::Duration kLongestRetry = absl::Hours(24);

enum class LeaseKind {
  kOnline = 1,   // kOnlineLease, as long as heartbeats come
  kOffline = 2,  // to an agreed end, without heartbeats
};

// The numbers of these are those of the database and of the proto, too.
enum class AttemptOutcome {
  kNone = 0,  // under way
  kSubmitted = 1,
  kReleased = 2,
  kLeaseOver = 3,  // no word came in time: not a failure
  kFailed = 4,
  kReassigned = 5,
  kCancelled = 6,
  kSuperseded = 7,  // the late result of an earlier attempt was accepted meanwhile
};
enum class FailReason { kNoAccess = 1, kClosedNow = 2, kWeather = 3, kEquipment = 4, kUnsafe = 5, kNotFound = 6 };
enum class AssignReason { kAbsence = 1, kWorkload = 2, kQualification = 3, kNearer = 4, kNoProgress = 5, kMistake = 6 };
enum class ReplayReason { kCauseMended = 1, kTryAgain = 2, kMistake = 3 };

// How an attempt ended; `reason` is a FailReason of a failed one, an AssignReason of a reassigned one, else 0.
struct AttemptEnd {
  AttemptOutcome outcome = AttemptOutcome::kNone;
  int reason = 0;
  bool operator==(const AttemptEnd&) const = default;
};

struct Task {
  Uuid id;           // version 7: sorts by age
  std::string kind;  // code
  Uuid place;
  std::string grid;            // path of the place's grid
  std::string roles;           // who may claim it: the first letters of the kind's claim_roles, sorted: "FI"
  std::string qualifications;  // all of which a claimant must have: the kind's codes, sorted: "BOILER,LIFT"
  TaskState state = TaskState::kReady;
  int priority = 5;  // 0 first, 9 last
  std::optional<absl::Time> due;
  std::string assignee;  // "staff/{uuid}" who alone may claim it, or ""
  std::string claimant;  // "staff/{uuid}" of the newest attempt, or ""
  int attempt = 0;       // counts the claims; with the id it is the fence of everything that a claimant does
  LeaseKind lease_kind = LeaseKind::kOnline;  // of a claimed task, as the next
  std::optional<absl::Time> lease_until;
  std::optional<absl::Time> start;        // a SCHEDULED task is READY from then on
  std::optional<absl::Time> first_start;  // that it was created with: from then on it waits
  int failures = 0;                       // since it was created or replayed
  int leases_over = 0;                    // attempts that ended because no word came
  int assign_reason = 0;                  // of the newest Reassign(), or 0
  int replay_reason = 0;                  // of the newest Replay(), or 0
  std::string return_note;
  std::string second_visit_of;  // "tasks/{uuid}/submissions/{attempt}" of the late result for which it was made, or ""
  int form_version = 0;
  int64_t version = 1;
  absl::Time created, updated;
  // Set by a change that ends the newest attempt, for the store, which writes it there and never reads it back.
  std::optional<AttemptEnd> ended;

  bool open() const {
    return state == TaskState::kScheduled || state == TaskState::kReady || state == TaskState::kClaimed;
  }
};

// Where a ready task stands among those of its lane, the smallest first: priority 0 before all others, the others by
// the time since when they wait, with kAgeingStep added for each priority below 1. So a task is overtaken only by more
// urgent ones that came at most (difference of priority) steps after it, and the order never changes while it waits.
int64_t RankOf(const Task& task);

enum class SubmissionState {
  kSubmitted = 1,
  kAccepted = 2,
  kReturned = 3,
  kLate = 4,         // waits for a decision
  kDuplicate = 5,    // was late; kept beside the result that counts
  kSecondVisit = 6,  // was late; a new task looks again
};

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
  std::optional<Uuid> second_visit;  // the task that was made for it
  absl::Time created;
};

// One claim of a task.
struct Attempt {
  int attempt = 0;
  std::string worker;
  AttemptEnd end;
  absl::Time claimed;
  std::optional<absl::Time> ended;
};

struct ClaimTerms {
  std::vector<std::string> covers;          // "staff/{uuid}" whose assigned tasks the worker may take
  std::optional<absl::Time> offline_until;  // an offline lease to then, else an online one
};

// Each of these changes `task` and counts its version up, or says why not and changes nothing. `now` is the database's.

// Of a new task: SCHEDULED when its `start` is to come, else READY.
void Enter(Task& task, absl::Time now);
// SCHEDULED -> READY when its start has come; false when there is nothing to do.
bool Start(Task& task, absl::Time now);

// READY -> CLAIMED. FAILED_PRECONDITION TASK_NOT_READY; NOT_FOUND when it is assigned to somebody whom the worker does
// not cover.
absl::Status Claim(Task& task, std::string_view worker, absl::Time now, const ClaimTerms& terms = {});
// Whether an offline lease may end then. BAD_FIELD offline_until_time.
absl::Status CheckOfflineUntil(absl::Time until, absl::Time now);

// Whether the claim `attempt` of `worker` still holds.
bool LeaseHolds(const Task& task, std::string_view worker, int attempt, absl::Time now);

// A heartbeat: whether the task is still held by the attempt `attempt` of `worker`. An online lease then ends
// kOnlineLease from now, even if it was over and nobody had noticed: nobody else can have it. Changes neither version
// nor etag: a lease that goes on is no change of the task.
bool Extend(Task& task, std::string_view worker, int attempt, absl::Time now);

// The lease becomes an offline one. FAILED_PRECONDITION TASK_NOT_YOURS when it does not hold; BAD_FIELD.
absl::Status KeepOffline(Task& task, std::string_view worker, int attempt, absl::Time until, absl::Time now);

// A result of the attempt `attempt` of `worker`: CLAIMED -> SUBMITTED when the lease holds, and then returns
// kSubmitted; otherwise leaves the task alone and returns kLate.
SubmissionState Submit(Task& task, std::string_view worker, int attempt, absl::Time now);

// SUBMITTED -> ACCEPTED. FAILED_PRECONDITION TASK_NOT_SUBMITTED, REVIEW_OF_OWN_WORK.
absl::Status Accept(Task& task, std::string_view reviewer, absl::Time now);
// SUBMITTED -> READY with `note`. The same errors.
absl::Status Return(Task& task, std::string_view reviewer, std::string_view note, absl::Time now);

// CLAIMED -> READY by its claimant. FAILED_PRECONDITION TASK_NOT_YOURS when the lease does not hold.
absl::Status Release(Task& task, std::string_view worker, int attempt, absl::Time now);

// It could not be done: CLAIMED -> SCHEDULED, to be tried again after `delay`, or DEAD with the `max_failures`th
// failure. FAILED_PRECONDITION TASK_NOT_YOURS when the lease does not hold.
absl::Status Fail(Task& task, std::string_view worker, int attempt, FailReason reason, int max_failures,
                  absl::Duration delay, absl::Time now);
// How long a task waits after so many failures: kFirstRetry doubled with each, between one half and all of it as
// `random` says, which is from 0 to below 1.
absl::Duration RetryDelay(int failures, double random);
// DEAD -> READY, its failures counted anew. FAILED_PRECONDITION TASK_NOT_DEAD.
absl::Status Replay(Task& task, ReplayReason reason, absl::Time now);

// Gives an open task to `assignee`, or with "" to anybody. One that is claimed loses its lease and is READY.
// FAILED_PRECONDITION TASK_NOT_OPEN.
absl::Status Reassign(Task& task, std::string_view assignee, AssignReason reason, absl::Time now);

// SCHEDULED, READY, CLAIMED -> CANCELLED. FAILED_PRECONDITION TASK_NOT_OPEN.
absl::Status Cancel(Task& task, absl::Time now);

// CLAIMED -> READY when the lease is over; false when there is nothing to do. However often, it never makes it DEAD.
bool EndLease(Task& task, absl::Time now);

// ---- a LATE result is decided by somebody else than its worker: it is accepted, marked as a duplicate, or looked at
// again; it is never dropped and never overwrites another one.

// FAILED_PRECONDITION SUBMISSION_NOT_LATE, REVIEW_OF_OWN_WORK.
absl::Status CheckLate(const Submission& late, std::string_view dispatcher);
// The late result becomes that of the task, which is ACCEPTED from SCHEDULED, READY, CLAIMED, SUBMITTED or DEAD.
// * Who holds it loses the lease; what they hand in will be late.
// * Another result that waits for review, the attempt of which is returned, is to be put back as LATE: it is decided on
//   its own, and not by its worker, REVIEW_OF_OWN_WORK.
// FAILED_PRECONDITION as above; TASK_HAS_RESULT when it is ACCEPTED already; TASK_NOT_OPEN when it was cancelled.
absl::StatusOr<std::optional<int>> AcceptLate(Task& task, const Submission& late, std::string_view dispatcher,
                                              absl::Time now);
// A new READY task that looks again: of the same kind, at the same place.
Task SecondVisit(const Task& task, const Submission& late, absl::Time now);

}  // namespace gridwork::tasks
