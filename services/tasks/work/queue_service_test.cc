#include "services/tasks/work/queue_service.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "services/tasks/work/testing/fake_task_queue.h"
#include "services/tasks/work/testing/fake_task_store.h"
#include "services/tasks/work/testing/test_call.h"

namespace gridwork::tasks {
namespace {

using namespace testing;

class QueueServiceTest : public ::testing::Test {
 protected:
  QueueServiceTest() {
    std::vector<Task> t = SampleTasks(6);
    t[1].grid = "CHI/B/B-G1";
    t[2].state = TaskState::kAccepted;
    t[3].state = TaskState::kCancelled;
    t[4].assignee = Staff(1);
    EXPECT_TRUE(store_.InTransaction([&](Unit& unit) { return store_.Create(unit, t); }).ok());
    EXPECT_TRUE(queue_.Apply(t, false).ok());
  }
  v1::QueueStats Stats(const std::string& area) {
    auto stats = service_.GetQueueStats(call_.context(), {}, {area});
    EXPECT_TRUE(stats.ok()) << stats.status();
    return *stats;
  }

  FakeClock clock_;
  FakeTaskStore store_{clock_};
  FakeTaskQueue queue_;
  QueueService service_{store_, queue_};
  TestCall call_{"gridwork.tasks.v1.QueueService/Test", Somebody(Staff(1), options::v1::ROLE_ADMIN)};
};

TEST_F(QueueServiceTest, CountsByStateAndWhatIsIndexed) {
  v1::QueueStats stats = Stats("CHI");
  ASSERT_EQ(stats.counts_size(), 3);
  EXPECT_EQ(stats.counts(0).state(), v1::TASK_STATE_READY);
  EXPECT_EQ(stats.counts(0).tasks(), 4);
  EXPECT_EQ(stats.counts(1).state(), v1::TASK_STATE_ACCEPTED);
  EXPECT_EQ(stats.counts(2).state(), v1::TASK_STATE_CANCELLED);
  EXPECT_EQ(stats.total(), 6);
  EXPECT_EQ(stats.indexed(), 3);
  EXPECT_EQ(Stats("CHI/B").total(), 1);
  EXPECT_EQ(Stats("CHI/B").indexed(), 1);
  EXPECT_EQ(Stats("NYC").counts_size(), 0);
}

TEST_F(QueueServiceTest, SaysNothingOfAnIndexThatIsAway) {
  queue_.SetAway(true);
  EXPECT_FALSE(Stats("CHI").has_indexed());
  EXPECT_EQ(Stats("CHI").total(), 6);
}

TEST_F(QueueServiceTest, MakesTheIndexAnew) {
  queue_.Lose();
  EXPECT_EQ(Stats("CHI").indexed(), 0);
  auto rebuilt = service_.RebuildQueue(call_.context(), {}, {"CHI"});
  ASSERT_TRUE(rebuilt.ok()) << rebuilt.status();
  EXPECT_EQ(rebuilt->indexed(), 4);
  EXPECT_EQ(Stats("CHI").indexed(), 3);  // one is assigned
  queue_.SetAway(true);
  EXPECT_EQ(service_.RebuildQueue(call_.context(), {}, {"CHI"}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(QueueServiceTest, OnlyWhoKeepsARootMakesItAnew) {
  absl::Status refused = service_.RebuildQueue(call_.context(), {}, {"CHI/A"}).status();
  EXPECT_EQ(ReasonOf(refused), "BAD_FIELD");
  EXPECT_EQ(FieldViolationsOf(refused)[0].first, "area");
}

TEST_F(QueueServiceTest, AnAreaIsItsOwnFact) {
  EXPECT_EQ(service_.LoadArea("CHI/A")->facts.area, "CHI/A");
  EXPECT_EQ(service_.LoadArea("CHI/A")->row.path, "CHI/A");
  for (const char* bad : {"", "/CHI", "chi", "CHI//A", "CHI/"})
    EXPECT_EQ(ReasonOf(service_.LoadArea(bad).status()), "BAD_FIELD") << bad;
}

}  // namespace
}  // namespace gridwork::tasks
