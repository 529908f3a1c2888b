#include "common/base/every.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace gridwork {
namespace {

constexpr absl::Duration kNeverInATest = absl::Hours(1);

template <class Condition>
bool Comes(Condition condition) {
  for (int i = 0; i < 5'000 && !condition(); ++i) absl::SleepFor(absl::Milliseconds(1));
  return condition();
}

TEST(Every, RunsAgainAndAgain) {
  std::atomic<int> runs{0};
  Every every;
  every.Start(absl::Milliseconds(1), [&] { ++runs; });
  EXPECT_TRUE(Comes([&] { return runs >= 3; }));
}

TEST(Every, PausesFirstUnlessToldOtherwise) {
  std::atomic<int> late{0}, early{0};
  Every after_pause, at_once;
  after_pause.Start(kNeverInATest, [&] { ++late; });
  at_once.Start(
      kNeverInATest, [&] { ++early; }, Every::First::kAtOnce);
  EXPECT_TRUE(Comes([&] { return early == 1; }));
  EXPECT_EQ(late, 0);
}

TEST(Every, StopEndsThePauseAtOnce) {
  Every every;
  every.Start(kNeverInATest, [] {});
  const absl::Time begin = absl::Now();
  every.Stop();
  EXPECT_LT(absl::Now() - begin, absl::Minutes(1));
  every.Stop();
}

TEST(Every, StopWaitsForWhatIsUnderWayAndNothingRunsAfterwards) {
  std::atomic<bool> begun{false}, ended{false};
  std::atomic<int> runs{0};
  {
    Every every;
    every.Start(
        absl::ZeroDuration(),
        [&] {
          begun = true;
          ended = false;
          absl::SleepFor(absl::Milliseconds(20));
          ended = true;
          ++runs;
        },
        Every::First::kAtOnce);
    ASSERT_TRUE(Comes([&] { return begun.load(); }));
  }
  EXPECT_TRUE(ended);
  const int after = runs;
  absl::SleepFor(absl::Milliseconds(30));
  EXPECT_EQ(runs, after);
}

TEST(Every, NeedsNoStart) {
  Every every;
  every.Stop();
}

TEST(TryFor, TriesUntilItSucceeds) {
  int tries = 0;
  EXPECT_TRUE(
      TryFor(absl::Minutes(1), [&] { return ++tries < 3 ? absl::UnavailableError("away") : absl::OkStatus(); }).ok());
  EXPECT_EQ(tries, 3);
}

TEST(TryFor, TriesOnceWithoutPatienceAndSaysWhatFailed) {
  int tries = 0;
  absl::Status status = TryFor(absl::ZeroDuration(), [&] {
    ++tries;
    return absl::UnavailableError("away");
  });
  EXPECT_EQ(tries, 1);
  EXPECT_EQ(status, absl::UnavailableError("away"));
}

TEST(TryFor, GivesUpWithTheLastAnswer) {
  int tries = 0;
  absl::Status status =
      TryFor(absl::Milliseconds(300), [&] { return absl::UnavailableError(std::to_string(++tries)); });
  EXPECT_GE(tries, 2);
  EXPECT_EQ(status, absl::UnavailableError(std::to_string(tries)));
}

}  // namespace
}  // namespace gridwork
