// Where tasks, their attempts and their results are kept. The fake and MySQL pass the same contract test
// (testing/task_store_contract.h).
#pragma once
#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/auth/scope.h"
#include "common/base/unit.h"
#include "services/tasks/place_store.h"
#include "services/tasks/work/task.h"

namespace gridwork::tasks {

// The topic of the outbox rows that each change of a task leaves for the queue's relay; their entity is the task's id,
// 16 bytes, and when the task has left a grid, before that of the change itself, the id and the path of that grid.
inline constexpr char kTaskTopic[] = "task";

// How tasks are called in the change feed (common/mysql/feed.h): each change of one is in the feed of its grid, except
// a heartbeat; one that is done, or will not be, is gone.
inline constexpr char kTaskFeed[] = "task";

struct TaskQuery {
  std::string area;  // "" or a path: only tasks in it
  std::optional<TaskState> state;
  std::optional<absl::Time> due_before;
  std::string worker;  // "" or a subject: only open tasks that are assigned to or held by them
  std::optional<Uuid> place;
  size_t limit = 100;
  std::string after;  // `next` of the page before
};

// Some tasks of one grid that the same workers may claim: what the queue hands out in turns.
struct Lane {
  std::string grid;
  std::string roles;             // "FI"
  std::string qualifications{};  // "BOILER,LIFT": work that not everybody here may take does not stand before the rest
  auto operator<=>(const Lane&) const = default;
};

// What the index should know of a READY or CLAIMED task.
struct QueuedTask {
  Uuid id;
  Lane lane;
  int64_t version = 0;
  bool claimed = false;
  bool assigned = false;
};

inline Lane LaneOf(const Task& task) { return {task.grid, task.roles, task.qualifications}; }

// As a follower of places: their tasks go with them, done ones too, as their next version.
class TaskStore : public PlaceFollower {  // Thread-safe.
 public:
  // NOT_FOUND when there is none. For the fact loader: it asks before anybody knows whether the caller may see the row.
  virtual absl::StatusOr<Task> Find(const Uuid& id) = 0;
  // Those that exist, in any order; at most 500 ids.
  virtual absl::StatusOr<std::vector<Task>> FindAll(const std::vector<Uuid>& ids) = 0;
  // Rows inside `scope` that match, by id.
  virtual absl::StatusOr<auth::Page<Task>> List(const auth::Scope& scope, const TaskQuery& query) = 0;
  // How many tasks of `area` there are in each state.
  virtual absl::StatusOr<std::map<TaskState, int64_t>> Count(const std::string& area) = 0;
  // Everybody who claimed the task, the newest last.
  virtual absl::StatusOr<std::vector<std::string>> Claimants(const Uuid& id) = 0;
  // Every claim of the task, the newest last.
  virtual absl::StatusOr<std::vector<Attempt>> Attempts(const Uuid& id) = 0;
  // Up to `limit` lanes with READY tasks, everywhere; for those who watch, each of whom is told of their own.
  virtual absl::StatusOr<std::vector<Lane>> AllReadyLanes(size_t limit) = 0;
  // READY and CLAIMED tasks by id, beginning after `after`; for the rebuild of the index.
  virtual absl::StatusOr<std::vector<Task>> ScanQueued(const Uuid& after, size_t limit) = 0;
  // All READY and CLAIMED tasks of an area, in any order; for the comparison with the index, which holds as many.
  virtual absl::StatusOr<std::vector<QueuedTask>> QueuedIn(const std::string& area) = 0;
  virtual absl::StatusOr<std::vector<Submission>> Submissions(const Uuid& task) = 0;
  // NOT_FOUND when the attempt has none.
  virtual absl::StatusOr<Submission> FindSubmission(const Uuid& task, int attempt) = 0;
  // LATE results of tasks inside `scope` and, when it is not "", `area`; by task and attempt.
  virtual absl::StatusOr<auth::Page<Submission>> ListLate(const auth::Scope& scope, const std::string& area,
                                                          size_t limit, const std::string& after) = 0;

  // ---- within a unit of work; each change of a task also tells the queue's relay ----

  virtual absl::Status Create(Unit& unit, const std::vector<Task>& tasks) = 0;  // at most 500
  // Those that exist, as `unit` sees them, in any order; at most 1,000 ids.
  virtual absl::StatusOr<std::vector<Task>> FindAll(Unit& unit, const std::vector<Uuid>& ids) = 0;
  // The database's clock.
  virtual absl::StatusOr<absl::Time> Now(Unit& unit) = 0;
  // Locks and reads the task; NOT_FOUND when there is none.
  virtual absl::StatusOr<Task> Lock(Unit& unit, const Uuid& id) = 0;
  // Locks and reads those that exist and that nobody else holds locked, by id.
  virtual absl::StatusOr<std::vector<Task>> LockFree(Unit& unit, const std::vector<Uuid>& ids) = 0;
  // Locks and reads those that exist, by id; waits for those that others hold.
  virtual absl::StatusOr<std::vector<Task>> LockAll(Unit& unit, const std::vector<Uuid>& ids) = 0;
  // Locks and reads up to `limit` READY tasks that are assigned to one of `workers`: by rank.
  virtual absl::StatusOr<std::vector<Task>> LockAssigned(Unit& unit, const std::vector<std::string>& workers,
                                                         size_t limit) = 0;
  // Lanes with READY tasks that are assigned to nobody, in these areas; at most `limit`. One whose ready tasks are all
  // assigned may be among them.
  virtual absl::StatusOr<std::vector<Lane>> ReadyLanes(Unit& unit, const auth::Scope& scope, const std::string& area,
                                                       size_t limit) = 0;
  // Locks and reads up to `limit` READY tasks of a lane that are assigned to nobody: by rank.
  virtual absl::StatusOr<std::vector<Task>> LockReady(Unit& unit, const Lane& lane, size_t limit) = 0;
  // Locks and reads up to `limit` CLAIMED tasks whose lease is over.
  virtual absl::StatusOr<std::vector<Task>> LockExpired(Unit& unit, absl::Time now, size_t limit) = 0;
  // Locks and reads up to `limit` SCHEDULED tasks whose start has come.
  virtual absl::StatusOr<std::vector<Task>> LockDue(Unit& unit, absl::Time now, size_t limit) = 0;
  // Writes a task that this unit holds locked, and how its attempt ended when it says so.
  virtual absl::Status Update(Unit& unit, const Task& task) = 0;
  // Writes tasks that were claimed, and their attempts.
  virtual absl::Status UpdateClaimed(Unit& unit, const std::vector<Task>& tasks) = 0;
  // Writes the end of the leases of tasks that this unit holds locked, the same for all, and nothing else: no new
  // version, and the queue's relay is not told. In one statement.
  virtual absl::Status UpdateLeases(Unit& unit, const std::vector<Uuid>& ids, absl::Time until) = 0;

  // FAILED_PRECONDITION ALREADY_SUBMITTED when the attempt has one.
  virtual absl::Status AddSubmission(Unit& unit, const Submission& submission) = 0;
  // Reads a result of a task that this unit holds locked; NOT_FOUND when the attempt has none.
  virtual absl::StatusOr<Submission> ReadSubmission(Unit& unit, const Uuid& task, int attempt) = 0;
  // Sets state and note of the result of an attempt, and, when it is given, the task that looks again.
  virtual absl::Status UpdateSubmission(Unit& unit, const Uuid& task, int attempt, SubmissionState state,
                                        const std::string& note,
                                        const std::optional<Uuid>& second_visit = std::nullopt) = 0;

  // Runs `body` in a transaction of its own, for background work that has no request.
  virtual absl::Status InTransaction(const std::function<absl::Status(Unit&)>& body) = 0;
};

}  // namespace gridwork::tasks
