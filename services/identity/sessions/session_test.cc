#include "services/identity/sessions/session.h"

#include <gmock/gmock.h>

namespace gridwork::identity {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Session Started(absl::Time at = kNow) { return {.created = at, .rotated = at}; }

TEST(JudgeRefresh, TheNewestIsReplaced) {
  EXPECT_EQ(JudgeRefresh(Started(), Shown::kCurrent, true, kNow), RefreshVerdict::kRotate);
}

TEST(JudgeRefresh, TheOneBeforeIsAnsweredAgainForAMinute) {
  auto after = [](absl::Duration passed) { return JudgeRefresh(Started(), Shown::kPrevious, true, kNow + passed); };
  EXPECT_EQ(after(absl::ZeroDuration()), RefreshVerdict::kRepeat);
  EXPECT_EQ(after(absl::Seconds(60) - absl::Microseconds(1)), RefreshVerdict::kRepeat);
  EXPECT_EQ(after(absl::Seconds(60)), RefreshVerdict::kReuse);
}

TEST(JudgeRefresh, AnEarlierOneEndsTheSession) {
  EXPECT_EQ(JudgeRefresh(Started(), Shown::kOther, true, kNow), RefreshVerdict::kReuse);
}

TEST(JudgeRefresh, AnotherDeviceShowsAStolenOne) {
  EXPECT_EQ(JudgeRefresh(Started(), Shown::kCurrent, false, kNow), RefreshVerdict::kReuse);
  EXPECT_EQ(JudgeRefresh(Started(), Shown::kPrevious, false, kNow), RefreshVerdict::kReuse);
  EXPECT_EQ(JudgeRefresh(Started(), Shown::kOther, false, kNow), RefreshVerdict::kRefuse)
      << "who only knows the name of a session cannot end it";
}

TEST(JudgeRefresh, ASessionEndsAfter7DaysOfRestOr30InAll) {
  Session session = Started();
  auto at = [&](absl::Time now) { return JudgeRefresh(session, Shown::kCurrent, true, now); };
  EXPECT_EQ(at(kNow + absl::Hours(7 * 24) - absl::Microseconds(1)), RefreshVerdict::kRotate);
  EXPECT_EQ(at(kNow + absl::Hours(7 * 24)), RefreshVerdict::kRefuse);
  session.rotated = kNow + absl::Hours(29 * 24);
  EXPECT_EQ(at(kNow + absl::Hours(30 * 24) - absl::Microseconds(1)), RefreshVerdict::kRotate);
  EXPECT_EQ(at(kNow + absl::Hours(30 * 24)), RefreshVerdict::kRefuse);
}

}  // namespace
}  // namespace gridwork::identity
