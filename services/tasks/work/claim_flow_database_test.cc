// Claims on a real MariaDB and Redis.
#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

#include "common/base/status_macros.h"
#include "services/tasks/work/claim_flow.h"
#include "services/tasks/work/redis_task_queue.h"
#include "services/tasks/work/testing/mysql_world.h"
#include "services/tasks/work/testing/samples.h"
#include "tests/support/redis_fixture.h"

namespace gridwork::tasks {
namespace {

using namespace testing;

// Assigned to the worker a moment ago: MySQL knows it, the index still offers it to everybody.
TEST(ClaimOnDatabases, WhatTheIndexOffersToItsAssigneeIsClaimedOnce) {
  Mysql mysql;
  gridwork::testing::RedisDatabase redis;
  RedisTaskQueue queue(redis.client());
  std::vector<Task> tasks = SampleTasks(2);
  ASSERT_TRUE(queue.EndBuild(queue.BeginBuild().value()).value());
  ASSERT_TRUE(queue.Apply(tasks, false).ok());
  tasks[0].assignee = Staff(1);
  ASSERT_TRUE(mysql.tasks.InTransaction([&](Unit& unit) { return mysql.tasks.Create(unit, tasks); }).ok());

  Claimer claimer(mysql.tasks, queue);
  auth::Caller caller{.id = Staff(1), .grants = {{options::v1::ROLE_FIELD_WORKER, "CHI", absl::InfiniteFuture()}}};
  std::vector<Task> claimed;
  absl::Status status = mysql.tasks.InTransaction([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(claimed, claimer.Claim(unit, caller, ScopeOf({"CHI"}), {.max = 5}));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(IdsOf(claimed), (std::vector<Uuid>{tasks[0].id, tasks[1].id}));
}

// Whoever changed it was faster than the claim, which had looked at the clock before it got the lock.
TEST(ClaimOnDatabases, WhatChangedMeanwhileIsClaimedAfterThat) {
  Mysql mysql;
  gridwork::testing::RedisDatabase redis;
  RedisTaskQueue queue(redis.client());
  std::vector<Task> tasks = SampleTasks(2);
  tasks[0].updated = absl::Now() - absl::Hours(1);
  tasks[1].updated = kThen;  // a long time away
  ASSERT_TRUE(queue.EndBuild(queue.BeginBuild().value()).value());
  ASSERT_TRUE(queue.Apply(tasks, false).ok());
  ASSERT_TRUE(mysql.tasks.InTransaction([&](Unit& unit) { return mysql.tasks.Create(unit, tasks); }).ok());

  Claimer claimer(mysql.tasks, queue);
  auth::Caller caller{.id = Staff(1), .grants = {{options::v1::ROLE_FIELD_WORKER, "CHI", absl::InfiniteFuture()}}};
  std::vector<Task> claimed;
  absl::Status status = mysql.tasks.InTransaction([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(claimed, claimer.Claim(unit, caller, ScopeOf({"CHI"}), {.max = 5}));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  ASSERT_EQ(claimed.size(), 2u);
  EXPECT_LT(absl::AbsDuration(claimed[0].updated - absl::Now()), absl::Minutes(1));
  EXPECT_EQ(claimed[1].updated, kThen);
  for (const Task& task : claimed) EXPECT_EQ(TextOf(mysql.tasks.Find(task.id).value()), TextOf(task));
}

TEST(ClaimOnDatabases, EightThreadsClaimEachTaskOnce) {
  Mysql mysql;
  gridwork::testing::RedisDatabase redis;
  RedisTaskQueue queue(redis.client());
  for (bool built : {true, false}) {
    SCOPED_TRACE(built ? "from the index" : "from MySQL");
    std::vector<Task> tasks = SampleTasks(200);
    for (int i = 0; i < 200; ++i) {
      tasks[i].grid = "CHI/A/A-G" + std::to_string(i % 5);
      if (i % 10 == 0) tasks[i].assignee = Staff(i / 10 % 8);
    }
    ASSERT_TRUE(mysql.tasks.InTransaction([&](Unit& unit) { return mysql.tasks.Create(unit, tasks); }).ok());
    if (built) {
      ASSERT_TRUE(queue.EndBuild(queue.BeginBuild().value()).value());
      ASSERT_TRUE(queue.Apply(tasks, false).ok());
    } else {
      ASSERT_TRUE(queue.BeginBuild().ok());
    }

    std::mutex mu;
    std::multiset<Uuid> claimed;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        Claimer claimer(mysql.tasks, queue);
        auth::Caller caller{.id = Staff(i),
                            .grants = {{options::v1::ROLE_FIELD_WORKER, "CHI", absl::InfiniteFuture()}}};
        for (int empty = 0; empty < 5;) {  // all that is free may just be looked at by others
          std::vector<Task> mine;
          RequestKey key{.caller = caller.id, .request_id = Uuid::V7(absl::Now()), .method = "Claim"};
          auto run =
              mysql.units.Run(key, absl::Now() + absl::Seconds(20), [&](Unit& unit) -> absl::StatusOr<std::string> {
                ASSIGN_OR_RETURN(mine, claimer.Claim(unit, caller, ScopeOf({"CHI"}), {.max = 7}));
                return std::string();
              });
          EXPECT_TRUE(run.ok()) << run.status();
          if (!run.ok()) return;
          empty = mine.empty() ? empty + 1 : 0;
          if (mine.empty()) absl::SleepFor(absl::Milliseconds(20));
          std::lock_guard lock(mu);
          for (const Task& task : mine) {
            claimed.insert(task.id);
            EXPECT_TRUE(task.assignee.empty() || task.assignee == caller.id);
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(claimed.size(), 200u);
    EXPECT_EQ(std::set<Uuid>(claimed.begin(), claimed.end()).size(), 200u);
    const std::vector<Task> stored = mysql.tasks.FindAll(IdsOf(tasks)).value();
    for (const Task& task : stored) {
      EXPECT_EQ(task.state, TaskState::kClaimed);
      EXPECT_EQ(task.attempt, 1);
      EXPECT_EQ(task.version, 2);
      EXPECT_EQ(mysql.tasks.Claimants(task.id).value(), std::vector<std::string>{task.claimant});
    }
    EXPECT_EQ(queue.Size("CHI").value(), 0);
  }
}

}  // namespace
}  // namespace gridwork::tasks
