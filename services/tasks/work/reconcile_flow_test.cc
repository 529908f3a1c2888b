#include "services/tasks/work/reconcile_flow.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "services/tasks/work/testing/fake_task_queue.h"
#include "services/tasks/work/testing/fake_task_store.h"
#include "services/tasks/work/testing/samples.h"

namespace gridwork::tasks {
namespace {

using namespace testing;

// Whatever of the changes reached the index, in whatever order: after a comparison it holds what MySQL says.
TEST(ReconcileRegion, AnIndexThatMissedAnyChangesIsRightAfterwards) {
  EXPECT_TRUE(rc::check([] {
    auto below = [](int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); };
    FakeClock clock;
    FakeTaskStore store(clock);
    FakeTaskQueue queue;
    std::vector<Task> seen;  // all states that there ever were
    std::vector<Task> tasks = SampleTasks(6);
    RC_ASSERT(store.InTransaction([&](Unit& unit) { return store.Create(unit, tasks); }).ok());
    seen = tasks;
    for (int step = 0, steps = below(30); step < steps; ++step) {
      Task& task = tasks[below(6)];
      bool claims = false;
      switch (below(5)) {
        case 0:
          claims = Claim(task, Staff(1), kThen, {.covers = {Staff(2)}}).ok();
          break;
        case 1:
          if (!Release(task, Staff(1), task.attempt, kThen).ok()) continue;
          break;
        case 2:
          if (Submit(task, Staff(1), task.attempt, kThen) == SubmissionState::kLate) continue;
          break;
        case 3:
          if (!Reassign(task, below(2) == 0 ? "" : Staff(2), AssignReason::kWorkload, kThen).ok()) continue;
          break;
        default:
          if (!Return(task, Staff(3), "again", kThen).ok()) continue;
      }
      if (task.version == store.Find(task.id)->version) continue;
      RC_ASSERT(store
                    .InTransaction([&](Unit& unit) {
                      return claims ? store.UpdateClaimed(unit, {task}) : store.Update(unit, task);
                    })
                    .ok());
      seen.push_back(task);
    }
    for (const Task& state : seen) {
      if (below(3) == 0) RC_ASSERT(queue.Apply({state}, false).ok());
    }
    if (below(2) == 0)
      RC_ASSERT(queue
                    .Offer(
                        {"CHI"}, [](const Lane&) { return true; }, 2)
                    .ok());

    RC_ASSERT(ReconcileRegion(store, queue, "CHI/A", absl::ZeroDuration()).ok());
    RC_ASSERT(ReconcileRegion(store, queue, "CHI/A", absl::ZeroDuration()).value() == 0);
    std::set<Uuid> ready, held;
    for (const Task& task : tasks) {
      const Task now = store.Find(task.id).value();
      if (now.state == TaskState::kReady && now.assignee.empty()) ready.insert(now.id);
      if (now.state == TaskState::kClaimed) held.insert(now.id);
    }
    std::set<Uuid> indexed, leased;
    const std::vector<IndexEntry> entries = queue.Entries("CHI/A").value();
    for (const IndexEntry& entry : entries) {
      (entry.ready || ready.contains(entry.id) ? indexed : leased).insert(entry.id);  // or offered just now
    }
    RC_ASSERT(indexed == ready);
    RC_ASSERT(leased == held);
  }));
}

TEST(ReconcileRegion, SaysSoWhileTheIndexIsAway) {
  FakeClock clock;
  FakeTaskStore store(clock);
  FakeTaskQueue queue;
  queue.SetAway(true);
  EXPECT_EQ(ReconcileRegion(store, queue, "CHI/A", absl::ZeroDuration()).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(RegionsToCompare(store, queue).status().code(), absl::StatusCode::kUnavailable);
}

TEST(RegionsToCompare, AreThoseOfBothSides) {
  FakeClock clock;
  FakeTaskStore store(clock);
  FakeTaskQueue queue;
  std::vector<Task> known = SampleTasks(1), lost = SampleTasks(1, "CHI/B/B-G1");
  EXPECT_TRUE(store.InTransaction([&](Unit& unit) { return store.Create(unit, lost); }).ok());
  EXPECT_TRUE(queue.Apply(known, false).ok());
  EXPECT_EQ(RegionsToCompare(store, queue).value(), (std::vector<std::string>{"CHI/A", "CHI/B"}));
}

}  // namespace
}  // namespace gridwork::tasks
