#include "services/tasks/work/task.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/tasks/work/task_errors.h"

namespace gridwork::tasks {
namespace {

void Move(Task& task, TaskState to, absl::Time now, std::optional<AttemptEnd> ended = std::nullopt) {
  task.ended = ended;
  task.state = to;
  if (to != TaskState::kClaimed) {
    task.lease_until.reset();
    task.lease_kind = LeaseKind::kOnline;
  }
  ++task.version;
  task.updated = std::max(task.updated, now);  // a unit that waited for the task looked at its clock before
}

absl::Status CheckReview(const Task& task, std::string_view reviewer) {
  if (task.state != TaskState::kSubmitted) return errors::TaskNotSubmitted();
  if (task.claimant == reviewer) return errors::ReviewOfOwnWork();
  return absl::OkStatus();
}

// How the attempt of a task ends that is taken from whoever holds it.
std::optional<AttemptEnd> IfClaimed(const Task& task, AttemptEnd end) {
  return task.state == TaskState::kClaimed ? std::optional(end) : std::nullopt;
}

bool IsHeld(const Task& task, std::string_view worker, int attempt) {
  return task.state == TaskState::kClaimed && task.claimant == worker && task.attempt == attempt;
}

}  // namespace

int64_t RankOf(const Task& task) {
  constexpr int64_t kNotUrgent = int64_t{1} << 50;  // beyond every time, and exact in the double that Redis keeps
  int64_t since = absl::ToUnixMillis(task.first_start.value_or(task.created));
  return task.priority == 0 ? since : kNotUrgent + since + (task.priority - 1) * absl::ToInt64Milliseconds(kAgeingStep);
}

void Enter(Task& task, absl::Time now) {
  task.first_start = task.start;
  task.state = task.start > now ? TaskState::kScheduled : TaskState::kReady;
}

bool Start(Task& task, absl::Time now) {
  if (task.state != TaskState::kScheduled || !task.start || *task.start > now) return false;
  Move(task, TaskState::kReady, now);
  return true;
}

absl::Status Claim(Task& task, std::string_view worker, absl::Time now, const ClaimTerms& terms) {
  bool theirs = task.assignee.empty() || task.assignee == worker ||
                std::find(terms.covers.begin(), terms.covers.end(), task.assignee) != terms.covers.end();
  if (!theirs) return errors::TaskNotFound();
  if (task.state != TaskState::kReady) return errors::TaskNotReady();
  task.claimant = worker;
  ++task.attempt;
  Move(task, TaskState::kClaimed, now);
  task.lease_kind = terms.offline_until ? LeaseKind::kOffline : LeaseKind::kOnline;
  task.lease_until = terms.offline_until.value_or(now + kOnlineLease);
  return absl::OkStatus();
}

absl::Status CheckOfflineUntil(absl::Time until, absl::Time now) {
  if (until <= now || until > now + kOfflineLease) return errors::OfflineUntilTooFar();
  return absl::OkStatus();
}

bool LeaseHolds(const Task& task, std::string_view worker, int attempt, absl::Time now) {
  return IsHeld(task, worker, attempt) && task.lease_until > now;
}

bool Extend(Task& task, std::string_view worker, int attempt, absl::Time now) {
  if (!IsHeld(task, worker, attempt)) return false;
  if (task.lease_kind == LeaseKind::kOffline) return task.lease_until > now;
  task.lease_until = now + kOnlineLease;
  return true;
}

absl::Status KeepOffline(Task& task, std::string_view worker, int attempt, absl::Time until, absl::Time now) {
  if (absl::Status status = CheckOfflineUntil(until, now); !status.ok()) return status;
  if (!LeaseHolds(task, worker, attempt, now)) return errors::TaskNotYours();
  Move(task, TaskState::kClaimed, now);
  task.lease_kind = LeaseKind::kOffline;
  task.lease_until = until;
  return absl::OkStatus();
}

SubmissionState Submit(Task& task, std::string_view worker, int attempt, absl::Time now) {
  if (!LeaseHolds(task, worker, attempt, now)) return SubmissionState::kLate;
  Move(task, TaskState::kSubmitted, now, AttemptEnd{AttemptOutcome::kSubmitted});
  return SubmissionState::kSubmitted;
}

absl::Status Accept(Task& task, std::string_view reviewer, absl::Time now) {
  if (absl::Status status = CheckReview(task, reviewer); !status.ok()) return status;
  Move(task, TaskState::kAccepted, now);
  return absl::OkStatus();
}

absl::Status Return(Task& task, std::string_view reviewer, std::string_view note, absl::Time now) {
  if (absl::Status status = CheckReview(task, reviewer); !status.ok()) return status;
  task.return_note = note;
  Move(task, TaskState::kReady, now);
  return absl::OkStatus();
}

absl::Status Release(Task& task, std::string_view worker, int attempt, absl::Time now) {
  if (!LeaseHolds(task, worker, attempt, now)) return errors::TaskNotYours();
  Move(task, TaskState::kReady, now, AttemptEnd{AttemptOutcome::kReleased});
  return absl::OkStatus();
}

absl::Status Fail(Task& task, std::string_view worker, int attempt, FailReason reason, int max_failures,
                  absl::Duration delay, absl::Time now) {
  if (!LeaseHolds(task, worker, attempt, now)) return errors::TaskNotYours();
  bool dead = ++task.failures >= max_failures;
  task.start = dead ? std::nullopt : std::optional(now + delay);
  Move(task, dead ? TaskState::kDead : TaskState::kScheduled, now,
       AttemptEnd{AttemptOutcome::kFailed, static_cast<int>(reason)});
  return absl::OkStatus();
}

absl::Duration RetryDelay(int failures, double random) {
  absl::Duration full = kFirstRetry;
  for (int i = 1; i < failures && full < kLongestRetry; ++i) full *= 2;
  full = std::min(full, kLongestRetry);
  return full / 2 + full / 2 * random;
}

absl::Status Replay(Task& task, ReplayReason reason, absl::Time now) {
  if (task.state != TaskState::kDead) return errors::TaskNotDead();
  task.failures = 0;
  task.replay_reason = static_cast<int>(reason);
  Move(task, TaskState::kReady, now);
  return absl::OkStatus();
}

absl::Status Reassign(Task& task, std::string_view assignee, AssignReason reason, absl::Time now) {
  if (!task.open()) return errors::TaskNotOpen();
  task.assignee = assignee;
  task.assign_reason = static_cast<int>(reason);
  Move(task, task.state == TaskState::kScheduled ? TaskState::kScheduled : TaskState::kReady, now,
       IfClaimed(task, {AttemptOutcome::kReassigned, static_cast<int>(reason)}));
  return absl::OkStatus();
}

absl::Status Cancel(Task& task, absl::Time now) {
  if (!task.open()) return errors::TaskNotOpen();
  Move(task, TaskState::kCancelled, now, IfClaimed(task, {AttemptOutcome::kCancelled}));
  return absl::OkStatus();
}

bool EndLease(Task& task, absl::Time now) {
  if (task.state != TaskState::kClaimed || task.lease_until > now) return false;
  ++task.leases_over;
  Move(task, TaskState::kReady, now, AttemptEnd{AttemptOutcome::kLeaseOver});
  return true;
}

absl::Status CheckLate(const Submission& late, std::string_view dispatcher) {
  if (late.state != SubmissionState::kLate) return errors::SubmissionNotLate();
  if (late.worker == dispatcher) return errors::ReviewOfOwnWork();
  return absl::OkStatus();
}

absl::StatusOr<std::optional<int>> AcceptLate(Task& task, const Submission& late, std::string_view dispatcher,
                                              absl::Time now) {
  if (absl::Status status = CheckLate(late, dispatcher); !status.ok()) return status;
  if (task.state == TaskState::kAccepted) return errors::TaskHasResult();
  bool waiting = task.state == TaskState::kSubmitted;
  if (waiting && task.claimant == dispatcher) return errors::ReviewOfOwnWork();
  if (!waiting && !task.open() && task.state != TaskState::kDead) return errors::TaskNotOpen();
  Move(task, TaskState::kAccepted, now, IfClaimed(task, {AttemptOutcome::kSuperseded}));
  task.claimant = late.worker;
  return waiting ? std::optional(task.attempt) : std::nullopt;
}

Task SecondVisit(const Task& task, const Submission& late, absl::Time now) {
  return {.id = Uuid::V7(now),
          .kind = task.kind,
          .place = task.place,
          .grid = task.grid,
          .roles = task.roles,
          .qualifications = task.qualifications,
          .state = TaskState::kReady,
          .priority = task.priority,
          .second_visit_of = fmt::format("tasks/{}/submissions/{}", late.task.ToString(), late.attempt),
          .form_version = task.form_version,
          .created = now,
          .updated = now};
}

}  // namespace gridwork::tasks
