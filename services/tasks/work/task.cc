#include "services/tasks/work/task.h"

#include "services/tasks/work/task_errors.h"

namespace gridwork::tasks {
namespace {

void Move(Task& task, TaskState to, absl::Time now) {
  task.state = to;
  if (to != TaskState::kClaimed) task.lease_until.reset();
  ++task.version;
  task.updated = now;
}

absl::Status CheckReview(const Task& task, std::string_view reviewer) {
  if (task.state != TaskState::kSubmitted) return errors::TaskNotSubmitted();
  if (task.claimant == reviewer) return errors::ReviewOfOwnWork();
  return absl::OkStatus();
}

}  // namespace

absl::Status Claim(Task& task, std::string_view worker, absl::Time now) {
  if (!task.assignee.empty() && task.assignee != worker) return errors::TaskNotFound();
  if (task.state != TaskState::kReady) return errors::TaskNotReady();
  task.claimant = worker;
  ++task.attempt;
  Move(task, TaskState::kClaimed, now);
  task.lease_until = now + kOnlineLease;
  return absl::OkStatus();
}

bool LeaseHolds(const Task& task, std::string_view worker, int attempt, absl::Time now) {
  return task.state == TaskState::kClaimed && task.claimant == worker && task.attempt == attempt &&
         task.lease_until > now;
}

SubmissionState Submit(Task& task, std::string_view worker, int attempt, absl::Time now) {
  if (!LeaseHolds(task, worker, attempt, now)) return SubmissionState::kLate;
  Move(task, TaskState::kSubmitted, now);
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
  Move(task, TaskState::kReady, now);
  return absl::OkStatus();
}

absl::Status Cancel(Task& task, absl::Time now) {
  if (!task.open()) return errors::TaskNotOpen();
  Move(task, TaskState::kCancelled, now);
  return absl::OkStatus();
}

bool EndLease(Task& task, absl::Time now) {
  if (task.state != TaskState::kClaimed || task.lease_until > now) return false;
  Move(task, TaskState::kReady, now);
  return true;
}

}  // namespace gridwork::tasks
