#include "common/auth/revocation.h"

#include <gmock/gmock.h>

#include <thread>

#include "common/base/error.h"

namespace gridwork::auth {
namespace {

using Kind = Revocation::Kind;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

Caller TestCaller() { return {.id = "staff/1", .login = "l1", .account_version = 7}; }
Peer TestPeer() { return {.kind = Peer::Kind::kDevice, .id = "d1"}; }

class RevocationListTest : public ::testing::Test {
 protected:
  void SetUp() override { list_.Confirm(kNow); }
  std::string Reason(const Caller& caller = TestCaller(), const Peer& peer = TestPeer()) {
    return ReasonOf(list_.Check(&peer, &caller, true, kNow));
  }
  void Add(Kind kind, const std::string& subject, int64_t below = 0, absl::Time until = kNow + absl::Minutes(5)) {
    list_.Apply({{kind, subject, below, until}}, false, kNow);
  }
  RevocationList list_;
};

TEST_F(RevocationListTest, RefusesWhatItNames) {
  EXPECT_EQ(Reason(), "");
  Add(Kind::kDevice, "d2");
  Add(Kind::kLogin, "l2");
  Add(Kind::kAccount, "staff/2", 100);
  EXPECT_EQ(Reason(), "") << "those of others";
  Add(Kind::kLogin, "l1");
  EXPECT_EQ(Reason(), "TOKEN_REVOKED");
  Caller again = TestCaller();
  again.login = "l3";
  EXPECT_EQ(Reason(again), "") << "logged in anew";
  Add(Kind::kDevice, "d1");
  EXPECT_EQ(Reason(again), "DEVICE_REVOKED");
  EXPECT_EQ(list_.size(), 5u);
}

TEST_F(RevocationListTest, RefusesTokensOfAnEarlierVersionOfTheAccount) {
  Add(Kind::kAccount, "staff/1", 7);
  EXPECT_EQ(Reason(), "") << "made of that very version";
  Add(Kind::kAccount, "staff/1", 8);
  EXPECT_EQ(Reason(), "TOKEN_REVOKED");
  Add(Kind::kAccount, "staff/1", 3);
  EXPECT_EQ(Reason(), "TOKEN_REVOKED") << "a later entry never takes an earlier one back";
  Caller newer = TestCaller();
  newer.account_version = 8;
  EXPECT_EQ(Reason(newer), "");
}

TEST_F(RevocationListTest, AServiceOfTheSameNameIsNoDevice) {
  Add(Kind::kDevice, "tasks");
  EXPECT_EQ(Reason(TestCaller(), {.kind = Peer::Kind::kService, .id = "tasks"}), "");
  EXPECT_EQ(Reason(TestCaller(), {.kind = Peer::Kind::kDevice, .id = "tasks"}), "DEVICE_REVOKED");
}

TEST_F(RevocationListTest, ANewCopyReplacesTheOld) {
  Add(Kind::kLogin, "l1");
  list_.Apply({{Kind::kLogin, "l9", 0, kNow + absl::Minutes(1)}}, true, kNow);
  EXPECT_EQ(Reason(), "");
  EXPECT_EQ(list_.size(), 1u);
  list_.Apply({}, true, kNow);
  EXPECT_EQ(list_.size(), 0u);
}

TEST_F(RevocationListTest, ForgetsWhatIsOver) {
  Add(Kind::kLogin, "l1", 0, kNow + absl::Seconds(10));
  Add(Kind::kDevice, "d7", 0, kNow + absl::Seconds(10));
  Add(Kind::kAccount, "staff/7", 1, kNow + absl::Seconds(10));
  EXPECT_EQ(list_.size(), 3u);
  list_.Apply({{Kind::kLogin, "l2", 0, kNow + absl::Hours(1)}}, false, kNow + absl::Seconds(10));
  EXPECT_EQ(list_.size(), 1u);
}

TEST_F(RevocationListTest, AStaleCopyRefusesPersonalCallsOnly) {
  auto reason = [&](bool personal, absl::Duration later) {
    Caller caller = TestCaller();
    return ReasonOf(list_.Check(nullptr, &caller, personal, kNow + later));
  };
  EXPECT_EQ(reason(true, absl::Seconds(30)), "");
  EXPECT_EQ(reason(true, absl::Seconds(30) + absl::Microseconds(1)), "REVOCATIONS_STALE");
  EXPECT_EQ(reason(false, absl::Hours(1)), "");
  EXPECT_EQ(reason(true, absl::Seconds(-31)), "REVOCATIONS_STALE") << "the clock was set back";
  list_.Confirm(absl::InfiniteFuture());
  EXPECT_EQ(reason(true, absl::Hours(1'000'000)), "");

  RevocationList fresh;
  absl::Status status = fresh.Check(nullptr, nullptr, true, kNow);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), "REVOCATIONS_STALE") << "one that was never polled";
  EXPECT_GT(RetryAfterOf(status), absl::ZeroDuration());
}

TEST_F(RevocationListTest, ReadersNeverSeeAHole) {
  Add(Kind::kLogin, "l1");
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) list_.Apply({{Kind::kLogin, "l1", 0, kNow + absl::Hours(1)}}, i % 2 == 0, kNow);
  });
  for (int i = 0; i < 20'000; ++i) EXPECT_EQ(Reason(), "TOKEN_REVOKED");
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace gridwork::auth
