#include "services/identity/limits/attempt.h"

#include <gmock/gmock.h>

namespace gridwork::identity {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const AttemptRule kRule{.free = 3, .longest = absl::Seconds(60)};

Attempts Failed(int times, absl::Time at = kNow) {
  Attempts attempts;
  for (int i = 0; i < times; ++i) attempts = WithOneMore(attempts, kRule, at);
  return attempts;
}

TEST(Attempts, SomeAreFreeThenTheWaitDoubles) {
  EXPECT_EQ(WaitOf({}, kNow), absl::ZeroDuration());
  EXPECT_EQ(WaitOf(Failed(2), kNow), absl::ZeroDuration());
  EXPECT_EQ(WaitOf(Failed(3), kNow), absl::Seconds(1));
  EXPECT_EQ(WaitOf(Failed(4), kNow), absl::Seconds(2));
  EXPECT_EQ(WaitOf(Failed(5), kNow), absl::Seconds(4));
  EXPECT_EQ(WaitOf(Failed(5), kNow + absl::Seconds(3)), absl::Seconds(1));
  EXPECT_EQ(WaitOf(Failed(5), kNow + absl::Seconds(9)), absl::ZeroDuration());
}

TEST(Attempts, NobodyIsLockedOutForGood) {
  EXPECT_EQ(WaitOf(Failed(9), kNow), absl::Seconds(60));
  EXPECT_EQ(WaitOf(Failed(100'000), kNow), absl::Seconds(60));
}

TEST(Attempts, AreForgottenAfterADay) {
  Attempts attempts = Failed(50);
  EXPECT_EQ(WithOneMore(attempts, kRule, kNow + absl::Hours(24) - absl::Seconds(1)).failures, 51);
  EXPECT_EQ(WithOneMore(attempts, kRule, kNow + absl::Hours(24)).failures, 1);
}

}  // namespace
}  // namespace gridwork::identity
