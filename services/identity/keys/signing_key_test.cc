#include "services/identity/keys/signing_key.h"

#include <gmock/gmock.h>

namespace gridwork::identity {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(PlanNextKey, TheFirstIsActiveAtOnce) {
  auto first = PlanNextKey({}, kNow);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->active, kNow);
  EXPECT_EQ(first->retiring, kNow + absl::Hours(30 * 24));
  EXPECT_EQ(first->gone, kNow + absl::Hours(30 * 24 + 1));
}

TEST(PlanNextKey, TheNextIsMadeADayBeforeItSigns) {
  KeyDates first = *PlanNextKey({}, kNow);
  absl::Time due = first.retiring - absl::Hours(24);
  EXPECT_EQ(PlanNextKey({first}, due - absl::Microseconds(1)), std::nullopt);
  auto next = PlanNextKey({first}, due);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->created, due);
  EXPECT_EQ(next->active, first.retiring) << "one signs until the next one does";
  EXPECT_EQ(PlanNextKey({first, *next}, due), std::nullopt);
  EXPECT_EQ(PlanNextKey({*next, first}, first.gone), std::nullopt) << "in any order";
}

TEST(PlanNextKey, AfterALongRestVerifiersGetAMinute) {
  KeyDates first = *PlanNextKey({}, kNow);
  absl::Time later = first.gone + absl::Hours(1'000);
  EXPECT_EQ(PlanNextKey({first}, later)->active, later + absl::Minutes(1));
  EXPECT_EQ(PlanNextKey({first}, first.retiring - absl::Seconds(1))->active, first.retiring + absl::Seconds(59));
}

TEST(KeyDates, TheStateIsAFunctionOfTheDates) {
  KeyDates key{.created = kNow, .active = kNow + absl::Hours(1)};
  key.retiring = kNow + absl::Hours(2);
  key.gone = kNow + absl::Hours(3);
  EXPECT_EQ(key.StateAt(kNow), KeyState::kPrepublished);
  EXPECT_EQ(key.StateAt(key.active - absl::Microseconds(1)), KeyState::kPrepublished);
  EXPECT_EQ(key.StateAt(key.active), KeyState::kActive);
  EXPECT_EQ(key.StateAt(key.retiring), KeyState::kRetiring);
  EXPECT_EQ(key.StateAt(key.gone), KeyState::kGone);
}

}  // namespace
}  // namespace gridwork::identity
