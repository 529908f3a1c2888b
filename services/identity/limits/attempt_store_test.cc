// What every AttemptStore must do, in memory and on MariaDB.
#include "services/identity/limits/attempt_store.h"

#include <atomic>
#include <thread>

#include "services/identity/testing/world.h"

namespace gridwork::identity {
namespace {

const AttemptRule kRule{.free = 3, .longest = absl::Seconds(60)};

class AttemptStoreContract : public WorldTest {
 protected:
  AttemptAnswer Begin(const AttemptSubject& subject, absl::Time now = kTestNow) {
    auto answer = attempts_.Begin(subject, kRule, now);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or(AttemptAnswer());
  }
  AttemptStore& attempts_ = world_->attempts();
  const AttemptSubject ann_ = SubjectOf("login", "ann"), bob_ = SubjectOf("login", "bob");
};

TEST_P(AttemptStoreContract, CountsUntilOneHasToWait) {
  for (int i = 0; i < 3; ++i) {
    AttemptAnswer answer = Begin(ann_);
    EXPECT_EQ(answer.wait, absl::ZeroDuration());
    EXPECT_EQ(answer.failures_before, i);
  }
  EXPECT_EQ(Begin(ann_).wait, absl::Seconds(1));
  EXPECT_EQ(Begin(ann_).wait, absl::Seconds(1)) << "what is refused does not count";
  EXPECT_EQ(attempts_.Look(ann_, kTestNow).value(), absl::Seconds(1));
  EXPECT_EQ(attempts_.Look(ann_, kTestNow + absl::Seconds(1)).value(), absl::ZeroDuration());
  EXPECT_EQ(Begin(ann_, kTestNow + absl::Seconds(1)).failures_before, 3);
  EXPECT_EQ(Begin(ann_, kTestNow + absl::Seconds(1)).wait, absl::Seconds(2));
}

TEST_P(AttemptStoreContract, SubjectsAreApart) {
  for (int i = 0; i < 4; ++i) Begin(ann_);
  EXPECT_EQ(Begin(bob_).failures_before, 0);
  EXPECT_EQ(Begin(SubjectOf("enrol", "ann")).failures_before, 0);
  EXPECT_EQ(attempts_.Look(SubjectOf("login", "nobody"), kTestNow).value(), absl::ZeroDuration());
}

TEST_P(AttemptStoreContract, ASuccessForgetsAll) {
  for (int i = 0; i < 3; ++i) Begin(ann_);
  EXPECT_EQ(attempts_.Succeed(ann_), absl::OkStatus());
  EXPECT_EQ(Begin(ann_).failures_before, 0);
  EXPECT_EQ(attempts_.Succeed(bob_), absl::OkStatus()) << "of somebody who did not fail";
}

TEST_P(AttemptStoreContract, OfManyAtOnceOnlyTheFreeOnesPass) {
  std::atomic<int> passed = 0, waiting = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] { (Begin(ann_).wait == absl::ZeroDuration() ? passed : waiting)++; });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(passed, 3);
  EXPECT_EQ(waiting, 61);
}

INSTANTIATE_WORLDS(AttemptStoreContract);

}  // namespace
}  // namespace gridwork::identity
