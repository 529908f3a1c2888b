// TaskStore in memory, for the tests of services. Passes the same contract test as the real one.
#pragma once
#include <absl/time/clock.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/tasks/work/task_errors.h"
#include "services/tasks/work/task_store.h"
#include "tests/support/fake_units.h"

namespace gridwork::tasks {

class FakeTaskStore : public TaskStore {
 public:
  explicit FakeTaskStore(const Clock& clock) : clock_(clock) {}

  absl::StatusOr<Task> Find(const Uuid& id) override {
    MutexLock lock(mu_);
    auto it = tasks_.find(id);
    if (it == tasks_.end()) return errors::TaskNotFound();
    return it->second;
  }
  absl::StatusOr<std::vector<Task>> FindAll(const std::vector<Uuid>& ids) override {
    return Select(ids.size(), [&](const Task& t) { return std::find(ids.begin(), ids.end(), t.id) != ids.end(); });
  }
  absl::StatusOr<std::vector<Task>> FindAll(Unit&, const std::vector<Uuid>& ids) override { return FindAll(ids); }
  absl::StatusOr<auth::Page<Task>> List(const auth::Scope& scope, const TaskQuery& q) override {
    auth::Page<Task> page(scope);
    page.rows = Select(q.limit + 1, [&](const Task& t) {
      bool of_worker = q.worker.empty() || (t.assignee == q.worker && t.open()) ||
                       (t.claimant == q.worker && t.state == TaskState::kClaimed);
      return scope.Holds(t.grid) && (q.area.empty() || auth::Holds(q.area, t.grid)) &&
             (!q.state || t.state == *q.state) && (!q.due_before || (t.due && *t.due < *q.due_before)) && of_worker &&
             (!q.place || t.place == *q.place) && t.id.ToBytes() > q.after;
    });
    if (page.rows.size() > q.limit) {
      page.rows.pop_back();
      page.next = page.rows.back().id.ToBytes();
    }
    return page;
  }
  absl::StatusOr<std::map<TaskState, int64_t>> Count(const std::string& area) override {
    MutexLock lock(mu_);
    std::map<TaskState, int64_t> out;
    for (const auto& [id, task] : tasks_) {
      if (auth::Holds(area, task.grid)) ++out[task.state];
    }
    return out;
  }
  absl::StatusOr<std::vector<std::string>> Claimants(const Uuid& id) override {
    MutexLock lock(mu_);
    std::vector<std::string> out;
    for (const auto& [key, worker] : attempts_) {
      if (key.first == id) out.push_back(worker);
    }
    return out;
  }
  absl::StatusOr<std::vector<Task>> ScanQueued(const Uuid& after, size_t limit) override {
    return Select(limit, [&](const Task& t) {
      return t.id > after && (t.state == TaskState::kReady || t.state == TaskState::kClaimed);
    });
  }
  absl::StatusOr<std::vector<Submission>> Submissions(const Uuid& task) override {
    MutexLock lock(mu_);
    std::vector<Submission> out;
    for (const auto& [key, submission] : submissions_) {
      if (key.first == task) out.push_back(submission);
    }
    return out;
  }

  absl::Status Create(Unit& unit, const std::vector<Task>& tasks) override {
    for (const Task& task : tasks) Put(unit, tasks_, task.id, task);
    return absl::OkStatus();
  }
  absl::StatusOr<absl::Time> Now(Unit&) override { return clock_.Now(); }
  absl::StatusOr<Task> Lock(Unit&, const Uuid& id) override { return Find(id); }
  absl::StatusOr<std::vector<Task>> LockFree(Unit&, const std::vector<Uuid>& ids) override { return FindAll(ids); }
  absl::StatusOr<std::vector<Task>> LockAssigned(Unit&, const std::string& worker, size_t limit) override {
    return InOrder(limit, [&](const Task& t) { return t.state == TaskState::kReady && t.assignee == worker; });
  }
  absl::StatusOr<std::vector<Lane>> ReadyLanes(Unit&, const auth::Scope& scope, const std::string& area,
                                               size_t limit) override {
    MutexLock lock(mu_);
    std::set<Lane> out;
    for (const auto& [id, t] : tasks_) {
      bool inside = scope.Holds(t.grid) && (area.empty() || auth::Holds(area, t.grid));
      if (inside && t.state == TaskState::kReady && t.assignee.empty() && out.size() < limit)
        out.insert({t.grid, t.roles});
    }
    return std::vector<Lane>(out.begin(), out.end());
  }
  absl::StatusOr<std::vector<Task>> LockReady(Unit&, const Lane& lane, size_t limit) override {
    return InOrder(limit, [&](const Task& t) {
      return t.state == TaskState::kReady && t.assignee.empty() && t.grid == lane.grid && t.roles == lane.roles;
    });
  }
  absl::StatusOr<std::vector<Task>> LockExpired(Unit&, absl::Time now, size_t limit) override {
    return Select(limit, [&](const Task& t) { return t.state == TaskState::kClaimed && t.lease_until <= now; });
  }
  absl::Status Update(Unit& unit, const Task& task) override {
    Put(unit, tasks_, task.id, task);
    return absl::OkStatus();
  }
  absl::Status UpdateClaimed(Unit& unit, const std::vector<Task>& tasks) override {
    for (const Task& task : tasks) {
      Put(unit, tasks_, task.id, task);
      Put(unit, attempts_, {task.id, task.attempt}, task.claimant);
    }
    return absl::OkStatus();
  }
  absl::Status AddSubmission(Unit& unit, const Submission& submission) override {
    std::pair key(submission.task, submission.attempt);
    {
      MutexLock lock(mu_);
      if (submissions_.contains(key)) return errors::AlreadySubmitted();
    }
    Put(unit, submissions_, key, submission);
    return absl::OkStatus();
  }
  absl::Status UpdateSubmission(Unit& unit, const Uuid& task, int attempt, SubmissionState state,
                                const std::string& note) override {
    std::pair key(task, attempt);
    Submission changed;
    {
      MutexLock lock(mu_);
      changed = submissions_[key];
    }
    changed.state = state;
    changed.review_note = note;
    Put(unit, submissions_, key, changed);
    return absl::OkStatus();
  }
  absl::Status InTransaction(const std::function<absl::Status(Unit&)>& body) override {
    RequestKey key{.caller = "job", .request_id = Uuid::V7(absl::Now()), .method = "job"};
    return jobs_
        .Run(key, absl::InfiniteFuture(),
             [&](Unit& unit) -> absl::StatusOr<std::string> {
               if (absl::Status status = body(unit); !status.ok()) return status;
               return std::string();
             })
        .status();
  }

 private:
  template <class Keep>
  std::vector<Task> Select(size_t limit, Keep keep) {
    MutexLock lock(mu_);
    std::vector<Task> out;
    for (const auto& [id, task] : tasks_) {
      if (out.size() < limit && keep(task)) out.push_back(task);
    }
    return out;
  }
  template <class Keep>
  std::vector<Task> InOrder(size_t limit, Keep keep) {
    std::vector<Task> out = Select(SIZE_MAX, keep);
    std::stable_sort(out.begin(), out.end(), [](const Task& a, const Task& b) { return a.priority < b.priority; });
    if (out.size() > limit) out.resize(limit);
    return out;
  }
  // Writes, and takes it back when the unit fails.
  template <class Key, class Value>
  void Put(Unit& unit, std::map<Key, Value>& map, const Key& key, const Value& value) {
    MutexLock lock(mu_);
    auto it = map.find(key);
    gridwork::testing::FakeUnit::Of(unit).OnRollback(
        [this, &map, key, before = it == map.end() ? std::nullopt : std::optional(it->second)] {
          MutexLock undo(mu_);
          if (before) {
            map[key] = *before;
          } else {
            map.erase(key);
          }
        });
    map[key] = value;
  }

  const Clock& clock_;
  gridwork::testing::FakeUnits jobs_;
  Mutex mu_;
  std::map<Uuid, Task> tasks_;
  std::map<std::pair<Uuid, int>, std::string> attempts_;
  std::map<std::pair<Uuid, int>, Submission> submissions_;
};

}  // namespace gridwork::tasks
