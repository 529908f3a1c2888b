#include "services/tasks/work/queue_relay.h"

#include <absl/random/random.h>
#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "common/base/status_macros.h"
#include "services/tasks/work/claim_flow.h"
#include "services/tasks/work/heartbeat_flow.h"
#include "services/tasks/work/rebuild_flow.h"
#include "services/tasks/work/redis_task_queue.h"
#include "services/tasks/work/testing/mysql_world.h"
#include "services/tasks/work/testing/samples.h"
#include "tests/support/redis_fixture.h"

namespace gridwork::tasks {
namespace {

using namespace testing;
using Ids = std::vector<Uuid>;

constexpr char kLeases[] = "q:{CHI/A}:leases";

class QueueRelayTest : public ::testing::Test {
 protected:
  QueueRelayTest() { EXPECT_TRUE(RebuildQueue(store_, queue_).ok()); }

  absl::Status In(const std::function<absl::Status(Unit&)>& body) { return store_.InTransaction(body); }
  void Create(const std::vector<Task>& tasks) {
    ASSERT_TRUE(In([&](Unit& unit) { return store_.Create(unit, tasks); }).ok());
  }
  std::vector<Task> Claim(size_t n, const std::string& worker) {
    auth::Caller caller{.id = worker, .grants = {{options::v1::ROLE_FIELD_WORKER, "CHI", absl::InfiniteFuture()}}};
    std::vector<Task> out;
    absl::Status status = In([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(out, claimer_.Claim(unit, caller, ScopeOf({"CHI"}), {.max = n}));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return status.ok() ? out : std::vector<Task>();
  }
  // Changes a task as a service does; false when the rules do not let it.
  template <class Change>
  bool Changed(const Uuid& id, Change change) {
    bool done = false;
    absl::Status status = In([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(Task task, store_.Lock(unit, id));
      ASSIGN_OR_RETURN(absl::Time now, store_.Now(unit));
      done = change(task, now);
      return done ? store_.Update(unit, task) : absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return done;
  }
  int64_t InOutbox() {
    return mysql_.database.Query(absl::Now() + absl::Seconds(10), "SELECT COUNT(*) FROM outbox")
        .value()[0]
        .Get<int64_t>(0);
  }
  void EndLeaseOf(const Uuid& id) {
    auto lease = Schema().pool().Acquire(absl::Now() + absl::Seconds(10)).value();
    ASSERT_TRUE(lease->Execute("UPDATE task SET lease_until_us = 1 WHERE id = ? AND state = 3", id).ok());
  }
  void CarryAll() {
    for (;;) {
      auto carried = relay_.Carry();
      ASSERT_TRUE(carried.ok()) << carried.status();
      if (*carried == 0) return;
    }
  }
  redis::Reply Redis(const redis::Command& command) { return redis_.client().Run(command).value(); }
  Ids Members(const std::string& key) {
    Ids out;
    const redis::Reply reply = Redis({"ZRANGE", key, "0", "-1"});
    for (const redis::Reply& id : reply.elements) out.push_back(Uuid::Parse(id.text).value());
    return out;
  }
  // All ids of the sorted sets whose key matches.
  std::set<Uuid> Indexed(const std::string& pattern) {
    std::set<Uuid> out;
    const redis::Reply keys = Redis({"KEYS", pattern});
    for (const redis::Reply& key : keys.elements) {
      Ids ids = Members(key.text);
      out.insert(ids.begin(), ids.end());
    }
    return out;
  }
  // The time of everything that is held passes.
  void PassLeases() {
    const redis::Reply keys = Redis({"KEYS", "q:*:leases"});
    for (const redis::Reply& key : keys.elements) {
      for (const Uuid& id : Members(key.text)) Redis({"ZADD", key.text, "1", id.ToString()});
    }
  }

  Mysql mysql_;
  gridwork::testing::RedisDatabase redis_;
  MysqlTaskStore& store_ = mysql_.tasks;
  RedisTaskQueue queue_{redis_.client()};
  QueueRelay relay_{store_, queue_, mysql_.outbox};
  Claimer claimer_{store_, queue_};
};

// The database's clock releases what was scheduled, and never before.
TEST_F(QueueRelayTest, StartsWhatIsDue) {
  const absl::Time now = absl::Now();
  std::vector<Task> t = SampleTasks(3);
  t[0].start = now - absl::Minutes(1);
  t[1].start = now + absl::Minutes(1);
  for (Task& task : t) Enter(task, now - absl::Hours(1));
  Create(t);
  CarryAll();
  EXPECT_EQ(Indexed("q:*:ready:*"), std::set<Uuid>{t[2].id});
  EXPECT_EQ(relay_.StartDue().value(), 1u);
  EXPECT_EQ(relay_.StartDue().value(), 0u);
  CarryAll();
  EXPECT_EQ(Indexed("q:*:ready:*"), (std::set<Uuid>{t[0].id, t[2].id}));
  EXPECT_EQ(Claim(10, Staff(1)).size(), 2u);
  EXPECT_EQ(store_.Find(t[1].id)->state, TaskState::kScheduled);
}

TEST_F(QueueRelayTest, ALeaseThatIsOverIsWrittenToItsAttempt) {
  Task task = SampleTask(1);
  Create({task});
  CarryAll();
  ASSERT_EQ(Claim(1, Staff(1)).size(), 1u);
  EndLeaseOf(task.id);
  EXPECT_EQ(relay_.EndLeases().value(), 1u);
  EXPECT_EQ(store_.Attempts(task.id)->at(0).end, (AttemptEnd{AttemptOutcome::kLeaseOver}));
  EXPECT_EQ(store_.Find(task.id)->leases_over, 1);
}

class StoreThatMayBeAway : public MysqlTaskStore {
 public:
  using MysqlTaskStore::MysqlTaskStore;
  absl::Status InTransaction(const std::function<absl::Status(Unit&)>& body) override {
    return away ? absl::UnavailableError("away") : MysqlTaskStore::InTransaction(body);
  }
  bool away = false;
};

// No claim is taken away because nobody could say that it goes on.
TEST_F(QueueRelayTest, AfterMysqlWasAwayHeartbeatsAreHeardBeforeLeasesEnd) {
  Task task = SampleTask(1);
  Create({task});
  CarryAll();
  ASSERT_EQ(Claim(1, Staff(1)).size(), 1u);
  EndLeaseOf(task.id);
  StoreThatMayBeAway store(mysql_.database);
  QueueRelay relay(store, queue_, mysql_.outbox);
  store.away = true;
  EXPECT_FALSE(relay.EndLeasesOnceHeard(kThen).ok());
  store.away = false;
  EXPECT_EQ(relay.EndLeasesOnceHeard(kThen + absl::Seconds(59)).value(), 0u);
  {
    Heartbeats heartbeats(store);
    std::promise<bool> held;
    heartbeats.Beat(Staff(1), {{task.id, 1}}, [&](auto states) { held.set_value(states.ok() && states->at(0).until); });
    EXPECT_TRUE(held.get_future().get());
  }
  EXPECT_EQ(relay.EndLeasesOnceHeard(kThen + absl::Minutes(1)).value(), 0u);
  EndLeaseOf(task.id);
  EXPECT_EQ(relay.EndLeasesOnceHeard(kThen + absl::Minutes(2)).value(), 1u);
}

// What was indexed before, and what has not been carried yet; within a region and to another one.
TEST_F(QueueRelayTest, TasksFollowTheirPlacesInTheIndex) {
  std::vector<Task> t = SampleTasks(3);
  t[2].state = TaskState::kClaimed;
  t[2].lease_until = absl::Now() + absl::Hours(1);
  Create({t[0], t[2]});
  CarryAll();
  Create({t[1]});
  for (const std::string grid : {"CHI/A/A-G2", "CHI/B/B-G1", "CHI/A/A-G1"}) {
    const std::string before = store_.Find(t[0].id)->grid;
    ASSERT_TRUE(In([&](Unit& unit) { return store_.Follow(unit, {{t[0].place, before, grid}}); }).ok());
    CarryAll();
    const std::string region = RegionOf(grid);
    EXPECT_EQ(Indexed("q:*:ready:*"), (std::set<Uuid>{t[0].id, t[1].id}));
    EXPECT_EQ(queue_.Size(grid).value(), 2) << grid;
    EXPECT_EQ(queue_.Size("CHI").value(), 2) << "nowhere else";
    EXPECT_EQ(Members("q:{" + region + "}:leases"), Ids{t[2].id});
    EXPECT_EQ(Indexed("q:*:leases"), std::set<Uuid>{t[2].id});
  }
  EXPECT_EQ(InOutbox(), 0);
}

// ---- comparing

class CompareTest : public QueueRelayTest {
 protected:
  void Compare() {
    ASSERT_TRUE(relay_.CompareAll(absl::Seconds(10)).ok());
    for (;;) {
      auto more = relay_.CompareNext();
      ASSERT_TRUE(more.ok()) << more.status();
      if (!*more) return;
    }
  }
};

TEST_F(CompareTest, AnIndexThatIsRightIsLeftAlone) {
  std::vector<Task> t = SampleTasks(40);
  t[3].assignee = Staff(9);
  t[4] = Needing(t[4], "LIFT");
  t[5].grid = "CHI/B/B-G1";
  t[6].state = TaskState::kSubmitted;
  Create(t);
  CarryAll();
  ASSERT_EQ(Claim(5, Staff(1)).size(), 5u);
  CarryAll();
  ASSERT_FALSE(queue_
                   .Offer(
                       {"CHI"}, [](const Lane&) { return true; }, 3)
                   .value()
                   .empty());  // offered just now
  Compare();
  EXPECT_EQ(relay_.mended(), 0);
}

TEST_F(CompareTest, WhatDriftedIsMended) {
  std::vector<Task> t = SampleTasks(9);
  for (int i : {7, 8}) t[i].grid = "CHI/C/C-G1";
  Create(t);
  CarryAll();
  const std::string ready = "q:{CHI/A}:ready:CHI/A/A-G1|FI|", leases = kLeases;
  auto key = [](const Task& task) { return "q:{CHI/A}:task:" + task.id.ToString(); };
  Redis({"ZREM", ready, t[0].id.ToString()});  // missing
  Redis({"DEL", key(t[0])});
  Redis({"HSET", key(t[1]), "v", "99"});  // a version that was never committed
  Redis({"ZREM", ready, t[2].id.ToString()});
  Redis({"ZADD", "q:{CHI/A}:ready:CHI/A/A-G1|X", "1", t[2].id.ToString()});  // in a lane of another day
  Redis({"ZADD", "q:{CHI/A}:lanes", "0", "CHI/A/A-G1|X"});
  const Uuid ghost = Uuid::V7(absl::Now());
  Redis({"ZADD", ready, "1", ghost.ToString()});  // of nothing
  Redis({"ZADD", leases, "99999999999999", Uuid::V7(absl::Now()).ToString()});
  Redis({"ZADD", leases, "99999999999999", t[3].id.ToString()});  // twice
  Redis({"DEL", "q:{CHI/C}:lanes", "q:{CHI/C}:turns", "q:{CHI/C}:ready:CHI/C/C-G1|FI|"});
  Redis({"SREM", "q:regions", "CHI/C"});  // a whole region
  Compare();
  EXPECT_EQ(relay_.mended(), 8);
  const std::vector<Uuid> all = IdsOf(t);
  EXPECT_EQ(Indexed("q:*:ready:*"), (std::set<Uuid>(all.begin(), all.end())));
  EXPECT_TRUE(Members(leases).empty());
  EXPECT_EQ(Redis({"HGET", key(t[1]), "v"}).text, "1");
  Compare();
  EXPECT_EQ(relay_.mended(), 8);
  EXPECT_EQ(Claim(50, Staff(1)).size(), 9u);
}

TEST_F(CompareTest, WhatIsStillUnderWayIsLeftToTheRelay) {
  Task task = SampleTask(1);
  task.created = task.updated = absl::Now();
  Create({task});
  Compare();  // it is not carried yet
  EXPECT_EQ(relay_.mended(), 0);
  CarryAll();
  EXPECT_EQ(Indexed("q:*:ready:*"), std::set<Uuid>{task.id});
}

// Another Redis with the data of an hour ago takes the place of the first, with its mark of being built.
TEST(QueueRelay, FollowsAServerWithOldData) {
  Mysql mysql;
  gridwork::testing::RedisServer server;
  redis::Client client(server.config());
  RedisTaskQueue queue(client);
  QueueRelay relay(mysql.tasks, queue, mysql.outbox);
  Claimer claimer(mysql.tasks, queue);
  auto redis = [&](const redis::Command& command) {
    auto reply = client.Run(command);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? *reply : redis::Reply();
  };
  auto create = [&](const std::vector<Task>& tasks) {
    EXPECT_TRUE(mysql.tasks.InTransaction([&](Unit& unit) { return mysql.tasks.Create(unit, tasks); }).ok());
    while (relay.Carry().value() > 0) {
    }
  };
  auto claim = [&](size_t n) {
    auth::Caller caller{.id = Staff(1), .grants = {{options::v1::ROLE_FIELD_WORKER, "CHI", absl::InfiniteFuture()}}};
    std::vector<Task> claimed;
    EXPECT_TRUE(mysql.tasks
                    .InTransaction([&](Unit& unit) -> absl::Status {
                      ASSIGN_OR_RETURN(claimed, claimer.Claim(unit, caller, ScopeOf({"CHI"}), {.max = n}));
                      return absl::OkStatus();
                    })
                    .ok());
    return claimed;
  };
  auto compare = [&] {
    EXPECT_TRUE(relay.FollowServer().ok());
    while (relay.CompareNext().value()) {
    }
  };
  EXPECT_TRUE(relay.RebuildIfLost().ok());
  create(SampleTasks(10));
  compare();
  EXPECT_EQ(relay.mended(), 0);

  std::vector<std::pair<std::string, std::string>> copy;
  const redis::Reply keys = redis({"KEYS", "*"});
  for (const redis::Reply& key : keys.elements) copy.emplace_back(key.text, redis({"DUMP", key.text}).text);
  ASSERT_GT(copy.size(), 10u);
  EXPECT_EQ(claim(4).size(), 4u);
  create(SampleTasks(5, "CHI/A/A-G2"));
  while (relay.Carry().value() > 0) {
  }
  compare();
  EXPECT_EQ(relay.mended(), 0);

  server.Kill();
  server.Start();
  EXPECT_FALSE(client.Run({"PING"}).ok());  // over the old connection
  absl::SleepFor(server.config().away_pause);
  for (const auto& [key, bytes] : copy) redis({"RESTORE", key, "0", bytes});
  EXPECT_TRUE(queue.IsBuilt().value());
  EXPECT_EQ(queue.Size("CHI").value(), 10);
  compare();
  EXPECT_EQ(relay.mended(), 9);  // four that were claimed since, five that are new
  EXPECT_EQ(queue.Size("CHI").value(), 11);
  EXPECT_EQ(claim(50).size(), 11u);
  EXPECT_EQ(mysql.tasks.Count("CHI")->at(TaskState::kClaimed), 15);
}

TEST_F(QueueRelayTest, CarriesEveryChange) {
  std::vector<Task> tasks = SampleTasks(3);
  Create(tasks);
  EXPECT_EQ(queue_.Size("CHI").value(), 0);
  EXPECT_EQ(relay_.Carry().value(), 3u);
  EXPECT_EQ(queue_.Size("CHI").value(), 3);
  EXPECT_EQ(InOutbox(), 0);
  EXPECT_EQ(relay_.Carry().value(), 0u);

  // The claim's own word to the index was lost.
  Task claimed = tasks[0];
  ASSERT_TRUE(tasks::Claim(claimed, Staff(1), absl::Now()).ok());
  ASSERT_TRUE(In([&](Unit& unit) { return store_.UpdateClaimed(unit, {claimed}); }).ok());
  CarryAll();
  EXPECT_EQ(queue_.Size("CHI").value(), 2);
  EXPECT_EQ(Members(kLeases), Ids{tasks[0].id});

  EXPECT_TRUE(Changed(tasks[0].id, [](Task& task, absl::Time now) {
    return Submit(task, Staff(1), 1, now) == SubmissionState::kSubmitted;
  }));
  EXPECT_TRUE(Changed(tasks[1].id, [](Task& task, absl::Time now) { return Cancel(task, now).ok(); }));
  CarryAll();
  EXPECT_EQ(queue_.Size("CHI").value(), 1);
  EXPECT_EQ(Members(kLeases), Ids());
  EXPECT_TRUE(
      Changed(tasks[0].id, [](Task& task, absl::Time now) { return Return(task, Staff(2), "again", now).ok(); }));
  CarryAll();
  EXPECT_EQ(queue_.Size("CHI").value(), 2);
}

TEST_F(QueueRelayTest, CarriesMoreThanOneBatch) {
  for (int i = 0; i < 3; ++i) Create(SampleTasks(400));
  EXPECT_EQ(relay_.Carry().value(), 500u);
  CarryAll();
  EXPECT_EQ(queue_.Size("CHI").value(), 1'200);
}

TEST_F(QueueRelayTest, WhatCannotBeCarriedStays) {
  gridwork::testing::RedisServer server;
  redis::Client client(server.config());
  RedisTaskQueue queue(client);
  QueueRelay relay(store_, queue, mysql_.outbox);
  Create(SampleTasks(3));
  server.Kill();
  EXPECT_EQ(relay.Carry().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(InOutbox(), 3);
  EXPECT_TRUE(relay.EndLeases().ok());  // needs MySQL only
  server.Start();
  absl::SleepFor(server.config().away_pause * 2);
  EXPECT_EQ(relay.Carry().value(), 3u);
  EXPECT_TRUE(relay.RebuildIfLost().ok());
  EXPECT_EQ(queue.Size("CHI").value(), 3);
}

TEST_F(QueueRelayTest, AfterItsLeaseATaskIsOfferedAgainAsTheNextAttempt) {
  Create(SampleTasks(2));
  CarryAll();
  std::vector<Task> first = Claim(1, Staff(1));
  ASSERT_EQ(first.size(), 1u);
  CarryAll();
  EXPECT_EQ(relay_.EndLeases().value(), 0u);
  EndLeaseOf(first[0].id);
  EXPECT_EQ(relay_.EndLeases().value(), 1u);
  EXPECT_EQ(relay_.EndLeases().value(), 0u);
  Task ready = store_.Find(first[0].id).value();
  EXPECT_EQ(ready.state, TaskState::kReady);
  EXPECT_EQ(ready.attempt, 1);
  EXPECT_FALSE(ready.lease_until);
  CarryAll();
  std::vector<Task> second = Claim(1, Staff(2));
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].id, first[0].id);
  EXPECT_EQ(second[0].attempt, 2);
  EXPECT_EQ(store_.Claimants(first[0].id).value(), (std::vector<std::string>{Staff(1), Staff(2)}));
}

TEST_F(QueueRelayTest, MendsWhatTheIndexHeldTooLong) {
  std::vector<Task> t = SampleTasks(4);
  Create(t);
  CarryAll();
  EXPECT_EQ(queue_
                .Offer(
                    {"CHI"}, [](const Lane&) { return true; }, 4)
                ->size(),
            4u);
  // One was claimed and one cancelled, and the index was not told; one is gone; for one the claim came to nothing.
  Task claimed = t[0];
  ASSERT_TRUE(tasks::Claim(claimed, Staff(1), absl::Now()).ok());
  ASSERT_TRUE(In([&](Unit& unit) { return store_.UpdateClaimed(unit, {claimed}); }).ok());
  EXPECT_TRUE(Changed(t[1].id, [](Task& task, absl::Time now) { return Cancel(task, now).ok(); }));
  Schema().Run("DELETE FROM outbox");
  Schema().Run(fmt::format("DELETE FROM task WHERE id = UNHEX(REPLACE('{}', '-', ''))", t[2].id.ToString()));
  EXPECT_TRUE(relay_.Mend().ok());  // too early
  EXPECT_EQ(Members(kLeases).size(), 4u);
  PassLeases();
  EXPECT_TRUE(relay_.Mend().ok());
  EXPECT_EQ(Members(kLeases), Ids{t[0].id});
  EXPECT_EQ(Members("q:{CHI/A}:ready:CHI/A/A-G1|FI|"), Ids{t[3].id});
}

TEST_F(QueueRelayTest, MakesALostIndexAnew) {
  Create(SampleTasks(30));
  CarryAll();
  EXPECT_EQ(Claim(10, Staff(1)).size(), 10u);
  CarryAll();
  EXPECT_TRUE(relay_.RebuildIfLost().ok());
  Redis({"FLUSHDB"});
  EXPECT_EQ(Claim(5, Staff(2)).size(), 5u);  // from MySQL
  EXPECT_TRUE(relay_.RebuildIfLost().ok());
  EXPECT_EQ(queue_.Size("CHI").value(), 15);
  EXPECT_EQ(Members(kLeases).size(), 15u);
  EXPECT_EQ(Claim(50, Staff(3)).size(), 15u);
}

TEST_F(QueueRelayTest, StopsWhenItIsTold) {
  relay_.Start();
  Create(SampleTasks(10));
  for (int i = 0; i < 500 && queue_.Size("CHI").value() < 10; ++i) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_EQ(queue_.Size("CHI").value(), 10);
  relay_.Stop();
  Create(SampleTasks(10));
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_EQ(queue_.Size("CHI").value(), 10);
}

// Four workers create, claim, submit, review, release and cancel; two relays carry; leases end early; the index is lost
// again and again.
TEST_F(QueueRelayTest, NothingIsLostOrDoubledWhateverHappens) {
  constexpr int kThreads = 4;
  const absl::Time end = absl::Now() + absl::Seconds(4);
  QueueRelay other_relay(store_, queue_, mysql_.outbox);
  relay_.Start();
  other_relay.Start();
  std::atomic<int64_t> created_at_least = 0, created_at_most = 0;
  std::mutex mu;
  std::set<std::pair<Uuid, int>> attempts;
  std::vector<Uuid> all;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      absl::BitGen random;
      std::vector<Task> mine;
      auto any = [&]() -> std::optional<Uuid> {
        std::lock_guard lock(mu);
        if (all.empty()) return std::nullopt;
        return all[absl::Uniform<size_t>(random, 0, all.size())];
      };
      while (absl::Now() < end) {
        int choice = absl::Uniform(random, 0, 12);
        if (choice < 3) {
          std::vector<Task> tasks = SampleTasks(5, fmt::format("CHI/{}/G{}", "ABC"[choice], i));
          if (choice == 0) tasks[0].assignee = Staff(i);
          if (choice == 1) tasks[0] = Needing(tasks[0], "LIFT");  // which nobody has
          tasks[1].start = absl::Now() + absl::Milliseconds(absl::Uniform(random, 0, 1'500));
          Enter(tasks[1], absl::Now());
          created_at_most += 5;
          Create(tasks);
          created_at_least += 5;
          std::lock_guard lock(mu);
          for (const Task& task : tasks) all.push_back(task.id);
        } else if (choice < 6) {
          std::vector<Task> claimed = Claim(3, Staff(i));
          std::lock_guard lock(mu);
          for (const Task& task : claimed) {
            EXPECT_TRUE(attempts.emplace(task.id, task.attempt).second) << "one attempt was given twice";
            EXPECT_LE(task.start.value_or(absl::InfinitePast()), task.updated) << "before its time";
            EXPECT_TRUE(task.assignee.empty() || task.assignee == Staff(i));
            EXPECT_EQ(task.qualifications, "");
            mine.push_back(task);
          }
        } else if (choice < 9 && !mine.empty()) {
          Task held = mine.back();
          mine.pop_back();
          Changed(held.id, [&](Task& task, absl::Time now) {
            if (choice == 8) return Release(task, Staff(i), held.attempt, now).ok();
            if (choice == 7) {
              return Fail(task, Staff(i), held.attempt, FailReason::kWeather, 3,
                          absl::Milliseconds(absl::Uniform(random, 0, 1'000)), now)
                  .ok();
            }
            return Submit(task, Staff(i), held.attempt, now) == SubmissionState::kSubmitted;
          });
        } else if (auto id = any()) {
          Changed(*id, [&](Task& task, absl::Time now) {
            if (task.state == TaskState::kSubmitted) {
              if (choice % 2 == 0) return Accept(task, Staff(9), now).ok();
              return Return(task, Staff(9), "again", now).ok();
            }
            if (choice == 9) {
              return Reassign(task, absl::Uniform(random, 0, 2) == 0 ? "" : Staff(i), AssignReason::kWorkload, now)
                  .ok();
            }
            if (task.state == TaskState::kDead) return Replay(task, ReplayReason::kTryAgain, now).ok();
            return choice == 11 && absl::Uniform(random, 0, 4) == 0 && Cancel(task, now).ok();
          });
          if (choice == 10) EndLeaseOf(*id);
        }
      }
    });
  }
  int looks = 0, losses = 0;
  for (absl::Time flush = absl::Now(); absl::Now() < end; ++looks) {
    int64_t at_least = created_at_least;
    auto counts = store_.Count("CHI").value();
    int64_t total = 0;
    for (const auto& [state, tasks] : counts) total += tasks;
    EXPECT_LE(at_least, total);
    EXPECT_LE(total, created_at_most);
    if (absl::Now() - flush > absl::Milliseconds(700)) {
      flush = absl::Now();
      ++losses;
      Redis({"FLUSHDB"});
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  for (std::thread& thread : threads) thread.join();
  relay_.Stop();
  other_relay.Stop();
  EXPECT_GT(losses, 2);
  EXPECT_GT(attempts.size(), 20u);

  CarryAll();
  ASSERT_TRUE(relay_.RebuildIfLost().ok());
  EXPECT_EQ(InOutbox(), 0);
  std::set<Uuid> ready, claimed;
  int64_t stored = 0;
  for (size_t from = 0; from < all.size(); from += 500) {
    Ids some(all.begin() + static_cast<int64_t>(from),
             all.begin() + static_cast<int64_t>(std::min(all.size(), from + 500)));
    const std::vector<Task> tasks = store_.FindAll(some).value();
    stored += static_cast<int64_t>(tasks.size());
    for (const Task& task : tasks) {
      if (task.state == TaskState::kReady && task.assignee.empty()) ready.insert(task.id);
      if (task.state == TaskState::kClaimed) claimed.insert(task.id);
    }
  }
  EXPECT_EQ(stored, created_at_most);
  // At once: everything that is ready is in the index, or was just offered.
  std::set<Uuid> offered = Indexed("q:*:leases"), indexed = Indexed("q:*:ready:*");
  for (const Uuid& id : ready) EXPECT_TRUE(indexed.contains(id) || offered.contains(id)) << id.ToString();
  for (const Uuid& id : claimed) EXPECT_TRUE(offered.contains(id)) << id.ToString();
  // What should not be there (a word that came too late) goes as soon as it is offered: then both are equal.
  while (!queue_
              .Offer(
                  {"CHI"}, [](const Lane&) { return true; }, 1'000)
              ->empty()) {
  }
  PassLeases();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(relay_.Mend().ok());
  EXPECT_EQ(Indexed("q:*:ready:*"), ready);
  EXPECT_EQ(Indexed("q:*:leases"), claimed);
  EXPECT_EQ(queue_.Size("CHI").value(), static_cast<int64_t>(ready.size()));
  const int64_t mended = relay_.mended();
  ASSERT_TRUE(relay_.CompareAll(absl::ZeroDuration()).ok());
  while (relay_.CompareNext().value()) {
  }
  EXPECT_EQ(relay_.mended(), mended);
}

}  // namespace
}  // namespace gridwork::tasks
