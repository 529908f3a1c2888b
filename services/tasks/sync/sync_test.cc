#include "services/tasks/sync/sync.h"

#include <gtest/gtest.h>

#include "services/tasks/sync/sync_convert.h"

namespace gridwork::tasks {
namespace {

constexpr GridClock kClock{.epoch = 2, .version = 100, .floor = 40};

TEST(FollowsTest, TheSameEpochUpToItsClock) {
  EXPECT_TRUE(Follows({2, 100}, kClock, std::nullopt));
  EXPECT_TRUE(Follows({2, 40}, kClock, std::nullopt));
  EXPECT_FALSE(Follows({2, 101}, kClock, std::nullopt)) << "from a future that is gone";
}

TEST(FollowsTest, WhoHasNothingFollowsOnAnything) {
  EXPECT_TRUE(Follows({}, kClock, std::nullopt));
  EXPECT_TRUE(Follows({7, 0}, kClock, std::nullopt));
}

TEST(FollowsTest, AnOlderEpochUpToTheBaseOfTheNext) {
  EXPECT_TRUE(Follows({1, 60}, kClock, 60));
  EXPECT_FALSE(Follows({1, 61}, kClock, 60)) << "what was seen may be gone";
  EXPECT_FALSE(Follows({1, 60}, kClock, std::nullopt)) << "nobody knows that epoch";
}

TEST(FollowsTest, WhatWasForgottenCannotBeTold) {
  EXPECT_FALSE(Follows({2, 39}, kClock, std::nullopt));
  EXPECT_TRUE(Follows({2, 5, 50}, kClock, std::nullopt)) << "it began after that, and never held what was forgotten";
  EXPECT_FALSE(Follows({2, 5, 39}, kClock, std::nullopt));
}

TEST(BudgetTest, TakesWhatFits) {
  Budget left{10, 1000};
  EXPECT_TRUE(Fits({9, 500}, left));
  EXPECT_FALSE(Fits({2, 10}, left)) << "records";
  EXPECT_FALSE(Fits({1, 501}, left)) << "bytes";
  EXPECT_TRUE(Fits({1, 500}, left));
  EXPECT_TRUE(Fits({0, 0}, left));
}

TEST(BudgetTest, ADeskHoldsMore) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  auth::Caller caller;
  EXPECT_EQ(BudgetOf(caller, now).records, kFieldBudget.records);
  caller.grants = {{options::v1::ROLE_DISPATCHER, "CHI", now}};
  EXPECT_EQ(BudgetOf(caller, now).records, kFieldBudget.records) << "the grant has ended";
  caller.grants[0].until = now + absl::Seconds(1);
  EXPECT_EQ(BudgetOf(caller, now).records, kDeskBudget.records);
}

}  // namespace
}  // namespace gridwork::tasks
