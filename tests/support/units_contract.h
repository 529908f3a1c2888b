// What every implementation of Units must do. Include it in a test program and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Fake, UnitsContract, ::testing::Values(&MakeFakeWorld));
#pragma once
#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/unit.h"

namespace gridwork::testing {

// An implementation and a store to try it on: one counter.
class UnitsWorld {
 public:
  virtual ~UnitsWorld() = default;
  virtual Units& units() = 0;
  virtual absl::Status Increment(Unit& unit) = 0;
  virtual int64_t Committed() = 0;  // the counter, as others see it
};

class UnitsContract : public ::testing::TestWithParam<std::unique_ptr<UnitsWorld> (*)()> {
 protected:
  static RequestKey Key(std::string caller = "worker-1") {
    return {.caller = std::move(caller),
            .request_id = Uuid::V7(absl::Now()),
            .method = "Test/Increment",
            .body_hmac = {1, 0, 2}};
  }
  static absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

  absl::StatusOr<std::string> Increment(const RequestKey& key, std::string response = "done") {
    return world_->units().Run(key, Soon(), [&](Unit& unit) -> absl::StatusOr<std::string> {
      RETURN_IF_ERROR(world_->Increment(unit));
      return response;
    });
  }

  std::unique_ptr<UnitsWorld> world_ = GetParam()();
};

TEST_P(UnitsContract, ANewRequestIsCarriedOutAndFoundAgain) {
  RequestKey key = Key();
  auto before = world_->units().FindResponse(key);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(*before, std::nullopt);

  std::string response("bytes \0\xff of any kind", 20);
  EXPECT_EQ(Increment(key, response).value(), response);
  EXPECT_EQ(world_->Committed(), 1);
  EXPECT_EQ(world_->units().FindResponse(key).value(), response);
}

TEST_P(UnitsContract, AnEmptyAndAHugeResponseAreKept) {
  for (const std::string& response : {std::string(), std::string(3'000'000, 'x')}) {
    RequestKey key = Key();
    ASSERT_TRUE(Increment(key, response).ok());
    EXPECT_EQ(world_->units().FindResponse(key).value(), response);
  }
}

TEST_P(UnitsContract, TheSameRequestGetsTheSameResponseAndHasOneEffect) {
  RequestKey key = Key();
  EXPECT_EQ(Increment(key, "first").value(), "first");
  EXPECT_EQ(Increment(key, "second").value(), "first");
  EXPECT_EQ(world_->Committed(), 1);
}

TEST_P(UnitsContract, AnotherBodyOrMethodIsRefusedWithoutEffect) {
  RequestKey key = Key();
  ASSERT_TRUE(Increment(key).ok());
  RequestKey other_body = key, other_method = key;
  other_body.body_hmac[31] = 1;
  other_method.method = "Test/Decrement";
  for (const RequestKey& other : {other_body, other_method}) {
    EXPECT_EQ(ReasonOf(Increment(other).status()), "REQUEST_ID_REUSED");
    EXPECT_EQ(ReasonOf(world_->units().FindResponse(other).status()), "REQUEST_ID_REUSED");
  }
  EXPECT_EQ(world_->Committed(), 1);
}

TEST_P(UnitsContract, TheSameIdOfAnotherCallerIsAnotherRequest) {
  RequestKey key = Key("worker-1"), other = key;
  other.caller = "worker-2";
  ASSERT_TRUE(Increment(key).ok());
  ASSERT_TRUE(Increment(other).ok());
  EXPECT_EQ(world_->Committed(), 2);
}

TEST_P(UnitsContract, AnErrorLeavesNothingAndMayBeTriedAgain) {
  RequestKey key = Key();
  bool after = false;
  auto refused = world_->units().Run(key, Soon(), [&](Unit& unit) -> absl::StatusOr<std::string> {
    unit.AfterCommit([&] { after = true; });
    RETURN_IF_ERROR(world_->Increment(unit));
    return Error(absl::StatusCode::kFailedPrecondition, "NOT_TODAY", "it is Sunday");
  });
  EXPECT_EQ(ReasonOf(refused.status()), "NOT_TODAY");
  EXPECT_FALSE(after);
  EXPECT_EQ(world_->Committed(), 0);
  EXPECT_EQ(world_->units().FindResponse(key).value(), std::nullopt);

  EXPECT_TRUE(Increment(key).ok());
  EXPECT_EQ(world_->Committed(), 1);
}

TEST_P(UnitsContract, ABodyWithoutStatementsIsLoggedToo) {
  RequestKey key = Key();
  auto run = [&](std::string response) {
    return world_->units().Run(key, Soon(), [&](Unit&) -> absl::StatusOr<std::string> { return response; });
  };
  EXPECT_EQ(run("first").value(), "first");
  EXPECT_EQ(run("second").value(), "first");
}

TEST_P(UnitsContract, ActionsRunAfterCommitInTheirOrder) {
  std::string order;
  auto response = world_->units().Run(Key(), Soon(), [&](Unit& unit) -> absl::StatusOr<std::string> {
    unit.AfterCommit([&] { order += "a" + std::to_string(world_->Committed()); });
    RETURN_IF_ERROR(world_->Increment(unit));
    unit.AfterCommit([&] { order += "b"; });
    order += "body ";
    return "";
  });
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(order, "body a1b");
}

TEST_P(UnitsContract, ManyCallsWithOneKeyHaveOneEffectAndEqualAnswers) {
  for (int round = 0; round < 5; ++round) {
    RequestKey key = Key();
    std::vector<absl::StatusOr<std::string>> answers(8);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < answers.size(); ++i) {
      threads.emplace_back([&, i] { answers[i] = Increment(key, "answer " + std::to_string(i)); });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& answer : answers) {
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(*answer, *answers[0]);
    }
    EXPECT_EQ(world_->Committed(), round + 1);
  }
}

TEST_P(UnitsContract, APassedDeadlineStartsNothing) {
  auto late =
      world_->units().Run(Key(), absl::Now() - absl::Seconds(1), [&](Unit& unit) -> absl::StatusOr<std::string> {
        RETURN_IF_ERROR(world_->Increment(unit));
        return "";
      });
  EXPECT_EQ(late.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(world_->Committed(), 0);
}

}  // namespace gridwork::testing
