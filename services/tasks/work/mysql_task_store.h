// TaskStore on MySQL. The outbox row of every change is written here, so that no caller can forget it.
#pragma once
#include "common/mysql/database.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

class MysqlTaskStore : public TaskStore {
 public:
  explicit MysqlTaskStore(mysql::Database& database) : database_(database) {}

  absl::StatusOr<Task> Find(const Uuid& id) override;
  absl::StatusOr<std::vector<Task>> FindAll(const std::vector<Uuid>& ids) override;
  absl::StatusOr<std::vector<Task>> FindAll(Unit& unit, const std::vector<Uuid>& ids) override;
  absl::StatusOr<auth::Page<Task>> List(const auth::Scope& scope, const TaskQuery& query) override;
  absl::StatusOr<std::map<TaskState, int64_t>> Count(const std::string& area) override;
  absl::StatusOr<std::vector<std::string>> Claimants(const Uuid& id) override;
  absl::StatusOr<std::vector<Attempt>> Attempts(const Uuid& id) override;
  absl::StatusOr<std::vector<Lane>> AllReadyLanes(size_t limit) override;
  absl::StatusOr<std::vector<Task>> ScanQueued(const Uuid& after, size_t limit) override;
  absl::StatusOr<std::vector<QueuedTask>> QueuedIn(const std::string& area) override;
  absl::StatusOr<std::vector<Submission>> Submissions(const Uuid& task) override;
  absl::StatusOr<Submission> FindSubmission(const Uuid& task, int attempt) override;
  absl::StatusOr<auth::Page<Submission>> ListLate(const auth::Scope& scope, const std::string& area, size_t limit,
                                                  const std::string& after) override;

  absl::Status Create(Unit& unit, const std::vector<Task>& tasks) override;
  absl::StatusOr<absl::Time> Now(Unit& unit) override;
  absl::StatusOr<Task> Lock(Unit& unit, const Uuid& id) override;
  absl::StatusOr<std::vector<Task>> LockFree(Unit& unit, const std::vector<Uuid>& ids) override;
  absl::StatusOr<std::vector<Task>> LockAll(Unit& unit, const std::vector<Uuid>& ids) override;
  absl::StatusOr<std::vector<Task>> LockAssigned(Unit& unit, const std::vector<std::string>& workers,
                                                 size_t limit) override;
  absl::StatusOr<std::vector<Lane>> ReadyLanes(Unit& unit, const auth::Scope& scope, const std::string& area,
                                               size_t limit) override;
  absl::StatusOr<std::vector<Task>> LockReady(Unit& unit, const Lane& lane, size_t limit) override;
  absl::StatusOr<std::vector<Task>> LockExpired(Unit& unit, absl::Time now, size_t limit) override;
  absl::StatusOr<std::vector<Task>> LockDue(Unit& unit, absl::Time now, size_t limit) override;
  absl::Status Update(Unit& unit, const Task& task) override;
  absl::Status UpdateClaimed(Unit& unit, const std::vector<Task>& tasks) override;
  absl::Status UpdateLeases(Unit& unit, const std::vector<Uuid>& ids, absl::Time until) override;

  absl::Status AddSubmission(Unit& unit, const Submission& submission) override;
  absl::StatusOr<Submission> ReadSubmission(Unit& unit, const Uuid& task, int attempt) override;
  absl::Status UpdateSubmission(Unit& unit, const Uuid& task, int attempt, SubmissionState state,
                                const std::string& note, const std::optional<Uuid>& second_visit) override;

  absl::Status Follow(Unit& unit, const std::vector<MovedPlace>& moved) override;
  absl::Status InTransaction(const std::function<absl::Status(Unit&)>& body) override;

 private:
  mysql::Database& database_;
};

}  // namespace gridwork::tasks
