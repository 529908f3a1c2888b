#include "services/tasks/work/claim_flow.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "common/base/status_macros.h"
#include "services/tasks/work/testing/fake_task_queue.h"
#include "services/tasks/work/testing/fake_task_store.h"
#include "services/tasks/work/testing/samples.h"
#include "tests/support/fake_units.h"

namespace gridwork::tasks {
namespace {

using namespace testing;
using auth::Grant;
using Ids = std::vector<Uuid>;

constexpr auto kFieldWorker = options::v1::ROLE_FIELD_WORKER;
constexpr auto kInspector = options::v1::ROLE_INSPECTOR;

const absl::Time kLater = kThen + absl::Hours(8);

TEST(RoleLetters, AreTheFirstOfEachRole) {
  EXPECT_EQ(RoleLetters({}), "FI");
  EXPECT_EQ(RoleLetters({"INSPECTOR"}), "I");
  EXPECT_EQ(RoleLetters({"INSPECTOR", "FIELD_WORKER", "CARE_WORKER", "INSPECTOR"}), "CFI");
  EXPECT_EQ(RoleLetters({"DISPATCHER", "NOBODY"}), "");  // claims nothing
}

TEST(RolesOf, AreThoseOfTheLetters) {
  using Roles = std::vector<auth::Role>;
  EXPECT_EQ(RolesOf("FI"), (Roles{kFieldWorker, kInspector}));
  EXPECT_EQ(RolesOf("C"), Roles{options::v1::ROLE_CARE_WORKER});
  EXPECT_EQ(RolesOf(""), Roles());
}

TEST(MayClaim, NeedsAGrantOfOneOfTheRolesInTheGridThatHasNotEnded) {
  auto may = [](const Grant& grant, const Lane& lane) { return MayClaim({.grants = {grant}}, lane, kThen); };
  const Lane lane{"CHI/A/A-G1", "FI"};
  EXPECT_TRUE(may({kFieldWorker, "CHI", kLater}, lane));
  EXPECT_TRUE(may({kInspector, "CHI/A/A-G1", kLater}, lane));
  EXPECT_FALSE(may({kFieldWorker, "CHI/A/A-G10", kLater}, lane));
  EXPECT_FALSE(may({kFieldWorker, "CHI/B", kLater}, lane));
  EXPECT_FALSE(may({kFieldWorker, "", kLater}, lane));
  EXPECT_FALSE(may({kFieldWorker, "CHI", kThen}, lane));  // its end is exclusive
  EXPECT_FALSE(may({options::v1::ROLE_DISPATCHER, "CHI", kLater}, lane));
  EXPECT_FALSE(may({options::v1::ROLE_CARE_WORKER, "CHI", kLater}, lane));
  EXPECT_TRUE(may({options::v1::ROLE_CARE_WORKER, "CHI", kLater}, {"CHI/A/A-G1", "C"}));
  EXPECT_FALSE(may({kFieldWorker, "CHI", kLater}, {"CHI/A/A-G1", "I"}));
  EXPECT_FALSE(may({kFieldWorker, "CHI", kLater}, {"CHI/A/A-G1", ""}));
  EXPECT_FALSE(MayClaim({}, lane, kThen));
  // One grant must bring all of it.
  EXPECT_FALSE(
      MayClaim({.grants = {{kFieldWorker, "CHI/B", kLater}, {options::v1::ROLE_ADMIN, "CHI", kLater}}}, lane, kThen));
}

TEST(MayClaim, NeedsEveryQualificationNotEnded) {
  auth::Caller caller{.grants = {{kFieldWorker, "CHI", kLater}},
                      .qualifications = {{"LIFT", kLater}, {"BOILER", kThen}, {"GAS", kThen + absl::Microseconds(1)}}};
  auto may = [&](const std::string& needed) { return MayClaim(caller, {"CHI/A/A-G1", "FI", needed}, kThen); };
  EXPECT_TRUE(may(""));
  EXPECT_TRUE(may("LIFT"));
  EXPECT_TRUE(may("GAS,LIFT"));
  EXPECT_FALSE(may("BOILER"));  // its end is exclusive
  EXPECT_FALSE(may("BOILER,LIFT"));
  EXPECT_FALSE(may("LIFT,TREE"));
  EXPECT_FALSE(may("LIF"));
  caller.grants.clear();
  EXPECT_FALSE(may("LIFT"));
}

TEST(QualificationsKey, IsTheSameForTheSameCodes) {
  EXPECT_EQ(QualificationsKey({}), "");
  EXPECT_EQ(QualificationsKey({"LIFT", "BOILER", "LIFT"}), "BOILER,LIFT");
}

class ClaimerTest : public ::testing::Test {
 protected:
  void Create(const std::vector<Task>& tasks) {
    ASSERT_TRUE(store_.InTransaction([&](Unit& unit) { return store_.Create(unit, tasks); }).ok());
    ASSERT_TRUE(queue_.Apply(tasks, false).ok());
  }
  static auth::Caller Worker(auth::Role role = kFieldWorker, std::string area = "CHI", absl::Time until = kLater) {
    return {.id = Staff(1), .grants = {{role, std::move(area), until}}};
  }
  std::vector<Task> Claim(const ClaimTasks& wanted, const auth::Caller& caller = Worker()) {
    std::vector<Task> claimed;
    std::vector<std::string> areas;
    for (const Grant& grant : caller.grants) areas.push_back(grant.area);
    RequestKey key{.caller = caller.id, .request_id = Uuid::V7(absl::Now()), .method = "Claim"};
    auto run = units_.Run(key, absl::InfiniteFuture(), [&](Unit& unit) -> absl::StatusOr<std::string> {
      ASSIGN_OR_RETURN(claimed, claimer_.Claim(unit, caller, ScopeOf(areas), wanted));
      return std::string();
    });
    EXPECT_TRUE(run.ok()) << run.status();
    return claimed;
  }
  TaskState StateOf(const Task& task) { return store_.Find(task.id)->state; }

  FakeClock clock_;
  FakeTaskStore store_{clock_};
  FakeTaskQueue queue_;
  Claimer claimer_{store_, queue_};
  gridwork::testing::FakeUnits units_;
};

TEST_F(ClaimerTest, WhatIsAnsweredIsStored) {
  std::vector<Task> t = SampleTasks(5);
  Create(t);
  std::vector<Task> claimed = Claim({.max = 3});
  EXPECT_EQ(IdsOf(claimed), (Ids{t[0].id, t[1].id, t[2].id}));
  for (const Task& task : claimed) {
    EXPECT_EQ(TextOf(store_.Find(task.id).value()), TextOf(task));
    EXPECT_EQ(task.state, TaskState::kClaimed);
    EXPECT_EQ(task.claimant, Staff(1));
    EXPECT_EQ(task.attempt, 1);
    EXPECT_EQ(task.lease_until, kThen + kOnlineLease);
    EXPECT_EQ(store_.Claimants(task.id).value(), std::vector<std::string>{Staff(1)});
  }
  EXPECT_EQ(Claim({.max = 3}).size(), 2u);
  EXPECT_TRUE(Claim({.max = 3}).empty());
}

TEST_F(ClaimerTest, BestFirst) {
  std::vector<Task> t = SampleTasks(4);
  t[3].priority = 0;
  Create(t);
  EXPECT_EQ(IdsOf(Claim({.max = 3})), (Ids{t[3].id, t[0].id, t[1].id}));
}

TEST_F(ClaimerTest, AFailedUnitClaimsNothing) {
  Task task = SampleTask(1);
  Create({task});
  RequestKey key{.caller = Staff(1), .request_id = Uuid::V7(absl::Now()), .method = "Claim"};
  auto run = units_.Run(key, absl::InfiniteFuture(), [&](Unit& unit) -> absl::StatusOr<std::string> {
    EXPECT_EQ(claimer_.Claim(unit, Worker(), ScopeOf({"CHI"}), {.max = 1})->size(), 1u);
    return absl::CancelledError();
  });
  EXPECT_FALSE(run.ok());
  EXPECT_EQ(StateOf(task), TaskState::kReady);
  EXPECT_EQ(queue_.Expired(1).value(), Ids{task.id});  // held for a moment
}

TEST_F(ClaimerTest, AssignedTasksComeFirst) {
  std::vector<Task> t = SampleTasks(4);
  t[0].priority = 0;
  t[2].assignee = Staff(1);
  t[3].assignee = Staff(2);
  Create(t);
  EXPECT_EQ(IdsOf(Claim({.max = 2})), (Ids{t[2].id, t[0].id}));
  EXPECT_EQ(IdsOf(Claim({.max = 5})), Ids{t[1].id});  // never what is somebody else's
}

// What the caller cannot have now does not stand before what they can.
TEST_F(ClaimerTest, AssignedTasksThatCannotBeClaimedHinderNothing) {
  std::vector<Task> t = SampleTasks(6);
  for (int i : {0, 1, 2, 3}) {
    t[i].assignee = Staff(1);
    t[i].priority = 0;
  }
  t[0].roles = "I";
  t[1].grid = "NYC/A/A-G1";
  t[2].grid = "CHI/B/B-G1";
  Create(t);
  EXPECT_EQ(IdsOf(Claim({.max = 1, .area = "CHI/A"})), Ids{t[3].id});
  EXPECT_EQ(IdsOf(Claim({.max = 1, .area = "CHI/A"})), Ids{t[4].id});
  EXPECT_EQ(IdsOf(Claim({.max = 5})), (Ids{t[2].id, t[5].id}));
}

TEST_F(ClaimerTest, RolesDecide) {
  std::vector<Task> t = SampleTasks(3);
  t[0].roles = "I";
  t[1].roles = "C";
  Create(t);
  for (bool away : {false, true}) {
    queue_.SetAway(away);
    EXPECT_EQ(IdsOf(Claim({.max = 5}, Worker(kFieldWorker))), away ? Ids() : Ids{t[2].id});
    EXPECT_EQ(IdsOf(Claim({.max = 5}, Worker(kInspector))), away ? Ids() : Ids{t[0].id});
  }
  EXPECT_EQ(StateOf(t[1]), TaskState::kReady);
  EXPECT_TRUE(Claim({.max = 5}, Worker(options::v1::ROLE_DISPATCHER)).empty());
}

TEST_F(ClaimerTest, TheRoleCountsInItsAreaOnly) {
  std::vector<Task> t = SampleTasks(2);
  for (Task& task : t) task.roles = "I";
  t[1].grid = "CHI/B/B-G1";
  Create(t);
  auth::Caller caller{.id = Staff(1), .grants = {{kInspector, "CHI/A", kLater}, {kFieldWorker, "CHI/B", kLater}}};
  EXPECT_EQ(IdsOf(Claim({.max = 5}, caller)), Ids{t[0].id});
  queue_.SetAway(true);
  EXPECT_TRUE(Claim({.max = 5}, caller).empty());
}

TEST_F(ClaimerTest, TheAreaThatIsAskedForWithinThoseThatAreHeld) {
  std::vector<Task> t = SampleTasks(5);
  t[1].grid = "CHI/A/A-G2";
  t[2].grid = "CHI/AB/A-G1";
  t[3].grid = "NYC/A/A-G1";
  t[4].grid = "CHI/A/A-G2";
  for (bool away : {false, true}) {
    Create(t);
    queue_.SetAway(away);
    EXPECT_TRUE(Claim({.max = 5, .area = "NYC"}).empty());
    EXPECT_TRUE(Claim({.max = 5, .area = "CHI/A/A-G"}).empty());
    EXPECT_EQ(IdsOf(Claim({.max = 1, .area = "CHI/A/A-G2"})), Ids{t[1].id});
    EXPECT_EQ(IdsOf(Claim({.max = 5, .area = "CHI"}, Worker(kFieldWorker, "CHI/A/A-G2"))), Ids{t[4].id});
    EXPECT_EQ(IdsOf(Claim({.max = 5, .area = "CHI/A"})), Ids{t[0].id});
    EXPECT_EQ(IdsOf(Claim({.max = 5})), Ids{t[2].id});
    queue_.SetAway(false);
    queue_.Lose();
    ASSERT_TRUE(queue_.EndBuild("").ok());
  }
}

TEST_F(ClaimerTest, AfterTheEndOfTheGrantNothing) {
  std::vector<Task> t = SampleTasks(2);
  t[1].assignee = Staff(1);
  Create(t);
  for (bool away : {false, true}) {
    queue_.SetAway(away);
    EXPECT_TRUE(Claim({.max = 5}, Worker(kFieldWorker, "CHI", kThen)).empty());
  }
  EXPECT_EQ(StateOf(t[1]), TaskState::kReady);
}

TEST_F(ClaimerTest, AStaleOfferComesToNothing) {
  std::vector<Task> t = SampleTasks(3);
  Create(t);
  Task cancelled = t[0];
  ASSERT_TRUE(Cancel(cancelled, kThen).ok());
  ASSERT_TRUE(store_.InTransaction([&](Unit& unit) { return store_.Update(unit, cancelled); }).ok());
  Task unknown = SampleTask(-1);  // in the index only
  ASSERT_TRUE(queue_.Apply({unknown}, false).ok());
  EXPECT_EQ(IdsOf(Claim({.max = 5})), (Ids{t[1].id, t[2].id}));
  EXPECT_EQ(StateOf(t[0]), TaskState::kCancelled);
}

TEST_F(ClaimerTest, WhileTheIndexIsAwayMySqlIsAsked) {
  std::vector<Task> t = SampleTasks(5);
  t[1].priority = 0;
  t[2].assignee = Staff(2);
  t[3].assignee = Staff(1);
  Create(t);
  queue_.SetAway(true);
  EXPECT_EQ(IdsOf(Claim({.max = 3})), (Ids{t[3].id, t[1].id, t[0].id}));
  queue_.SetAway(false);
  queue_.Lose();
  EXPECT_EQ(IdsOf(Claim({.max = 3})), Ids{t[4].id});
}

// However many lanes of others there are.
TEST_F(ClaimerTest, WithoutIndexNoLaneStarves) {
  std::vector<Task> t;
  for (int i = 0; i < 200; ++i) t.push_back(ForRoles(SampleTask(i, "CHI/A/A-G" + std::to_string(1'000 + i)), "I"));
  for (int i = 0; i < 100; ++i) t.push_back(SampleTask(i, "CHI/B/B-G" + std::to_string(1'000 + i)));
  Create(t);
  queue_.SetAway(true);
  size_t claimed = 0;
  for (int i = 0; i < 10; ++i) claimed += Claim({.max = 50}).size();
  EXPECT_EQ(claimed, 100u);
}

TEST_F(ClaimerTest, EachTaskIsClaimedOnce) {
  for (bool away : {false, true}) {
    std::vector<Task> t = SampleTasks(200);
    Create(t);
    queue_.SetAway(away);
    std::mutex mu;
    std::multiset<Uuid> claimed;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        auth::Caller caller = Worker();
        caller.id = Staff(i);
        for (;;) {
          std::vector<Task> mine = Claim({.max = 7}, caller);
          if (mine.empty()) return;
          std::lock_guard lock(mu);
          for (const Task& task : mine) claimed.insert(task.id);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(claimed.size(), 200u);
    EXPECT_EQ(std::set<Uuid>(claimed.begin(), claimed.end()).size(), 200u);
    queue_.SetAway(false);
  }
}

// Work that nobody here may take does not stand before the rest, with the index and without.
TEST_F(ClaimerTest, WhatNeedsAQualificationHindersNothing) {
  std::vector<Task> lifts = SampleTasks(40), others = SampleTasks(4);
  for (Task& task : lifts) task = WithPriority(Needing(task, "LIFT"), 0);
  Create(lifts);
  Create(others);
  for (bool away : {false, true}) {
    queue_.SetAway(away);
    EXPECT_EQ(IdsOf(Claim({.max = 2})), away ? (Ids{others[2].id, others[3].id}) : (Ids{others[0].id, others[1].id}));
  }
  EXPECT_TRUE(Claim({.max = 5}).empty());
  auth::Caller inspector = Worker();
  inspector.qualifications = {{"LIFT", kThen + absl::Hours(1)}};
  EXPECT_EQ(Claim({.max = 5}, inspector).size(), 5u);
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(Claim({.max = 5}, inspector).empty());  // the database's clock, not the token's
}

TEST_F(ClaimerTest, WhoCoversSomebodyMayTakeTheirAssignedWork) {
  std::vector<Task> t = SampleTasks(3);
  t[0] = AssignedTo(t[0], Staff(2));
  t[1] = AssignedTo(t[1], Staff(3));
  t[2] = Needing(AssignedTo(t[2], Staff(2)), "LIFT");
  Create(t);
  auth::Caller cover = Worker();
  cover.covers = {{Staff(2), kThen}, {Staff(3), kThen + absl::Hours(1)}};
  EXPECT_EQ(IdsOf(Claim({.max = 5}, cover)), Ids{t[1].id});  // the other has ended
  cover.covers = {{Staff(2), kLater}};
  std::vector<Task> claimed = Claim({.max = 5}, cover);
  ASSERT_EQ(IdsOf(claimed), Ids{t[0].id});  // a cover brings no qualification
  EXPECT_EQ(claimed[0].claimant, Staff(1));
  EXPECT_EQ(claimed[0].assignee, Staff(2));
}

TEST_F(ClaimerTest, AnOfflineLeaseIsTakenAtTheClaim) {
  Create(SampleTasks(2));
  const absl::Time until = kThen + absl::Hours(10);
  std::vector<Task> claimed = Claim({.max = 1, .offline_until = until});
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].lease_kind, LeaseKind::kOffline);
  EXPECT_EQ(store_.Find(claimed[0].id)->lease_until, until);
}

}  // namespace
}  // namespace gridwork::tasks
