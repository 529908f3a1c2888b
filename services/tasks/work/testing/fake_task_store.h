// TaskStore in memory, for the tests of services. Passes the same contract test as the real one.
#pragma once
#include <absl/time/clock.h>
#include <fmt/format.h>

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
    for (const auto& [key, attempt] : attempts_) {
      if (key.first == id) out.push_back(attempt.worker);
    }
    return out;
  }
  absl::StatusOr<std::vector<Attempt>> Attempts(const Uuid& id) override {
    MutexLock lock(mu_);
    std::vector<Attempt> out;
    for (const auto& [key, attempt] : attempts_) {
      if (key.first == id) out.push_back(attempt);
    }
    return out;
  }
  absl::StatusOr<std::vector<Lane>> AllReadyLanes(size_t limit) override {
    MutexLock lock(mu_);
    std::set<Lane> out;
    for (const auto& [id, t] : tasks_) {
      if (t.state == TaskState::kReady && out.size() < limit) out.insert(LaneOf(t));
    }
    return std::vector<Lane>(out.begin(), out.end());
  }
  absl::StatusOr<std::vector<Task>> ScanQueued(const Uuid& after, size_t limit) override {
    return Select(limit, [&](const Task& t) {
      return t.id > after && (t.state == TaskState::kReady || t.state == TaskState::kClaimed);
    });
  }
  absl::StatusOr<std::vector<QueuedTask>> QueuedIn(const std::string& area) override {
    MutexLock lock(mu_);
    std::vector<QueuedTask> out;
    for (const auto& [id, t] : tasks_) {
      if (auth::Holds(area, t.grid) && (t.state == TaskState::kReady || t.state == TaskState::kClaimed))
        out.push_back({id, LaneOf(t), t.version, t.state == TaskState::kClaimed, !t.assignee.empty()});
    }
    return out;
  }
  absl::StatusOr<std::vector<Submission>> Submissions(const Uuid& task) override {
    MutexLock lock(mu_);
    std::vector<Submission> out;
    for (const auto& [key, submission] : submissions_) {
      if (key.first == task) out.push_back(submission);
    }
    return out;
  }

  absl::StatusOr<Submission> FindSubmission(const Uuid& task, int attempt) override {
    MutexLock lock(mu_);
    auto it = submissions_.find({task, attempt});
    if (it == submissions_.end()) return errors::SubmissionNotFound();
    return it->second;
  }
  absl::StatusOr<auth::Page<Submission>> ListLate(const auth::Scope& scope, const std::string& area, size_t limit,
                                                  const std::string& after) override {
    MutexLock lock(mu_);
    auth::Page<Submission> page(scope);
    auto begin = submissions_.begin();
    if (after.size() > 16)
      begin = submissions_.upper_bound({*Uuid::FromBytes(after.substr(0, 16)), std::stoi(after.substr(16))});
    for (auto it = begin; it != submissions_.end(); ++it) {
      const std::string& grid = tasks_.at(it->first.first).grid;
      if (it->second.state != SubmissionState::kLate || !scope.Holds(grid)) continue;
      if (!area.empty() && !auth::Holds(area, grid)) continue;
      if (page.rows.size() == limit) {
        page.next = fmt::format("{}{}", page.rows.back().task.ToBytes(), page.rows.back().attempt);
        break;
      }
      page.rows.push_back(it->second);
    }
    return page;
  }

  absl::Status Create(Unit& unit, const std::vector<Task>& tasks) override {
    for (const Task& task : tasks) Put(unit, tasks_, task.id, task);
    return absl::OkStatus();
  }
  absl::StatusOr<absl::Time> Now(Unit&) override { return clock_.Now(); }
  absl::StatusOr<Task> Lock(Unit&, const Uuid& id) override { return Find(id); }
  absl::StatusOr<std::vector<Task>> LockFree(Unit&, const std::vector<Uuid>& ids) override { return FindAll(ids); }
  absl::StatusOr<std::vector<Task>> LockAll(Unit&, const std::vector<Uuid>& ids) override { return FindAll(ids); }
  absl::StatusOr<std::vector<Task>> LockAssigned(Unit&, const std::vector<std::string>& workers,
                                                 size_t limit) override {
    return InOrder(limit, [&](const Task& t) {
      return t.state == TaskState::kReady && std::find(workers.begin(), workers.end(), t.assignee) != workers.end();
    });
  }
  absl::StatusOr<std::vector<Lane>> ReadyLanes(Unit&, const auth::Scope& scope, const std::string& area,
                                               size_t limit) override {
    MutexLock lock(mu_);
    std::set<Lane> out;
    for (const auto& [id, t] : tasks_) {
      bool inside = scope.Holds(t.grid) && (area.empty() || auth::Holds(area, t.grid));
      if (inside && t.state == TaskState::kReady && t.assignee.empty() && out.size() < limit) out.insert(LaneOf(t));
    }
    return std::vector<Lane>(out.begin(), out.end());
  }
  absl::StatusOr<std::vector<Task>> LockReady(Unit&, const Lane& lane, size_t limit) override {
    return InOrder(
        limit, [&](const Task& t) { return t.state == TaskState::kReady && t.assignee.empty() && LaneOf(t) == lane; });
  }
  absl::StatusOr<std::vector<Task>> LockExpired(Unit&, absl::Time now, size_t limit) override {
    return Select(limit, [&](const Task& t) { return t.state == TaskState::kClaimed && t.lease_until <= now; });
  }
  absl::StatusOr<std::vector<Task>> LockDue(Unit&, absl::Time now, size_t limit) override {
    return Select(limit, [&](const Task& t) { return t.state == TaskState::kScheduled && t.start && *t.start <= now; });
  }
  absl::Status Update(Unit& unit, const Task& task) override {
    Task kept = task;
    kept.ended.reset();
    Put(unit, tasks_, task.id, kept);
    if (!task.ended) return absl::OkStatus();
    std::optional<Attempt> attempt;
    {
      MutexLock lock(mu_);
      if (auto it = attempts_.find({task.id, task.attempt}); it != attempts_.end()) attempt = it->second;
    }
    if (!attempt) return absl::OkStatus();
    attempt->end = *task.ended;
    attempt->ended = task.updated;
    Put(unit, attempts_, {task.id, task.attempt}, *attempt);
    return absl::OkStatus();
  }
  absl::Status UpdateClaimed(Unit& unit, const std::vector<Task>& tasks) override {
    for (const Task& task : tasks) {
      Put(unit, tasks_, task.id, task);
      Put(unit, attempts_, {task.id, task.attempt},
          Attempt{.attempt = task.attempt, .worker = task.claimant, .claimed = task.updated});
    }
    return absl::OkStatus();
  }
  absl::Status UpdateLeases(Unit& unit, const std::vector<Uuid>& ids, absl::Time until) override {
    for (const Uuid& id : ids) {
      absl::StatusOr<Task> task = Find(id);
      if (!task.ok()) continue;
      task->lease_until = until;
      Put(unit, tasks_, id, *task);
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
  absl::StatusOr<Submission> ReadSubmission(Unit&, const Uuid& task, int attempt) override {
    return FindSubmission(task, attempt);
  }
  absl::Status UpdateSubmission(Unit& unit, const Uuid& task, int attempt, SubmissionState state,
                                const std::string& note, const std::optional<Uuid>& second_visit) override {
    std::pair key(task, attempt);
    Submission changed;
    {
      MutexLock lock(mu_);
      changed = submissions_[key];
    }
    changed.state = state;
    changed.review_note = note;
    if (second_visit) changed.second_visit = second_visit;
    Put(unit, submissions_, key, changed);
    return absl::OkStatus();
  }
  absl::Status Follow(Unit& unit, const std::vector<MovedPlace>& moved) override {
    for (const MovedPlace& place : moved) {
      for (Task& task : Select(SIZE_MAX, [&](const Task& t) { return t.place == place.id && t.grid != place.to; })) {
        task.grid = place.to;
        ++task.version;
        task.updated = clock_.Now();
        Put(unit, tasks_, task.id, task);
      }
    }
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
    std::stable_sort(out.begin(), out.end(), [](const Task& a, const Task& b) { return RankOf(a) < RankOf(b); });
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
  std::map<std::pair<Uuid, int>, Attempt> attempts_;
  std::map<std::pair<Uuid, int>, Submission> submissions_;
};

}  // namespace gridwork::tasks
