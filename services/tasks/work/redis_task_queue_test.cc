#include "services/tasks/work/redis_task_queue.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/tasks/work/claim_flow.h"
#include "services/tasks/work/rebuild_flow.h"
#include "services/tasks/work/testing/fake_task_store.h"
#include "services/tasks/work/testing/samples.h"
#include "tests/support/fake_units.h"
#include "tests/support/redis_fixture.h"

namespace gridwork::tasks {
namespace {

using namespace testing;
using Ids = std::vector<Uuid>;

constexpr char kGrid[] = "CHI/A/A-G1";
constexpr char kLeases[] = "q:{CHI/A}:leases";

bool Anything(const Lane&) { return true; }

Task Moved(Task task, TaskState state) {
  task.state = state;
  ++task.version;
  task.lease_until.reset();
  if (state == TaskState::kClaimed) task.lease_until = absl::Now() + absl::Minutes(2);
  return task;
}

std::set<Uuid> SetOf(const Ids& ids) { return {ids.begin(), ids.end()}; }

class RedisTaskQueueTest : public ::testing::Test {
 protected:
  RedisTaskQueueTest() { Build(queue_); }

  static void Build(TaskQueue& queue) { EXPECT_TRUE(queue.EndBuild(queue.BeginBuild().value()).value()); }
  void Apply(const std::vector<Task>& tasks, bool again = false) {
    absl::Status status = queue_.Apply(tasks, again);
    EXPECT_TRUE(status.ok()) << status;
  }
  Ids Offer(size_t n, const std::vector<std::string>& areas = {"CHI"},
            const std::function<bool(const Lane&)>& may_take = Anything) {
    auto offered = queue_.Offer(areas, may_take, n);
    EXPECT_TRUE(offered.ok()) << offered.status();
    return offered.ok() ? *offered : Ids();
  }
  redis::Reply Redis(const redis::Command& command) { return redis_.client().Run(command).value(); }
  // The lease, or the moment of being offered, is over.
  void Pass(const Uuid& id) { Redis({"ZADD", kLeases, "XX", "1", id.ToString()}); }
  std::set<std::string> Keys() {
    std::set<std::string> out;
    const redis::Reply keys = Redis({"KEYS", "*"});
    for (const redis::Reply& key : keys.elements) out.insert(key.text);
    return out;
  }
  Ids Expired() { return queue_.Expired(100).value(); }

  gridwork::testing::RedisDatabase redis_;
  RedisTaskQueue queue_{redis_.client()};
};

TEST(RegionOf, IsTheFirstTwoCodes) {
  EXPECT_EQ(RegionOf("CHI/SIDE-CENTRAL/CA32/CA32-G07"), "CHI/SIDE-CENTRAL");
  EXPECT_EQ(RegionOf("CHI/UNPLACED"), "CHI/UNPLACED");
  EXPECT_EQ(RegionOf("CHI"), "CHI");
}

// ---- wakes

TEST_F(RedisTaskQueueTest, SaysWhatHasBecomeReady) {
  RedisWakes wakes(redis_.client());
  EXPECT_TRUE(wakes.Wait(absl::ZeroDuration()).ok());  // from now on
  // Other tests may publish in the same Redis: only those of this grid count.
  auto heard = [&] {
    std::vector<Wake> out;
    for (int i = 0; i < 5; ++i) {
      auto some = wakes.Wait(absl::Milliseconds(20));
      EXPECT_TRUE(some.ok()) << some.status();
      for (const Wake& wake : *some) {
        if (wake.lane.grid == "CHI/W/W-G1") out.push_back(wake);
      }
    }
    return out;
  };
  Task task = Needing(SampleTask(1, "CHI/W/W-G1"), "LIFT");
  Apply({task});
  EXPECT_EQ(heard(), (std::vector<Wake>{{LaneOf(task), ""}}));
  Apply({task});
  Apply({task}, true);  // mended, or made anew: no news
  EXPECT_EQ(heard(), std::vector<Wake>());
  task = Moved(task, TaskState::kClaimed);
  Apply({task});
  EXPECT_EQ(heard(), std::vector<Wake>());
  task = AssignedTo(Moved(task, TaskState::kReady), Staff(3));
  Apply({task});
  EXPECT_EQ(heard(), (std::vector<Wake>{{LaneOf(task), Staff(3)}}));
}

TEST(RedisWakes, ComeAgainAfterRedis) {
  gridwork::testing::RedisServer server;
  redis::Client client(server.config());
  RedisWakes wakes(client);
  EXPECT_TRUE(wakes.Wait(absl::Milliseconds(10))->empty());
  server.Kill();
  EXPECT_EQ(wakes.Wait(absl::Seconds(5)).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(wakes.Wait(absl::Seconds(5)).status().code(), absl::StatusCode::kUnavailable);
  server.Start();
  absl::SleepFor(server.config().away_pause);
  EXPECT_TRUE(wakes.Wait(absl::Milliseconds(10)).ok());
  ASSERT_TRUE(client.Run({"PUBLISH", "q:wake", "CHI/A/A-G1|FI||"}).ok());
  EXPECT_EQ(wakes.Wait(absl::Seconds(5)).value(), (std::vector<Wake>{{{"CHI/A/A-G1", "FI"}, ""}}));
}

// ---- order

TEST_F(RedisTaskQueueTest, ByPriorityThenAgeWithinALane) {
  std::vector<Task> t = SampleTasks(6);
  t[4].priority = 0;
  t[1].priority = 9;
  t[5].priority = 0;
  std::vector<Task> shuffled = {t[3], t[1], t[5], t[0], t[4], t[2]};
  Apply(shuffled);
  EXPECT_EQ(Offer(2), (Ids{t[4].id, t[5].id}));
  EXPECT_EQ(Offer(10), (Ids{t[0].id, t[2].id, t[3].id, t[1].id}));
  EXPECT_EQ(Offer(10), Ids());
}

// Exact in the double that Redis keeps: a millisecond counts at the largest priority and at the end of the 48 bits.
TEST_F(RedisTaskQueueTest, AMillisecondDecidesAtEveryPriority) {
  std::vector<Task> t = SampleTasks(20);
  for (int i = 0; i < 20; ++i) t[i].priority = i / 2;
  std::vector<Task> shuffled(t.rbegin(), t.rend());
  Apply(shuffled);
  EXPECT_EQ(Offer(20), IdsOf(t));
}

TEST_F(RedisTaskQueueTest, LanesTakeTurns) {
  std::vector<Task> many = SampleTasks(30), few = SampleTasks(3, "CHI/A/A-G2"), inspections = SampleTasks(3);
  for (Task& task : inspections) task.roles = "I";
  for (Task& task : few) task.priority = 9;  // priority counts within a lane only
  for (const auto& tasks : {many, few, inspections}) Apply(tasks);
  Ids offered = Offer(9);
  for (const auto& tasks : {many, few, inspections}) {
    Ids ids = IdsOf(tasks);
    EXPECT_EQ(std::count_if(offered.begin(), offered.end(),
                            [&](const Uuid& id) { return std::count(ids.begin(), ids.end(), id) > 0; }),
              3);
  }
  EXPECT_EQ(Offer(100).size(), 27u);
}

// A waiting task comes before a newer one that is more urgent by as many priorities as it has waited days.
TEST_F(RedisTaskQueueTest, WaitingTasksAge) {
  std::vector<Task> t = SampleTasks(4);
  t[0] = WithPriority(t[0], 0);
  t[0].created = kThen + absl::Hours(24 * 365);
  t[1] = WithPriority(t[1], 9);
  t[2] = WithPriority(t[2], 5);
  t[2].created = kThen + 5 * kAgeingStep;
  t[3] = WithPriority(t[3], 5);
  t[3].created = kThen + 3 * kAgeingStep;
  Apply(t);
  EXPECT_EQ(Offer(10), (Ids{t[0].id, t[3].id, t[1].id, t[2].id}));
}

TEST_F(RedisTaskQueueTest, ATaskWithAStartIsNotOfferedBeforeIt) {
  Task task = SampleTask(1);
  task.start = kThen + absl::Hours(1);
  Enter(task, kThen);
  Apply({task});
  EXPECT_EQ(Offer(10), Ids());
  ASSERT_TRUE(Start(task, kThen + absl::Hours(1)));
  Apply({task});
  EXPECT_EQ(Offer(10), Ids{task.id});
}

TEST_F(RedisTaskQueueTest, QualificationsMakeALane) {
  std::vector<Task> t = SampleTasks(3);
  t[0] = WithPriority(Needing(t[0], "BOILER,LIFT"), 0);
  t[1] = WithPriority(Needing(t[1], "LIFT"), 0);
  Apply(t);
  auto without = [](const Lane& lane) { return lane.qualifications.empty(); };
  auto lift = [](const Lane& lane) { return lane.qualifications == "LIFT"; };
  EXPECT_EQ(Offer(10, {"CHI"}, without), Ids{t[2].id});
  EXPECT_EQ(Offer(10, {"CHI/A/A-G1"}, lift), Ids{t[1].id});
  EXPECT_EQ(Offer(10), Ids{t[0].id});
}

// Each of G lanes with work is served within G offers, however deep the others are.
TEST_F(RedisTaskQueueTest, EveryLaneIsServedWithinAsManyOffersAsThereAreLanes) {
  constexpr int kLanes = 20;
  std::vector<Task> deep = SampleTasks(10'000, "CHI/A/A-G0");
  for (size_t from = 0; from < deep.size(); from += 1'000)
    Apply({deep.begin() + static_cast<ptrdiff_t>(from), deep.begin() + static_cast<ptrdiff_t>(from + 1'000)});
  std::map<Uuid, int> lane_of;
  for (const Task& task : deep) lane_of[task.id] = 0;
  for (int lane = 1; lane < kLanes; ++lane) {
    std::vector<Task> tasks = SampleTasks(8, "CHI/A/A-G" + std::to_string(lane));
    for (Task& task : tasks) task.priority = 9;
    Apply(tasks);
    for (const Task& task : tasks) lane_of[task.id] = lane;
  }
  std::vector<int> last(kLanes, 0);
  for (int offer = 1; offer <= 6 * kLanes; ++offer) {
    Ids ids = Offer(1);
    ASSERT_EQ(ids.size(), 1u);
    int lane = lane_of.at(ids[0]);
    EXPECT_LE(offer - last[lane], kLanes) << "lane " << lane;
    last[lane] = offer;
  }
  for (int lane = 0; lane < kLanes; ++lane) EXPECT_GT(last[lane], 5 * kLanes) << "lane " << lane;
}

TEST_F(RedisTaskQueueTest, TurnsGoOnFromClaimToClaim) {
  for (int lane = 0; lane < 40; ++lane) Apply(SampleTasks(3, "CHI/A/A-G" + std::to_string(lane)));
  std::set<Uuid> first;
  for (int lane = 0; lane < 40; ++lane) first.merge(SetOf(Offer(1)));
  std::set<Uuid> second = SetOf(Offer(16));
  second.merge(SetOf(Offer(16)));
  second.merge(SetOf(Offer(8)));
  ASSERT_EQ(first.size(), 40u);
  ASSERT_EQ(second.size(), 40u);
  // One of each lane in each round: all first tasks are older than all second ones.
  auto oldest_time = [](const std::set<Uuid>& ids) { return ids.begin()->Time(); };
  EXPECT_EQ(oldest_time(first), kThen);
  EXPECT_EQ(first.rbegin()->Time(), kThen);
  EXPECT_EQ(oldest_time(second), kThen + absl::Milliseconds(1));
  EXPECT_EQ(second.rbegin()->Time(), kThen + absl::Milliseconds(1));
}

TEST_F(RedisTaskQueueTest, ALaneThatComesBackNeitherOvertakesNorWaits) {
  Apply(SampleTasks(50, "CHI/A/A-G1"));
  EXPECT_EQ(Offer(40).size(), 40u);  // its turn is 40
  Apply(SampleTasks(20, "CHI/A/A-G2"));
  Ids next = Offer(10);
  int of_first = 0;
  for (const Uuid& id : next) of_first += id.Time() >= kThen + absl::Milliseconds(40) ? 1 : 0;
  EXPECT_EQ(of_first, 5);
}

TEST_F(RedisTaskQueueTest, NoLaneIsForgottenAmongMany) {
  std::vector<Task> tasks;
  for (int lane = 0; lane < 300; ++lane) {
    tasks.push_back(SampleTask(lane, "CHI/A/A-G" + std::to_string(1'000 + lane)));
    if (lane < 250) tasks.back().roles = "I";
  }
  Apply(tasks);
  auto for_workers = [](const Lane& lane) { return lane.roles != "I"; };
  std::set<Uuid> offered;
  for (int i = 0; i < 10; ++i) offered.merge(SetOf(Offer(10, {"CHI"}, for_workers)));
  EXPECT_EQ(offered.size(), 50u);
}

TEST_F(RedisTaskQueueTest, NoRegionStarves) {
  Apply(SampleTasks(200, "CHI/A/A-G1"));
  Apply(SampleTasks(200, "CHI/B/B-G1"));
  Apply(SampleTasks(1, "CHI/C/C-G1"));
  std::set<Uuid> c;
  for (int i = 0; i < 200 && queue_.Size("CHI/C").value() > 0; ++i) Offer(1);
  EXPECT_EQ(queue_.Size("CHI/C").value(), 0);
}

TEST_F(RedisTaskQueueTest, OnlyLanesThatMayBeTaken) {
  std::vector<Task> t = SampleTasks(3);
  t[0].roles = "I";
  t[2].grid = "CHI/A/A-G2";
  Apply(t);
  std::set<Lane> asked;
  EXPECT_EQ(Offer(10, {"CHI"},
                  [&](const Lane& lane) {
                    asked.insert(lane);
                    return lane == Lane{kGrid, "FI"};
                  }),
            Ids{t[1].id});
  EXPECT_EQ(asked, (std::set<Lane>{{kGrid, "FI"}, {kGrid, "I"}, {"CHI/A/A-G2", "FI"}}));
  EXPECT_EQ(queue_.Size("CHI").value(), 2);
}

// ---- areas

TEST_F(RedisTaskQueueTest, AreasAreWholeSegments) {
  std::vector<Task> t = SampleTasks(6);
  t[1].grid = "CHI/A/A-G10";
  t[2].grid = "CHI/AB/A-G1";
  t[3].grid = "CHI/B/B-G1";
  t[4].grid = "NYC/A/A-G1";
  t[5].grid = "CHI/A";
  Apply(t);
  auto in = [&](const std::vector<std::string>& areas) {
    std::set<Uuid> ids = SetOf(Offer(10, areas));
    for (const Task& task : t) {
      if (ids.contains(task.id)) Apply({task}, true);  // given back
    }
    return ids;
  };
  using Set = std::set<Uuid>;
  EXPECT_EQ(in({}), Set());
  EXPECT_EQ(in({"CHI"}), (Set{t[0].id, t[1].id, t[2].id, t[3].id, t[5].id}));
  EXPECT_EQ(in({"CHI/A"}), (Set{t[0].id, t[1].id, t[5].id}));
  EXPECT_EQ(in({"CHI/A/A-G1"}), Set{t[0].id});
  EXPECT_EQ(in({"CHI/A/A-G1", "NYC"}), (Set{t[0].id, t[4].id}));
  EXPECT_EQ(in({"CHI/A/A-G"}), Set());
  EXPECT_EQ(in({"CH"}), Set());
  EXPECT_EQ(queue_.Size("CHI/A").value(), 3);
  EXPECT_EQ(queue_.Size("CHI/A/A-G1").value(), 1);
  EXPECT_EQ(queue_.Size("CHI").value(), 5);
  EXPECT_EQ(queue_.Size("NYC/B").value(), 0);
}

TEST_F(RedisTaskQueueTest, OverlappingAreasOfferNothingTwice) {
  Apply(SampleTasks(20));
  Ids offered = Offer(15, {"CHI/A", "CHI", "CHI/A/A-G1", "CHI/A"});
  EXPECT_EQ(offered.size(), 15u);
  EXPECT_EQ(SetOf(offered).size(), 15u);
  EXPECT_EQ(Offer(15, {"CHI/A", "CHI"}).size(), 5u);
}

TEST_F(RedisTaskQueueTest, ManyAtOnceGetEachTaskOnce) {
  Apply(SampleTasks(400));
  std::vector<Ids> got(8);
  std::vector<std::thread> threads;
  for (Ids& mine : got) {
    threads.emplace_back([&] {
      for (;;) {
        auto ids = queue_.Offer({"CHI"}, Anything, 7);
        if (!ids.ok() || ids->empty()) return;
        mine.insert(mine.end(), ids->begin(), ids->end());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<Uuid> all;
  size_t count = 0;
  for (const Ids& mine : got) {
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  EXPECT_EQ(all.size(), 400u);
  EXPECT_EQ(count, 400u);
}

// ---- states

// A grid in the same region, and one in another.
TEST_F(RedisTaskQueueTest, ATaskThatLeavesAGridStandsOnlyInTheNewOne) {
  for (const std::string grid : {"CHI/A/A-G2", "CHI/B/B-G1"}) {
    Task ready = SampleTask(1), held = Moved(SampleTask(2), TaskState::kClaimed);
    Apply({ready, held});
    ASSERT_TRUE(queue_.Leave({ready, held}).ok());
    EXPECT_TRUE(Offer(10).empty());
    EXPECT_EQ(queue_.Entries("CHI/A")->size(), 0u);
    ready.grid = held.grid = grid;
    Apply({ready, held});
    EXPECT_EQ(queue_.Size("CHI/A/A-G1").value(), 0);
    EXPECT_EQ(Offer(10, {grid}), Ids{ready.id});
    EXPECT_TRUE(Offer(10, {kGrid}).empty());
    ASSERT_TRUE(queue_.Leave({ready, held}).ok());
  }
  EXPECT_TRUE(queue_.Leave({}).ok());
}

TEST_F(RedisTaskQueueTest, OlderStatesAreIgnored) {
  Task ready = SampleTask(1), claimed = Moved(ready, TaskState::kClaimed);
  Apply({claimed});
  Apply({ready});
  Apply({ready}, true);
  EXPECT_EQ(Offer(1), Ids());
}

TEST_F(RedisTaskQueueTest, TheSameStateIsIgnoredUnlessAgain) {
  Task task = SampleTask(1);
  Apply({task});
  ASSERT_EQ(Offer(1), Ids{task.id});
  Apply({task});
  EXPECT_EQ(Offer(1), Ids());
  Apply({task}, true);
  EXPECT_EQ(Offer(1), Ids{task.id});
}

TEST_F(RedisTaskQueueTest, AClaimedTaskExpiresWithItsLease) {
  Task claimed = Moved(SampleTask(1), TaskState::kClaimed);
  Apply({claimed});
  EXPECT_EQ(Expired(), Ids());
  ++claimed.version;
  claimed.lease_until = absl::Now() - absl::Milliseconds(1);
  Apply({claimed});
  EXPECT_EQ(Expired(), Ids{claimed.id});
  EXPECT_EQ(Expired(), Ids());  // named again in ten seconds
  EXPECT_EQ(Offer(1), Ids());   // only MySQL makes it ready
  Task ready = Moved(claimed, TaskState::kReady);
  Apply({ready});
  EXPECT_EQ(Offer(1), Ids{ready.id});
}

TEST_F(RedisTaskQueueTest, WhatIsOfferedIsHeldForTenSeconds) {
  Task task = SampleTask(1);
  Apply({task});
  ASSERT_EQ(Offer(1), Ids{task.id});
  double held_until = std::stod(Redis({"ZSCORE", kLeases, task.id.ToString()}).text);
  EXPECT_NEAR(held_until - static_cast<double>(absl::ToUnixMillis(absl::Now())), 10'000, 3'000);
  EXPECT_EQ(Expired(), Ids());
  Pass(task.id);
  EXPECT_EQ(Expired(), Ids{task.id});
}

TEST_F(RedisTaskQueueTest, AConfirmedOfferHasTheLeaseOfItsClaim) {
  Task task = SampleTask(1);
  Apply({task});
  Offer(1);
  Task claimed = Moved(task, TaskState::kClaimed);
  Apply({claimed});
  EXPECT_EQ(std::stoll(Redis({"ZSCORE", kLeases, task.id.ToString()}).text), absl::ToUnixMillis(*claimed.lease_until));
}

TEST_F(RedisTaskQueueTest, ExpiredNamesAtMostSoMany) {
  std::vector<Task> t = SampleTasks(5);
  Apply(t);
  Offer(5);
  for (const Task& task : t) Pass(task.id);
  EXPECT_EQ(queue_.Expired(2)->size(), 2u);
  EXPECT_EQ(queue_.Expired(100)->size(), 3u);
}

TEST_F(RedisTaskQueueTest, TheEndOfATaskLeavesNothing) {
  std::vector<Task> t = SampleTasks(5);
  t[4].grid = "CHI/B/B-G1";
  Apply(t);
  EXPECT_EQ(Offer(2, {"CHI/A"}).size(), 2u);
  Apply({Moved(t[0], TaskState::kClaimed)});
  EXPECT_GT(Keys().size(), 2u);
  std::vector<Task> ended;
  for (const Task& task : t) {
    ended.push_back(Moved(Moved(task, TaskState::kClaimed), TaskState::kSubmitted));
  }
  ended[1].state = TaskState::kCancelled;
  Apply(ended);
  EXPECT_EQ(Keys(), (std::set<std::string>{"q:regions", "q:built:2"}));
  EXPECT_EQ(queue_.Size("CHI").value(), 0);
}

TEST_F(RedisTaskQueueTest, AssignedTasksAreNotOffered) {
  Task task = AssignedTo(SampleTask(1), Staff(1));
  Apply({task});
  EXPECT_EQ(Offer(1), Ids());
  EXPECT_EQ(queue_.Size("CHI").value(), 0);
  Task claimed = Moved(task, TaskState::kClaimed);
  claimed.lease_until = absl::Now() - absl::Seconds(1);
  Apply({claimed});
  EXPECT_EQ(Expired(), Ids{task.id});
}

TEST_F(RedisTaskQueueTest, TasksThatDoNotExistAreForgotten) {
  Task task = SampleTask(1);
  Apply({task});
  Offer(1);
  Pass(task.id);
  EXPECT_EQ(Expired(), Ids{task.id});
  EXPECT_TRUE(queue_.Forget({task.id, Uuid::V7(kThen)}).ok());
  EXPECT_EQ(Keys(), (std::set<std::string>{"q:regions", "q:built:2"}));
  EXPECT_TRUE(queue_.Forget({}).ok());
}

// ---- loss

TEST_F(RedisTaskQueueTest, AFlushedIndexIsNotBuilt) {
  Apply(SampleTasks(3));
  Redis({"FLUSHDB"});
  EXPECT_FALSE(queue_.IsBuilt().value());
  absl::Status status = queue_.Offer({"CHI"}, Anything, 1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), "QUEUE_NOT_BUILT");
  Apply(SampleTasks(1));  // the relay goes on
  EXPECT_FALSE(queue_.IsBuilt().value());
}

TEST_F(RedisTaskQueueTest, ABuildThatWasOvertakenByALossIsNone) {
  std::string build = queue_.BeginBuild().value();
  EXPECT_FALSE(queue_.IsBuilt().value());
  Redis({"FLUSHDB"});
  EXPECT_FALSE(queue_.EndBuild(build).value());
  EXPECT_FALSE(queue_.IsBuilt().value());
}

TEST_F(RedisTaskQueueTest, BuildsMayOverlap) {
  std::string first = queue_.BeginBuild().value(), second = queue_.BeginBuild().value();
  EXPECT_TRUE(queue_.EndBuild(first).value());
  EXPECT_TRUE(queue_.IsBuilt().value());
  EXPECT_TRUE(queue_.EndBuild(second).value());
  EXPECT_TRUE(queue_.IsBuilt().value());
  // One from before the loss, one from after it.
  first = queue_.BeginBuild().value();
  Redis({"FLUSHDB"});
  second = queue_.BeginBuild().value();
  EXPECT_FALSE(queue_.EndBuild(first).value());
  EXPECT_TRUE(queue_.EndBuild(second).value());
  EXPECT_TRUE(queue_.IsBuilt().value());
}

TEST_F(RedisTaskQueueTest, AKilledRedisIsUnavailableAtOnceAndComesBack) {
  gridwork::testing::RedisServer server;
  redis::Client client(server.config());
  RedisTaskQueue queue(client);
  Build(queue);
  ASSERT_TRUE(queue.Apply(SampleTasks(3), false).ok());
  server.Kill();
  const absl::Time start = absl::Now();
  EXPECT_EQ(queue.Offer({"CHI"}, Anything, 1).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(queue.Apply(SampleTasks(1), false).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(queue.Expired(1).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(queue.Size("CHI").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(queue.IsBuilt().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(queue.BeginBuild().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));

  server.Start();
  absl::SleepFor(server.config().away_pause * 2);
  EXPECT_EQ(ReasonOf(queue.Offer({"CHI"}, Anything, 1).status()), "QUEUE_NOT_BUILT");
  Build(queue);
  ASSERT_TRUE(queue.Apply(SampleTasks(3), false).ok());
  EXPECT_EQ(queue.Offer({"CHI"}, Anything, 5)->size(), 3u);
}

// ---- rebuild

class RebuildTest : public RedisTaskQueueTest {
 protected:
  void Create(const std::vector<Task>& tasks) {
    ASSERT_TRUE(store_.InTransaction([&](Unit& unit) { return store_.Create(unit, tasks); }).ok());
  }

  SystemClock clock_;
  FakeTaskStore store_{clock_};
};

TEST_F(RebuildTest, HoldsWhatTheStoreHolds) {
  std::vector<Task> t = SampleTasks(2'500);
  t[0] = AssignedTo(t[0], Staff(1));
  t[1] = Moved(t[1], TaskState::kClaimed);
  t[2] = Moved(t[2], TaskState::kSubmitted);
  t[3].grid = "NYC/A/A-G1";
  Create(t);
  Redis({"FLUSHDB"});
  EXPECT_EQ(RebuildQueue(store_, queue_).value(), 2'499);
  EXPECT_TRUE(queue_.IsBuilt().value());
  EXPECT_EQ(queue_.Size("CHI").value(), 2'496);
  EXPECT_EQ(queue_.Size("NYC").value(), 1);
  EXPECT_EQ(Redis({"ZCARD", kLeases}).integer, 1);
}

TEST_F(RebuildTest, OfAnIndexThatIsThereGivesBackWhatWasOffered) {
  std::vector<Task> t = SampleTasks(10);
  Create(t);
  Apply(t);
  EXPECT_EQ(Offer(4).size(), 4u);
  EXPECT_EQ(RebuildQueue(store_, queue_).value(), 10);
  EXPECT_EQ(Offer(20), IdsOf(t));
}

// The index is lost again while it is made anew, after its first tasks were applied.
TEST_F(RebuildTest, LostMeanwhileIsNotBuilt) {
  Create(SampleTasks(1'500));
  class LosesIt : public FakeTaskStore {
   public:
    LosesIt(const Clock& clock, redis::Client& redis) : FakeTaskStore(clock), redis_(redis) {}
    absl::StatusOr<std::vector<Task>> ScanQueued(const Uuid& after, size_t limit) override {
      if (++scans_ == 2) redis_.Run({"FLUSHDB"}).IgnoreError();
      return FakeTaskStore::ScanQueued(after, limit);
    }

   private:
    redis::Client& redis_;
    int scans_ = 0;
  } store(clock_, redis_.client());
  ASSERT_TRUE(store.InTransaction([&](Unit& unit) { return store.Create(unit, SampleTasks(1'500)); }).ok());
  absl::Status status = RebuildQueue(store, queue_).status();
  EXPECT_EQ(ReasonOf(status), "QUEUE_LOST");
  EXPECT_FALSE(queue_.IsBuilt().value());
  EXPECT_EQ(RebuildQueue(store, queue_).value(), 1'500);
  EXPECT_EQ(queue_.Size("CHI").value(), 1'500);
}

TEST_F(RebuildTest, OfALostIndexWhileTasksAreClaimedLosesNothing) {
  std::vector<Task> tasks = SampleTasks(1'200);
  for (int i = 0; i < 1'200; ++i) tasks[i].grid = "CHI/A/A-G" + std::to_string(i % 7);
  Create(tasks);
  Apply(tasks);
  gridwork::testing::FakeUnits units;
  Claimer claimer(store_, queue_);
  std::mutex mu;
  std::multiset<Uuid> claimed;
  std::atomic<bool> failed = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      auth::Caller caller{.id = Staff(i), .grants = {{options::v1::ROLE_FIELD_WORKER, "CHI", absl::InfiniteFuture()}}};
      int empty = 0;
      while (empty < 20 && !failed) {
        std::vector<Task> mine;
        RequestKey key{.caller = caller.id, .request_id = Uuid::V7(absl::Now()), .method = "Claim"};
        auto run = units.Run(key, absl::InfiniteFuture(), [&](Unit& unit) -> absl::StatusOr<std::string> {
          ASSIGN_OR_RETURN(mine, claimer.Claim(unit, caller, ScopeOf({"CHI"}), {.max = 5}));
          return std::string();
        });
        if (!run.ok()) failed = true;
        empty = mine.empty() ? empty + 1 : 0;
        if (mine.empty()) absl::SleepFor(absl::Milliseconds(5));
        std::lock_guard lock(mu);
        for (const Task& task : mine) claimed.insert(task.id);
      }
    });
  }
  for (int i = 0; i < 5; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
    Redis({"FLUSHDB"});
    EXPECT_TRUE(RebuildQueue(store_, queue_).ok());
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(failed);
  // What was offered when the index was lost is in it again: nothing waits for its ten seconds.
  Ids left = Offer(2'000);
  EXPECT_EQ(std::set<Uuid>(claimed.begin(), claimed.end()).size(), claimed.size()) << "a task was claimed twice";
  for (const Uuid& id : left) claimed.insert(id);
  EXPECT_EQ(std::set<Uuid>(claimed.begin(), claimed.end()).size(), 1'200u);
}

}  // namespace
}  // namespace gridwork::tasks
