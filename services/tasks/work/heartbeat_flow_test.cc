#include "services/tasks/work/heartbeat_flow.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "services/tasks/work/testing/fake_task_store.h"
#include "services/tasks/work/testing/samples.h"

namespace gridwork::tasks {
namespace {

using namespace testing;
using Answer = absl::StatusOr<std::vector<LeaseState>>;

class HeartbeatsTest : public ::testing::Test {
 protected:
  Task Claimed(int number, const std::string& worker, std::optional<absl::Time> offline_until = std::nullopt) {
    Task task = SampleTask(number);
    EXPECT_TRUE(store_
                    .InTransaction([&](Unit& unit) -> absl::Status {
                      if (absl::Status status = store_.Create(unit, {task}); !status.ok()) return status;
                      EXPECT_TRUE(Claim(task, worker, clock_.Now(), {.offline_until = offline_until}).ok());
                      return store_.UpdateClaimed(unit, {task});
                    })
                    .ok());
    return task;
  }
  static std::future<Answer> Beat(Heartbeats& heartbeats, const std::string& worker, std::vector<LeaseName> leases) {
    auto promise = std::make_shared<std::promise<Answer>>();
    heartbeats.Beat(worker, std::move(leases), [promise](Answer answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }

  FakeClock clock_;
  FakeTaskStore store_{clock_};
};

TEST_F(HeartbeatsTest, TellsWhichLeasesHoldAndExtendsThem) {
  Heartbeats heartbeats(store_);
  Task mine = Claimed(1, Staff(1)), theirs = Claimed(2, Staff(2));
  Task offline = Claimed(3, Staff(1), kThen + absl::Hours(8));
  clock_.Advance(absl::Seconds(90));
  auto answer =
      Beat(heartbeats, Staff(1), {{theirs.id, 1}, {mine.id, 1}, {Uuid::V7(kThen), 1}, {offline.id, 1}, {mine.id, 2}})
          .get();
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->size(), 5u);
  EXPECT_FALSE(answer->at(0).until);
  EXPECT_EQ(answer->at(1).until, clock_.Now() + kOnlineLease);
  EXPECT_FALSE(answer->at(2).until);
  EXPECT_EQ(answer->at(3).until, kThen + absl::Hours(8));
  EXPECT_EQ(answer->at(3).kind, LeaseKind::kOffline);
  EXPECT_FALSE(answer->at(4).until);

  EXPECT_EQ(store_.Find(mine.id)->lease_until, clock_.Now() + kOnlineLease);
  EXPECT_EQ(store_.Find(theirs.id)->lease_until, kThen + kOnlineLease);
  EXPECT_EQ(store_.Find(offline.id)->lease_until, kThen + absl::Hours(8));
  EXPECT_EQ(store_.Find(mine.id)->version, mine.version);
}

// The first is written at once; all that come within the second after it are written together.
TEST_F(HeartbeatsTest, ThoseOfManyWorkersShareACommit) {
  constexpr int kWorkers = 200;
  std::vector<Task> tasks;
  for (int i = 0; i < kWorkers; ++i) tasks.push_back(Claimed(i, Staff(i)));
  Heartbeats heartbeats(store_, absl::Milliseconds(300));
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < kWorkers; ++i) answers.push_back(Beat(heartbeats, Staff(i), {{tasks[i].id, 1}}));
  for (auto& answer : answers) EXPECT_TRUE(answer.get()->at(0).until);
  EXPECT_LE(heartbeats.commits(), 2);
}

TEST_F(HeartbeatsTest, ThoseThatWaitAreAnsweredAtTheEnd) {
  Task task = Claimed(1, Staff(1));
  std::vector<std::future<Answer>> answers;
  {
    Heartbeats heartbeats(store_, absl::Hours(1));
    for (int i = 0; i < 3; ++i) answers.push_back(Beat(heartbeats, Staff(1), {{task.id, 1}}));
  }
  for (auto& answer : answers) EXPECT_TRUE(answer.get()->at(0).until);
}

TEST_F(HeartbeatsTest, TooManyAreRefusedAtOnce) {
  Heartbeats heartbeats(store_, absl::Hours(1));
  EXPECT_TRUE(Beat(heartbeats, Staff(1), {{Uuid::V7(kThen), 1}}).get().ok());  // those that follow wait an hour
  const std::vector<LeaseName> leases(50, {Uuid::V7(kThen), 1});
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 1'000; ++i) answers.push_back(Beat(heartbeats, Staff(1), leases));
  Answer refused = Beat(heartbeats, Staff(1), leases).get();
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused.status()), "SERVER_BUSY");
}

class AwayStore : public FakeTaskStore {
 public:
  using FakeTaskStore::FakeTaskStore;
  absl::Status InTransaction(const std::function<absl::Status(Unit&)>&) override {
    return absl::UnavailableError("away");
  }
};

TEST_F(HeartbeatsTest, NobodyIsToldThatTheirLeaseHoldsWhileMysqlIsAway) {
  AwayStore away(clock_);
  Heartbeats heartbeats(away);
  EXPECT_EQ(Beat(heartbeats, Staff(1), {{Uuid::V7(kThen), 1}}).get().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace gridwork::tasks
