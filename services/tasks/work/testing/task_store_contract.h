// What every implementation of TaskStore must do. Include it in a test program and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Fake, TaskStoreContract, ::testing::Values(&MakeFakeWorld));
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/unit.h"
#include "services/tasks/work/task_store.h"
#include "services/tasks/work/testing/samples.h"

namespace gridwork::tasks::testing {

class TaskStoreWorld {
 public:
  virtual ~TaskStoreWorld() = default;
  virtual TaskStore& store() = 0;  // empty at first
};

class TaskStoreContract : public ::testing::TestWithParam<std::unique_ptr<TaskStoreWorld> (*)()> {
 protected:
  using Tasks = std::vector<Task>;

  TaskStore& store() { return world_->store(); }

  // What `body` returned, committed.
  template <class T>
  T In(const std::function<absl::StatusOr<T>(Unit&)>& body) {
    absl::StatusOr<T> out;
    absl::Status status = store().InTransaction([&](Unit& unit) { return (out = body(unit)).status(); });
    EXPECT_TRUE(status.ok()) << status;
    return status.ok() ? *out : T();
  }
  void Must(const std::function<absl::Status(Unit&)>& body) {
    absl::Status status = store().InTransaction(body);
    EXPECT_TRUE(status.ok()) << status;
  }
  void Create(const Tasks& tasks) {
    Must([&](Unit& unit) { return store().Create(unit, tasks); });
  }
  // Claims the stored task, as a service does.
  Task Claimed(const Uuid& id, const std::string& worker, absl::Time now = kThen) {
    Task task = store().Find(id).value();
    EXPECT_TRUE(Claim(task, worker, now).ok());
    Must([&](Unit& unit) { return store().UpdateClaimed(unit, {task}); });
    return task;
  }
  std::vector<Uuid> Listed(const TaskQuery& query, std::vector<std::string> areas = {"CHI"}) {
    auto page = store().List(ScopeOf(std::move(areas)), query);
    EXPECT_TRUE(page.ok()) << page.status();
    return IdsOf(page->rows);
  }
  std::set<Lane> Lanes(std::vector<std::string> areas, const std::string& area, size_t limit = 100) {
    auto lanes = In<std::vector<Lane>>(
        [&](Unit& unit) { return store().ReadyLanes(unit, ScopeOf(std::move(areas)), area, limit); });
    EXPECT_EQ(lanes.size(), std::set<Lane>(lanes.begin(), lanes.end()).size()) << "a lane is named twice";
    return {lanes.begin(), lanes.end()};
  }

  std::unique_ptr<TaskStoreWorld> world_ = GetParam()();
};

inline std::vector<std::string> TextsOf(const std::vector<Task>& tasks) {
  std::vector<std::string> out;
  for (const Task& task : tasks) out.push_back(TextOf(task));
  return out;
}
inline std::vector<Task> ById(std::vector<Task> tasks) {
  std::sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.id < b.id; });
  return tasks;
}

TEST_P(TaskStoreContract, KeepsWhatWasCreated) {
  Tasks tasks = SampleTasks(3);
  tasks[0].due = kThen + absl::Microseconds(123'456'789);
  tasks[0].assignee = Staff(1);
  tasks[0].priority = 0;
  tasks[1].state = TaskState::kScheduled;
  tasks[1].return_note = "Zoë's 冷蔵庫 🧊 ' \" \\";
  tasks[1].start = tasks[1].first_start = kThen + absl::Hours(30);
  tasks[1].failures = 3;
  tasks[1].leases_over = 4;
  tasks[1].assign_reason = 5;
  tasks[1].replay_reason = 2;
  tasks[2].roles = "";
  tasks[2].qualifications = "BOILER,LIFT";
  tasks[2].second_visit_of = "tasks/018f0000-0000-7000-8000-0000000000aa/submissions/2147483647";
  Create(tasks);
  for (const Task& task : tasks) EXPECT_EQ(TextOf(store().Find(task.id).value()), TextOf(task));
  Create({});
}

TEST_P(TaskStoreContract, FindsWhatThereIs) {
  Tasks tasks = SampleTasks(3);
  Create(tasks);
  const Uuid unknown = Uuid::V7(kThen);
  EXPECT_EQ(store().Find(unknown).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(TextsOf(ById(store().FindAll({tasks[2].id, unknown, tasks[0].id}).value())), TextsOf({tasks[0], tasks[2]}));
  EXPECT_TRUE(store().FindAll({}).value().empty());
  EXPECT_TRUE(store().FindAll({unknown}).value().empty());
  EXPECT_EQ(In<Task>([&](Unit& unit) { return store().Lock(unit, tasks[1].id); }).id, tasks[1].id);
  absl::Status missing = store().InTransaction([&](Unit& unit) { return store().Lock(unit, unknown).status(); });
  EXPECT_EQ(missing, store().Find(unknown).status());
}

TEST_P(TaskStoreContract, CreatesFiveHundredAtOnce) {
  Tasks tasks = SampleTasks(500);
  Create(tasks);
  EXPECT_EQ(store().FindAll(IdsOf(tasks)).value().size(), 500u);
}

TEST_P(TaskStoreContract, AFailedUnitLeavesNothing) {
  Tasks tasks = SampleTasks(2);
  Create({tasks[0]});
  Task claimed = Claimed(tasks[0].id, Staff(1));
  Submission submission{.task = tasks[0].id, .attempt = 1, .worker = Staff(1), .created = kThen};
  Must([&](Unit& unit) { return store().AddSubmission(unit, submission); });
  const std::string before = TextOf(store().Find(tasks[0].id).value());

  absl::Status failed = store().InTransaction([&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(store().Create(unit, {tasks[1]}));
    Task changed = claimed;
    EXPECT_TRUE(EndLease(changed, kThen + absl::Hours(1)));
    RETURN_IF_ERROR(store().Update(unit, changed));
    EXPECT_TRUE(Claim(changed, Staff(2), kThen).ok());
    RETURN_IF_ERROR(store().UpdateClaimed(unit, {changed}));
    RETURN_IF_ERROR(store().AddSubmission(unit, {.task = tasks[0].id, .attempt = 2, .created = kThen}));
    RETURN_IF_ERROR(store().UpdateSubmission(unit, tasks[0].id, 1, SubmissionState::kAccepted, "good"));
    return absl::CancelledError();
  });
  EXPECT_EQ(failed.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(TextOf(store().Find(tasks[0].id).value()), before);
  EXPECT_EQ(store().Find(tasks[1].id).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store().Claimants(tasks[0].id).value(), std::vector<std::string>{Staff(1)});
  auto submissions = store().Submissions(tasks[0].id).value();
  ASSERT_EQ(submissions.size(), 1u);
  EXPECT_EQ(submissions[0].state, SubmissionState::kSubmitted);
  EXPECT_EQ(submissions[0].review_note, "");
}

// ---- List

TEST_P(TaskStoreContract, ListsByEachFilter) {
  Tasks t = SampleTasks(6);
  t[1].grid = "CHI/AB/AB-G1";  // begins like CHI/A
  t[2].grid = "CHI/A";
  t[2].place = Uuid::V7(kThen);
  t[3].due = kThen + absl::Hours(1);
  t[3].assignee = Staff(1);
  t[4].state = TaskState::kSubmitted;
  t[4].assignee = t[4].claimant = Staff(1);
  t[5].state = TaskState::kCancelled;
  t[5].due = kThen + absl::Hours(2);
  Create(t);
  Claimed(t[0].id, Staff(1));
  using Ids = std::vector<Uuid>;
  EXPECT_EQ(Listed({}), IdsOf(t));
  EXPECT_EQ(Listed({.area = "CHI/A"}), (Ids{t[0].id, t[2].id, t[3].id, t[4].id, t[5].id}));
  EXPECT_EQ(Listed({.area = "CHI/A/A-G1"}), (Ids{t[0].id, t[3].id, t[4].id, t[5].id}));
  EXPECT_EQ(Listed({.area = "NYC"}), Ids());
  EXPECT_EQ(Listed({.state = TaskState::kClaimed}), Ids{t[0].id});
  EXPECT_EQ(Listed({.state = TaskState::kReady}), (Ids{t[1].id, t[2].id, t[3].id}));
  EXPECT_EQ(Listed({.due_before = kThen + absl::Hours(2)}), Ids{t[3].id});
  EXPECT_EQ(Listed({.due_before = kThen + absl::Hours(3)}), (Ids{t[3].id, t[5].id}));
  EXPECT_EQ(Listed({.place = t[2].place}), Ids{t[2].id});
  // Nobody gets a history by worker: open tasks only.
  EXPECT_EQ(Listed({.worker = Staff(1)}), (Ids{t[0].id, t[3].id}));
  EXPECT_EQ(Listed({.worker = Staff(2)}), Ids());
  EXPECT_EQ(Listed({.area = "CHI/A", .state = TaskState::kReady, .worker = Staff(1)}), Ids{t[3].id});
}

TEST_P(TaskStoreContract, ListsOnlyWhatIsInScope) {
  Tasks t = SampleTasks(3);
  t[1].grid = "CHI/AB/AB-G1";
  t[2].grid = "NYC/A/A-G1";
  Create(t);
  using Ids = std::vector<Uuid>;
  EXPECT_EQ(Listed({}, {}), Ids());
  EXPECT_EQ(Listed({}, {""}), Ids());
  EXPECT_EQ(Listed({}, {"CHI/A"}), Ids{t[0].id});
  EXPECT_EQ(Listed({}, {"CHI/A/A-G1", "NYC", "CHI/A"}), (Ids{t[0].id, t[2].id}));
  EXPECT_EQ(Listed({.area = "CHI"}, {"NYC"}), Ids());
  EXPECT_EQ(Listed({.area = "CHI"}, {"CHI/A"}), Ids{t[0].id});
}

TEST_P(TaskStoreContract, PagesHoldEachTaskOnce) {
  Tasks t = SampleTasks(7);
  Create(t);
  for (size_t limit : {1u, 3u, 6u, 7u, 8u}) {
    std::vector<Uuid> seen;
    TaskQuery query{.limit = limit};
    do {
      auto page = store().List(ScopeOf({"CHI"}), query).value();
      EXPECT_LE(page.rows.size(), limit);
      for (const Task& task : page.rows) seen.push_back(task.id);
      query.after = page.next;
    } while (!query.after.empty());
    EXPECT_EQ(seen, IdsOf(t)) << limit;
  }
}

TEST_P(TaskStoreContract, CountsByStateInAnArea) {
  Tasks t = SampleTasks(4);
  t[1].grid = "CHI/AB/AB-G1";
  t[2].state = TaskState::kAccepted;
  Create(t);
  using Counts = std::map<TaskState, int64_t>;
  EXPECT_EQ(store().Count("CHI").value(), (Counts{{TaskState::kReady, 3}, {TaskState::kAccepted, 1}}));
  EXPECT_EQ(store().Count("CHI/A").value(), (Counts{{TaskState::kReady, 2}, {TaskState::kAccepted, 1}}));
  EXPECT_EQ(store().Count("CHI/AB").value(), (Counts{{TaskState::kReady, 1}}));
  EXPECT_EQ(store().Count("NYC").value(), Counts());
}

TEST_P(TaskStoreContract, ScansWhatIsQueued) {
  Tasks t = SampleTasks(5);
  t[1].state = TaskState::kSubmitted;
  t[3].assignee = Staff(1);
  Create(t);
  Claimed(t[2].id, Staff(1));
  auto scan = [&](const Uuid& after, size_t limit) { return IdsOf(store().ScanQueued(after, limit).value()); };
  using Ids = std::vector<Uuid>;
  EXPECT_EQ(scan({}, 100), (Ids{t[0].id, t[2].id, t[3].id, t[4].id}));
  EXPECT_EQ(scan({}, 2), (Ids{t[0].id, t[2].id}));
  EXPECT_EQ(scan(t[2].id, 2), (Ids{t[3].id, t[4].id}));
  EXPECT_EQ(scan(t[4].id, 2), Ids());
}

TEST_P(TaskStoreContract, KnowsWhatTheIndexOfAnAreaShouldHold) {
  Tasks t = SampleTasks(6);
  t[1].grid = "CHI/AB/AB-G1";
  t[2].qualifications = "LIFT";
  t[3].assignee = Staff(1);
  t[4].state = TaskState::kSubmitted;
  Create(t);
  t[5] = Claimed(t[5].id, Staff(1));
  auto in = [&](const std::string& area) {
    std::map<Uuid, QueuedTask> out;
    auto queued = store().QueuedIn(area);
    EXPECT_TRUE(queued.ok()) << queued.status();
    for (const QueuedTask& one : *queued) out[one.id] = one;
    EXPECT_EQ(out.size(), queued->size());
    return out;
  };
  auto ours = in("CHI/A");
  ASSERT_EQ(ours.size(), 4u);
  for (int i : {0, 2, 3, 5}) {
    EXPECT_EQ(ours[t[i].id].lane, LaneOf(t[i]));
    EXPECT_EQ(ours[t[i].id].version, t[i].version);
    EXPECT_EQ(ours[t[i].id].claimed, i == 5);
    EXPECT_EQ(ours[t[i].id].assigned, i == 3);
  }
  EXPECT_EQ(in("CHI").size(), 5u);
  EXPECT_TRUE(in("NYC").empty());
}

// ---- units of work

TEST_P(TaskStoreContract, ClaimsAreWrittenWithTheirAttempts) {
  Tasks t = SampleTasks(3);
  Create(t);
  Task first = Claimed(t[0].id, Staff(1));
  EXPECT_TRUE(EndLease(first, kThen + absl::Hours(1)));
  Must([&](Unit& unit) { return store().Update(unit, first); });

  Tasks both = {first, t[1]};  // of different attempts and versions
  for (Task& task : both) EXPECT_TRUE(Claim(task, Staff(2), kThen + absl::Hours(1)).ok());
  Must([&](Unit& unit) { return store().UpdateClaimed(unit, both); });
  for (const Task& task : both) EXPECT_EQ(TextOf(store().Find(task.id).value()), TextOf(task));
  EXPECT_EQ(store().Claimants(t[0].id).value(), (std::vector<std::string>{Staff(1), Staff(2)}));
  EXPECT_EQ(store().Claimants(t[1].id).value(), std::vector<std::string>{Staff(2)});
  EXPECT_TRUE(store().Claimants(t[2].id).value().empty());
  EXPECT_EQ(TextOf(store().Find(t[2].id).value()), TextOf(t[2]));
  Must([&](Unit& unit) { return store().UpdateClaimed(unit, {}); });
}

TEST_P(TaskStoreContract, ClaimantsAreInTheOrderOfTheirAttempts) {
  Task task = SampleTask(1);
  Create({task});
  std::vector<std::string> workers;
  for (int i = 0; i < 12; ++i) {
    task = Claimed(task.id, Staff(12 - i));
    workers.push_back(Staff(12 - i));
    EXPECT_TRUE(EndLease(task, kThen + absl::Hours(1)));
    Must([&](Unit& unit) { return store().Update(unit, task); });
  }
  EXPECT_EQ(store().Claimants(task.id).value(), workers);
}

TEST_P(TaskStoreContract, AnUpdateWritesEverythingThatChanges) {
  Task task = SampleTask(1);
  Create({task});
  task = Claimed(task.id, Staff(1));
  EXPECT_EQ(Submit(task, Staff(1), 1, kThen + absl::Minutes(1)), SubmissionState::kSubmitted);
  Must([&](Unit& unit) { return store().Update(unit, task); });
  EXPECT_EQ(TextOf(store().Find(task.id).value()), TextOf(task));
  EXPECT_TRUE(Return(task, Staff(2), "Zoë's 冷蔵庫 🧊 \n again", kThen + absl::Minutes(2)).ok());
  Must([&](Unit& unit) { return store().Update(unit, task); });
  EXPECT_EQ(TextOf(store().Find(task.id).value()), TextOf(task));
}

TEST_P(TaskStoreContract, AnUpdateWritesHowTheAttemptEnded) {
  Task task = SampleTask(0);
  Create({task});
  auto update = [&] { Must([&](Unit& unit) { return store().Update(unit, task); }); };
  task = Claimed(task.id, Staff(1));
  ASSERT_TRUE(Fail(task, Staff(1), 1, FailReason::kUnsafe, 5, absl::Hours(1), kThen + absl::Minutes(1)).ok());
  update();
  EXPECT_EQ(TextOf(store().Find(task.id).value()), TextOf(task));
  task = store().Find(task.id).value();
  EXPECT_FALSE(task.ended);
  ASSERT_TRUE(Start(task, kThen + absl::Hours(2)));
  update();
  task = Claimed(task.id, Staff(2), kThen + absl::Hours(2));
  ASSERT_TRUE(Reassign(task, Staff(3), AssignReason::kNoProgress, kThen + absl::Hours(3)).ok());
  update();
  EXPECT_EQ(TextOf(store().Find(task.id).value()), TextOf(task));
  task = Claimed(task.id, Staff(3), kThen + absl::Hours(3));
  ASSERT_TRUE(KeepOffline(task, Staff(3), 3, kThen + absl::Hours(30), kThen + absl::Hours(3)).ok());
  update();
  EXPECT_EQ(TextOf(store().Find(task.id).value()), TextOf(task));

  auto attempts = store().Attempts(task.id).value();
  ASSERT_EQ(attempts.size(), 3u);
  for (int i : {0, 1, 2}) {
    EXPECT_EQ(attempts[i].attempt, i + 1);
    EXPECT_EQ(attempts[i].worker, Staff(i + 1));
  }
  EXPECT_EQ(attempts[0].end, (AttemptEnd{AttemptOutcome::kFailed, static_cast<int>(FailReason::kUnsafe)}));
  EXPECT_EQ(attempts[0].claimed, kThen);
  EXPECT_EQ(attempts[0].ended, kThen + absl::Minutes(1));
  EXPECT_EQ(attempts[1].end, (AttemptEnd{AttemptOutcome::kReassigned, static_cast<int>(AssignReason::kNoProgress)}));
  EXPECT_EQ(attempts[1].claimed, kThen + absl::Hours(2));
  EXPECT_EQ(attempts[2].end, AttemptEnd{});
  EXPECT_FALSE(attempts[2].ended);
  EXPECT_TRUE(store().Attempts(Uuid::V7(kThen)).value().empty());
}

TEST_P(TaskStoreContract, LeasesAreExtendedAndNothingElseChanges) {
  Tasks t = SampleTasks(3);
  Create(t);
  for (Task& task : t) task = Claimed(task.id, Staff(1));
  const absl::Time until = kThen + absl::Minutes(9);
  Must([&](Unit& unit) { return store().UpdateLeases(unit, {t[2].id, t[0].id}, until); });
  t[0].lease_until = t[2].lease_until = until;
  for (const Task& task : t) EXPECT_EQ(TextOf(store().Find(task.id).value()), TextOf(task));
  Must([&](Unit& unit) { return store().UpdateLeases(unit, {}, until); });
}

TEST_P(TaskStoreContract, LocksTasksWhoseStartHasCome) {
  Tasks t = SampleTasks(4);
  for (int i : {0, 1, 2}) {
    t[i].start = kThen + absl::Hours(i);
    Enter(t[i], kThen - absl::Hours(1));
  }
  Create(t);
  auto due = [&](absl::Time now, size_t limit) {
    return IdsOf(In<Tasks>([&](Unit& unit) { return store().LockDue(unit, now, limit); }));
  };
  using Ids = std::vector<Uuid>;
  EXPECT_EQ(due(kThen - absl::Microseconds(1), 10), Ids());
  EXPECT_EQ(due(kThen, 10), Ids{t[0].id});
  EXPECT_EQ(due(kThen + absl::Hours(1), 10), (Ids{t[0].id, t[1].id}));
  EXPECT_EQ(due(kThen + absl::Hours(9), 1).size(), 1u);
}

// Whoever waits long enough comes before the more urgent that is newer; never before priority 0.
TEST_P(TaskStoreContract, TheOrderIsThatOfTheirRanks) {
  Tasks t = SampleTasks(12);
  for (int i = 0; i < 12; ++i) {
    t[i].priority = (i * 7) % 10;
    t[i].created = kThen + (i % 4) * kAgeingStep - absl::Minutes(i);
    if (i % 3 == 0) t[i].start = kThen + absl::Hours(50);
    Enter(t[i], kThen + absl::Hours(999));
  }
  Create(t);
  Tasks expected = t;
  std::sort(expected.begin(), expected.end(), [](const Task& a, const Task& b) { return RankOf(a) < RankOf(b); });
  EXPECT_EQ(IdsOf(In<Tasks>([&](Unit& unit) {
              return store().LockReady(unit, {"CHI/A/A-G1", "FI"}, 100);
            })),
            IdsOf(expected));
  Must([&](Unit& unit) -> absl::Status {
    for (Task& task : t) {
      EXPECT_TRUE(Reassign(task, Staff(1), AssignReason::kWorkload, kThen).ok());
      RETURN_IF_ERROR(store().Update(unit, task));
    }
    return absl::OkStatus();
  });
  EXPECT_EQ(IdsOf(In<Tasks>([&](Unit& unit) { return store().LockAssigned(unit, {Staff(1)}, 100); })), IdsOf(expected));
}

TEST_P(TaskStoreContract, WhatNotEverybodyMayTakeHasItsOwnLane) {
  Tasks t = SampleTasks(4);
  t[0].qualifications = "LIFT";
  t[1].qualifications = "BOILER,LIFT";
  Create(t);
  auto locked = [&](const Lane& lane) {
    return IdsOf(In<Tasks>([&](Unit& unit) { return store().LockReady(unit, lane, 10); }));
  };
  using Ids = std::vector<Uuid>;
  EXPECT_EQ(Lanes({"CHI"}, ""), (std::set<Lane>{LaneOf(t[0]), LaneOf(t[1]), LaneOf(t[2])}));
  EXPECT_EQ(locked(LaneOf(t[0])), Ids{t[0].id});
  EXPECT_EQ(locked(LaneOf(t[1])), Ids{t[1].id});
  EXPECT_EQ(locked(LaneOf(t[2])), (Ids{t[2].id, t[3].id}));
}

TEST_P(TaskStoreContract, AUnitReadsWhatItWrote) {
  Task task = SampleTask(1);
  Must([&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(store().Create(unit, {task}));
    EXPECT_EQ(store().Lock(unit, task.id).value().id, task.id);
    return absl::OkStatus();
  });
}

TEST_P(TaskStoreContract, LocksThoseThatExist) {
  Tasks t = SampleTasks(3);
  Create(t);
  auto locked = In<Tasks>([&](Unit& unit) { return store().LockFree(unit, {t[2].id, Uuid::V7(kThen), t[0].id}); });
  EXPECT_EQ(TextsOf(locked), TextsOf({t[0], t[2]}));
  EXPECT_TRUE(In<Tasks>([&](Unit& unit) { return store().LockFree(unit, {}); }).empty());
  locked = In<Tasks>([&](Unit& unit) { return store().LockAll(unit, {t[2].id, Uuid::V7(kThen), t[0].id}); });
  EXPECT_EQ(TextsOf(locked), TextsOf({t[0], t[2]}));
  EXPECT_TRUE(In<Tasks>([&](Unit& unit) { return store().LockAll(unit, {}); }).empty());
}

TEST_P(TaskStoreContract, AssignedTasksByPriorityThenAge) {
  Tasks t = SampleTasks(6);
  for (Task& task : t) task.assignee = Staff(1);
  t[1].priority = 9;
  t[2].priority = 0;
  t[3].assignee = Staff(2);
  t[4].state = TaskState::kScheduled;
  Create(t);
  auto locked = [&](const std::vector<std::string>& workers, size_t limit) {
    return IdsOf(In<Tasks>([&](Unit& unit) { return store().LockAssigned(unit, workers, limit); }));
  };
  using Ids = std::vector<Uuid>;
  EXPECT_EQ(locked({Staff(1)}, 10), (Ids{t[2].id, t[0].id, t[5].id, t[1].id}));
  EXPECT_EQ(locked({Staff(1)}, 2), (Ids{t[2].id, t[0].id}));
  EXPECT_EQ(locked({Staff(2), Staff(1)}, 10), (Ids{t[2].id, t[0].id, t[3].id, t[5].id, t[1].id}));
  EXPECT_EQ(locked({Staff(3)}, 10), Ids());
  EXPECT_EQ(locked({}, 10), Ids());
}

TEST_P(TaskStoreContract, ReadyTasksByPriorityThenAge) {
  Tasks t = SampleTasks(8);
  t[1].priority = 0;
  t[2].priority = 9;
  t[3].grid = "CHI/A/A-G10";
  t[4].roles = "I";
  t[5].assignee = Staff(1);
  t[6].state = TaskState::kSubmitted;
  Create(t);
  auto locked = [&](const Lane& lane, size_t limit) {
    return IdsOf(In<Tasks>([&](Unit& unit) { return store().LockReady(unit, lane, limit); }));
  };
  using Ids = std::vector<Uuid>;
  EXPECT_EQ(locked({"CHI/A/A-G1", "FI"}, 10), (Ids{t[1].id, t[0].id, t[7].id, t[2].id}));
  EXPECT_EQ(locked({"CHI/A/A-G1", "FI"}, 2), (Ids{t[1].id, t[0].id}));
  EXPECT_EQ(locked({"CHI/A/A-G1", "I"}, 2), Ids{t[4].id});
  EXPECT_EQ(locked({"CHI/A", "FI"}, 10), Ids());
}

// A lane whose ready tasks are all assigned may be named or not.
TEST_P(TaskStoreContract, ReadyLanesOfAScopeAndAnArea) {
  Tasks t = SampleTasks(8);
  t[1].roles = "I";
  t[2].grid = "CHI/A/A-G10";
  t[3].grid = "CHI/AB/AB-G1";
  t[4].grid = "NYC/A/A-G1";
  t[5].grid = "CHI/C/C-G1";
  t[5].state = TaskState::kSubmitted;
  t[6].grid = "CHI/D/D-G1";
  t[6].assignee = Staff(1);
  Create(t);
  const Lane g1{"CHI/A/A-G1", "FI"}, g1_inspectors{"CHI/A/A-G1", "I"}, g10{"CHI/A/A-G10", "FI"},
      ab{"CHI/AB/AB-G1", "FI"}, nyc{"NYC/A/A-G1", "FI"};
  std::set<Lane> chicago = Lanes({"CHI"}, "");
  chicago.erase({"CHI/D/D-G1", "FI"});
  EXPECT_EQ(chicago, (std::set<Lane>{g1, g1_inspectors, g10, ab}));
  EXPECT_EQ(Lanes({"CHI/A", "NYC"}, ""), (std::set<Lane>{g1, g1_inspectors, g10, nyc}));
  EXPECT_EQ(Lanes({"CHI"}, "CHI/A/A-G1"), (std::set<Lane>{g1, g1_inspectors}));
  EXPECT_EQ(Lanes({"CHI/A/A-G1"}, "CHI"), (std::set<Lane>{g1, g1_inspectors}));
  EXPECT_EQ(Lanes({"NYC"}, "CHI"), std::set<Lane>());
  EXPECT_EQ(Lanes({}, ""), std::set<Lane>());
  EXPECT_EQ(Lanes({"CHI"}, "CHI/A", 2).size(), 2u);
}

TEST_P(TaskStoreContract, ReadyLanesEverywhere) {
  Tasks t = SampleTasks(5);
  t[1].grid = "NYC/A/A-G1";
  t[2].qualifications = "LIFT";
  t[3].state = TaskState::kSubmitted;
  t[3].grid = "CHI/C/C-G1";
  Create(t);
  auto lanes = store().AllReadyLanes(100).value();
  EXPECT_EQ(lanes.size(), 3u);
  EXPECT_EQ((std::set<Lane>(lanes.begin(), lanes.end())), (std::set<Lane>{LaneOf(t[0]), LaneOf(t[1]), LaneOf(t[2])}));
  EXPECT_EQ(store().AllReadyLanes(2).value().size(), 2u);
}

TEST_P(TaskStoreContract, TasksFollowTheirPlace) {
  Tasks tasks = SampleTasks(4);
  tasks[1].state = TaskState::kAccepted;
  tasks[2].place = Uuid::V7(kThen);
  tasks[3].grid = "CHI/B/B-G1";
  Create(tasks);
  Must([&](Unit& unit) {
    return store().Follow(unit, {{tasks[0].place, "CHI/A/A-G1", "CHI/B/B-G1"}, {Uuid::V7(kThen), "CHI/A", "CHI/B"}});
  });
  for (int moved : {0, 1}) {
    Task after = store().Find(tasks[moved].id).value();
    EXPECT_EQ(after.grid, "CHI/B/B-G1");
    EXPECT_EQ(after.version, 2);
    EXPECT_EQ(after.state, tasks[moved].state);
  }
  for (int stays : {2, 3}) EXPECT_EQ(TextOf(store().Find(tasks[stays].id).value()), TextOf(tasks[stays]));
  EXPECT_EQ(Lanes({"CHI"}, "CHI/B"), (std::set<Lane>{{"CHI/B/B-G1", "FI"}}));
  Must([&](Unit& unit) { return store().Follow(unit, {}); });
}

TEST_P(TaskStoreContract, LocksTasksWhoseLeaseIsOver) {
  Tasks t = SampleTasks(4);
  Create(t);
  Claimed(t[0].id, Staff(1), kThen + absl::Minutes(2));
  Claimed(t[1].id, Staff(1), kThen);
  Claimed(t[2].id, Staff(1), kThen + absl::Minutes(1));
  auto expired = [&](absl::Time now, size_t limit) {
    return In<Tasks>([&](Unit& unit) { return store().LockExpired(unit, now, limit); });
  };
  const absl::Time end = kThen + kOnlineLease;
  EXPECT_TRUE(expired(end - absl::Microseconds(1), 10).empty());
  EXPECT_EQ(IdsOf(expired(end, 10)), std::vector<Uuid>{t[1].id});
  EXPECT_EQ(IdsOf(ById(expired(end + absl::Minutes(1), 10))), (std::vector<Uuid>{t[1].id, t[2].id}));
  EXPECT_EQ(expired(end + absl::Minutes(5), 10).size(), 3u);
  EXPECT_EQ(expired(end + absl::Minutes(5), 2).size(), 2u);
}

// ---- results

TEST_P(TaskStoreContract, KeepsTheResultOfEachAttempt) {
  Task task = SampleTask(1);
  Create({task});
  std::vector<Submission> given;
  for (int attempt : {3, 1, 2}) {
    given.push_back({.task = task.id,
                     .attempt = attempt,
                     .state = attempt == 1 ? SubmissionState::kLate : SubmissionState::kSubmitted,
                     .worker = Staff(attempt),
                     .form_version = attempt,
                     .content = std::string("\0\xff bytes", 8) + std::string(attempt == 3 ? 100'000 : 0, 'x'),
                     .created = kThen + absl::Microseconds(attempt)});
  }
  given[0].near_place = true;
  given[1].near_place = false;
  Must([&](Unit& unit) -> absl::Status {
    for (const Submission& one : given) RETURN_IF_ERROR(store().AddSubmission(unit, one));
    return absl::OkStatus();
  });
  auto kept = store().Submissions(task.id).value();
  ASSERT_EQ(kept.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    const Submission& expected = given[(i + 1) % 3];
    EXPECT_EQ(kept[i].task, task.id);
    EXPECT_EQ(kept[i].attempt, i + 1);
    EXPECT_EQ(kept[i].state, expected.state);
    EXPECT_EQ(kept[i].worker, expected.worker);
    EXPECT_EQ(kept[i].form_version, expected.form_version);
    EXPECT_EQ(kept[i].content, expected.content);
    EXPECT_EQ(kept[i].near_place, expected.near_place);
    EXPECT_EQ(kept[i].created, expected.created);
  }
  EXPECT_TRUE(store().Submissions(Uuid::V7(kThen)).value().empty());

  Must([&](Unit& unit) { return store().UpdateSubmission(unit, task.id, 2, SubmissionState::kReturned, "Zoë 🧊"); });
  kept = store().Submissions(task.id).value();
  EXPECT_EQ(kept[1].state, SubmissionState::kReturned);
  EXPECT_EQ(kept[1].review_note, "Zoë 🧊");
  EXPECT_EQ(kept[0].state, SubmissionState::kLate);
  EXPECT_EQ(kept[2].review_note, "");
}

TEST_P(TaskStoreContract, AnAttemptHasOneResult) {
  Task task = SampleTask(1);
  Create({task});
  Submission submission{.task = task.id, .attempt = 1, .worker = Staff(1), .content = "first", .created = kThen};
  auto add = [&] { return store().InTransaction([&](Unit& unit) { return store().AddSubmission(unit, submission); }); };
  ASSERT_TRUE(add().ok());
  submission.content = "second";
  EXPECT_EQ(ReasonOf(add()), "ALREADY_SUBMITTED");
  EXPECT_EQ(store().Submissions(task.id).value().at(0).content, "first");
}

TEST_P(TaskStoreContract, AResultIsDecidedOnItsOwn) {
  Task task = SampleTask(1);
  Create({task});
  const Uuid second = Uuid::V7(kThen);
  Must([&](Unit& unit) -> absl::Status {
    for (int attempt : {1, 2}) {
      RETURN_IF_ERROR(store().AddSubmission(unit, {.task = task.id,
                                                   .attempt = attempt,
                                                   .state = SubmissionState::kLate,
                                                   .worker = Staff(attempt),
                                                   .content = "kept",
                                                   .created = kThen}));
    }
    EXPECT_EQ(store().ReadSubmission(unit, task.id, 2).value().worker, Staff(2));
    EXPECT_EQ(ReasonOf(store().ReadSubmission(unit, task.id, 3).status()), "NOT_FOUND");
    return store().UpdateSubmission(unit, task.id, 1, SubmissionState::kSecondVisit, "odd", second);
  });
  auto decided = store().FindSubmission(task.id, 1).value();
  EXPECT_EQ(decided.state, SubmissionState::kSecondVisit);
  EXPECT_EQ(decided.review_note, "odd");
  EXPECT_EQ(decided.second_visit, second);
  EXPECT_EQ(decided.content, "kept");
  EXPECT_EQ(store().FindSubmission(task.id, 2).value().second_visit, std::nullopt);
  EXPECT_EQ(ReasonOf(store().FindSubmission(task.id, 3).status()), "NOT_FOUND");
  Must([&](Unit& unit) { return store().UpdateSubmission(unit, task.id, 1, SubmissionState::kDuplicate, ""); });
  EXPECT_EQ(store().FindSubmission(task.id, 1).value().second_visit, second);  // a link stays
}

TEST_P(TaskStoreContract, ListsLateResultsOfAScope) {
  Tasks t = SampleTasks(4);
  t[1].grid = "CHI/AB/AB-G1";
  t[2].grid = "NYC/A/A-G1";
  Create(t);
  Must([&](Unit& unit) -> absl::Status {
    for (const Task& task : t) {
      for (int attempt : {10, 2, 9}) {
        auto state = attempt == 2 ? SubmissionState::kSubmitted : SubmissionState::kLate;
        RETURN_IF_ERROR(store().AddSubmission(
            unit, {.task = task.id, .attempt = attempt, .state = state, .worker = Staff(1), .created = kThen}));
      }
    }
    return absl::OkStatus();
  });
  using Found = std::vector<std::pair<Uuid, int>>;
  auto listed = [&](const std::vector<std::string>& areas, const std::string& area, size_t limit) {
    Found out;
    std::string after;
    do {
      auto page = store().ListLate(ScopeOf(areas), area, limit, after).value();
      EXPECT_LE(page.rows.size(), limit);
      for (const Submission& s : page.rows) out.emplace_back(s.task, s.attempt);
      after = page.next;
    } while (!after.empty());
    return out;
  };
  const Found first = {{t[0].id, 9}, {t[0].id, 10}}, other = {{t[1].id, 9}, {t[1].id, 10}},
              last = {{t[3].id, 9}, {t[3].id, 10}};
  Found chicago = first, ours = first;
  chicago.insert(chicago.end(), other.begin(), other.end());
  chicago.insert(chicago.end(), last.begin(), last.end());
  ours.insert(ours.end(), last.begin(), last.end());
  for (size_t limit : {1u, 2u, 3u, 100u}) {
    EXPECT_EQ(listed({"CHI"}, "", limit), chicago) << limit;
    EXPECT_EQ(listed({"CHI"}, "CHI/A", limit), ours) << limit;
    EXPECT_EQ(listed({"CHI/AB", "NYC/B"}, "", limit), other) << limit;
    EXPECT_EQ(listed({}, "", limit), Found()) << limit;
    EXPECT_EQ(listed({"CHI"}, "NYC", limit), Found()) << limit;
  }
}

}  // namespace gridwork::tasks::testing
