#include "services/tasks/work/mysql_task_store.h"

#include <absl/time/clock.h>

#include <future>
#include <thread>

#include "services/tasks/work/testing/mysql_world.h"
#include "services/tasks/work/testing/task_store_contract.h"

namespace gridwork::tasks::testing {
namespace {

class MysqlWorld : public TaskStoreWorld {
 public:
  TaskStore& store() override { return mysql_.tasks; }

 private:
  Mysql mysql_;
};

std::unique_ptr<TaskStoreWorld> MakeMysqlWorld() { return std::make_unique<MysqlWorld>(); }

INSTANTIATE_TEST_SUITE_P(Mysql, TaskStoreContract, ::testing::Values(&MakeMysqlWorld));

class MysqlTaskStoreTest : public ::testing::Test {
 protected:
  void Create(const std::vector<Task>& tasks) {
    ASSERT_TRUE(mysql_.tasks.InTransaction([&](Unit& unit) { return mysql_.tasks.Create(unit, tasks); }).ok());
  }
  // The entities of the outbox, which is emptied.
  std::vector<Uuid> TakeOutbox() {
    std::vector<Uuid> out;
    std::vector<int64_t> ids;
    const auto rows = mysql_.outbox.Take(kTaskTopic, 1'000, absl::Now() + absl::Seconds(10)).value();
    for (const auto& row : rows) {
      out.push_back(Uuid::FromBytes(row.entity).value());
      ids.push_back(row.id);
    }
    EXPECT_TRUE(mysql_.outbox.Remove(ids, absl::Now() + absl::Seconds(10)).ok());
    return out;
  }

  Mysql mysql_;
};

// While another transaction holds some rows, those that are free are taken at once.
TEST_F(MysqlTaskStoreTest, RowsThatAreLockedAreSkipped) {
  std::vector<Task> free = SampleTasks(3), assigned = SampleTasks(3), claimed = SampleTasks(3);
  for (Task& task : assigned) task.assignee = Staff(1);
  for (Task& task : claimed) {
    task.state = TaskState::kClaimed;
    task.claimant = Staff(1);
    task.lease_until = kThen;
  }
  for (const auto& tasks : {free, assigned, claimed}) Create(tasks);

  std::promise<void> locked, done;
  std::thread other([&] {
    EXPECT_TRUE(mysql_.tasks
                    .InTransaction([&](Unit& unit) -> absl::Status {
                      for (const Uuid& id : {free[1].id, assigned[1].id, claimed[1].id})
                        RETURN_IF_ERROR(mysql_.tasks.Lock(unit, id).status());
                      locked.set_value();
                      done.get_future().wait();
                      return absl::OkStatus();
                    })
                    .ok());
  });
  locked.get_future().wait();
  auto rest = [](const std::vector<Task>& tasks) { return std::vector<Uuid>{tasks[0].id, tasks[2].id}; };
  EXPECT_TRUE(mysql_.tasks
                  .InTransaction([&](Unit& unit) -> absl::Status {
                    EXPECT_EQ(IdsOf(mysql_.tasks.LockFree(unit, IdsOf(free)).value()), rest(free));
                    EXPECT_EQ(IdsOf(mysql_.tasks.LockAssigned(unit, {Staff(1)}, 10).value()), rest(assigned));
                    EXPECT_EQ(IdsOf(mysql_.tasks.LockReady(unit, {"CHI/A/A-G1", "FI"}, 10).value()), rest(free));
                    EXPECT_EQ(IdsOf(ById(mysql_.tasks.LockExpired(unit, kThen, 10).value())), rest(claimed));
                    return absl::OkStatus();
                  })
                  .ok());
  done.set_value();
  other.join();
}

TEST_F(MysqlTaskStoreTest, EachChangeLeavesARowForTheRelay) {
  std::vector<Task> tasks = SampleTasks(3);
  Create(tasks);
  EXPECT_EQ(TakeOutbox(), IdsOf(tasks));

  std::vector<Task> claimed = {tasks[0], tasks[1]};
  for (Task& task : claimed) ASSERT_TRUE(Claim(task, Staff(1), kThen).ok());
  ASSERT_TRUE(mysql_.tasks.InTransaction([&](Unit& unit) { return mysql_.tasks.UpdateClaimed(unit, claimed); }).ok());
  EXPECT_EQ(TakeOutbox(), IdsOf(claimed));

  ASSERT_TRUE(Cancel(tasks[2], kThen).ok());
  ASSERT_TRUE(mysql_.tasks.InTransaction([&](Unit& unit) { return mysql_.tasks.Update(unit, tasks[2]); }).ok());
  EXPECT_EQ(TakeOutbox(), std::vector<Uuid>{tasks[2].id});

  EXPECT_FALSE(mysql_.tasks
                   .InTransaction([&](Unit& unit) -> absl::Status {
                     RETURN_IF_ERROR(mysql_.tasks.Update(unit, tasks[2]));
                     return absl::CancelledError();
                   })
                   .ok());
  EXPECT_EQ(TakeOutbox(), std::vector<Uuid>());
}

TEST_F(MysqlTaskStoreTest, TheClockIsTheDatabases) {
  absl::Time now;
  ASSERT_TRUE(mysql_.tasks
                  .InTransaction([&](Unit& unit) -> absl::Status {
                    ASSIGN_OR_RETURN(now, mysql_.tasks.Now(unit));
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_LT(absl::AbsDuration(now - absl::Now()), absl::Seconds(5));
}

// The schema refuses what the state machine never makes.
TEST_F(MysqlTaskStoreTest, AClaimedTaskHasALeaseAndNoOtherHas) {
  Task task = SampleTask(1);
  task.state = TaskState::kClaimed;
  auto create = [&] {
    return mysql_.tasks.InTransaction([&](Unit& unit) { return mysql_.tasks.Create(unit, {task}); });
  };
  EXPECT_FALSE(create().ok());
  task.state = TaskState::kReady;
  task.lease_until = kThen;
  EXPECT_FALSE(create().ok());
  task.lease_until.reset();
  EXPECT_TRUE(create().ok());
}

}  // namespace
}  // namespace gridwork::tasks::testing
