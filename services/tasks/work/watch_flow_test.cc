#include "services/tasks/work/watch_flow.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "services/tasks/work/testing/fake_task_store.h"
#include "services/tasks/work/testing/samples.h"

namespace gridwork::tasks {
namespace {

using namespace testing;
using Works = std::vector<Work>;

const absl::Time kLater = kThen + absl::Hours(8);
const Lane kLane{"CHI/A/A-G1", "FI"};

Watcher WatcherOf(auth::Role role, const std::string& area = "CHI") {
  return {.caller = {.id = Staff(1), .grants = {{role, area, kLater}}}, .areas = {area}};
}
Watcher Worker() { return WatcherOf(options::v1::ROLE_FIELD_WORKER); }

TEST(WorkFor, IsWhatTheWatcherMayClaimInTheirAreas) {
  EXPECT_EQ(WorkFor(Worker(), {kLane, ""}, kThen), (Work{kLane, false}));
  EXPECT_EQ(WorkFor(WatcherOf(options::v1::ROLE_FIELD_WORKER, "CHI/B"), {kLane, ""}, kThen), std::nullopt);
  EXPECT_EQ(WorkFor(Worker(), {{"CHI/A/A-G1", "I"}, ""}, kThen), std::nullopt);
  EXPECT_EQ(WorkFor(Worker(), {{"CHI/A/A-G1", "FI", "LIFT"}, ""}, kThen), std::nullopt);
  EXPECT_EQ(WorkFor(Worker(), {kLane, ""}, kLater), std::nullopt);
  Watcher narrow = Worker();
  narrow.areas = {"CHI/A/A-G2"};
  EXPECT_EQ(WorkFor(narrow, {kLane, ""}, kThen), std::nullopt);
}

TEST(WorkFor, WhatIsAssignedIsForTheAssigneeAndWhoCoversThem) {
  EXPECT_EQ(WorkFor(Worker(), {kLane, Staff(1)}, kThen), (Work{kLane, true}));
  EXPECT_EQ(WorkFor(Worker(), {kLane, Staff(2)}, kThen), std::nullopt);
  Watcher cover = Worker();
  cover.caller.covers = {{Staff(2), kLater}, {Staff(3), kThen}};
  EXPECT_EQ(WorkFor(cover, {kLane, Staff(2)}, kThen), (Work{kLane, true}));
  EXPECT_EQ(WorkFor(cover, {kLane, Staff(3)}, kThen), std::nullopt);
}

TEST(WorkFor, ADispatcherIsToldOfAll) {
  const Watcher desk = WatcherOf(options::v1::ROLE_DISPATCHER, "CHI/A");
  EXPECT_EQ(WorkFor(desk, {{"CHI/A/A-G1", "I", "LIFT"}, ""}, kThen), (Work{{"CHI/A/A-G1", "I", "LIFT"}, false}));
  EXPECT_EQ(WorkFor(desk, {kLane, Staff(2)}, kThen), (Work{kLane, false}));
  EXPECT_EQ(WorkFor(desk, {{"CHI/B/B-G1", "FI"}, ""}, kThen), std::nullopt);
}

class FakeWakes : public Wakes {
 public:
  absl::StatusOr<std::vector<Wake>> Wait(absl::Duration) override {
    if (away) return absl::UnavailableError("away");
    return std::exchange(next, {});
  }
  std::vector<Wake> next;
  bool away = false;
};

class WatchesTest : public ::testing::Test {
 protected:
  struct Told {
    std::vector<Works> messages;
    bool open = true, slow = false;
    std::set<Work> all() const {
      std::set<Work> out;
      for (const Works& works : messages) out.insert(works.begin(), works.end());
      return out;
    }
  };
  std::shared_ptr<Told> Watch(Watcher watcher = Worker()) {
    auto told = std::make_shared<Told>();
    watcher.tell = [told](const Works& works) {
      if (told->slow) return false;
      told->messages.push_back(works);
      return true;
    };
    watcher.open = [told] { return told->open; };
    watches_.Add(std::move(watcher));
    return told;
  }
  void Create(const std::vector<Task>& tasks) {
    ASSERT_TRUE(store_.InTransaction([&](Unit& unit) { return store_.Create(unit, tasks); }).ok());
  }
  void Round() { watches_.Round(absl::ZeroDuration()); }

  FakeClock clock_;
  FakeTaskStore store_{clock_};
  FakeWakes wakes_;
  Watches watches_{store_, wakes_, clock_, absl::Milliseconds(300)};
};

TEST_F(WatchesTest, TellsWhatIsReadyAndThenWhatBecomesReady) {
  Create(SampleTasks(3));
  auto told = Watch();
  Round();
  ASSERT_EQ(told->messages.size(), 1u);
  EXPECT_EQ(told->messages[0], Works{{kLane}});
  Round();
  EXPECT_EQ(told->messages.size(), 1u);  // nothing new
  wakes_.next = {{{"CHI/A/A-G2", "FI"}, ""}, {kLane, ""}, {kLane, ""}, {{"NYC/A/A-G1", "FI"}, ""}};
  Round();
  ASSERT_EQ(told->messages.size(), 2u);
  EXPECT_EQ(told->messages[1], (Works{{kLane}, {{"CHI/A/A-G2", "FI"}}}));
}

TEST_F(WatchesTest, WhoComesLaterIsToldWhatTheOthersKnow) {
  Create(SampleTasks(1));
  auto first = Watch();
  Round();
  auto second = Watch();
  Round();
  EXPECT_EQ(first->messages.size(), 1u);
  EXPECT_EQ(second->messages, first->messages);
}

// While no wake can come every look tells, as nobody knows what is new; and once more when they come again.
TEST_F(WatchesTest, WithoutTheIndexTheLookTells) {
  wakes_.away = true;
  auto told = Watch();
  Round();
  EXPECT_TRUE(told->messages.empty());
  Create(SampleTasks(2));
  for (int i = 0; i < 100 && told->messages.empty(); ++i) {
    absl::SleepFor(absl::Milliseconds(100));
    Round();
  }
  ASSERT_EQ(told->messages.size(), 1u);
  EXPECT_EQ(told->messages[0], Works{{kLane}});
  wakes_.away = false;
  for (int i = 0; i < 100 && told->messages.size() < 2; ++i) {
    absl::SleepFor(absl::Milliseconds(100));
    Round();
  }
  EXPECT_EQ(told->messages.size(), 2u);
}

TEST_F(WatchesTest, WhoIsSlowIsToldLaterAndHindersNobody) {
  auto slow = Watch(), quick = Watch();
  Round();
  slow->slow = true;
  for (int i = 0; i < 500; ++i) {
    wakes_.next = {{{"CHI/A/A-G" + std::to_string(i), "FI"}, ""}};
    Round();
  }
  EXPECT_EQ(quick->all().size(), 500u);
  EXPECT_TRUE(slow->messages.empty());
  slow->slow = false;
  Round();
  EXPECT_EQ(slow->messages.size(), 3u);  // 200 at once
  EXPECT_EQ(slow->all(), quick->all());
}

TEST_F(WatchesTest, WhoHasLeftIsForgotten) {
  auto told = Watch();
  Watch();
  EXPECT_EQ(watches_.size(), 2u);
  told->open = false;
  Round();
  EXPECT_EQ(watches_.size(), 1u);
}

TEST_F(WatchesTest, ItsThreadTellsAndStops) {
  Create(SampleTasks(1));
  Mutex mu;
  int told = 0;
  Watcher watcher = Worker();
  watcher.tell = [&](const Works&) {
    MutexLock lock(mu);
    ++told;
    return true;
  };
  watcher.open = [] { return true; };
  watches_.Add(std::move(watcher));
  watches_.Start();
  for (int i = 0; i < 200; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
    MutexLock lock(mu);
    if (told > 0) break;
  }
  watches_.Stop();
  MutexLock lock(mu);
  EXPECT_GE(told, 1);
}

}  // namespace
}  // namespace gridwork::tasks
