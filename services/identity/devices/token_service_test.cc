// Refresh, log-out and what revocation ends.
#include "services/identity/devices/token_service.h"

#include <atomic>
#include <set>
#include <thread>

#include "services/identity/testing/naughty_strings.h"
#include "services/identity/testing/way_in.h"

namespace gridwork::identity {
namespace {

class TokenServiceTest : public WayInTest {
 protected:
  void SetUp() override {
    device_ = Enrolled();
    login_ = Login(certificate()).value();
  }
  const std::string& certificate() const { return device_.certificate(); }

  v1::EnrolDeviceResponse device_;
  v1::LoginResponse login_;
};

TEST_P(TokenServiceTest, ARefreshGivesANewTokenOfTheSameLogIn) {
  call_.now += absl::Minutes(4);
  auto response = Refresh(certificate(), login_.refresh_token());
  ASSERT_TRUE(response.ok()) << response.status();
  auth::Caller before = Verified(login_), after = Verified(*response);
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.login, before.login);
  EXPECT_NE(after.session, before.session);
  EXPECT_EQ(after.expires, kTestNow + absl::Minutes(9));
  EXPECT_EQ(response->expire_time().seconds(), absl::ToUnixSeconds(after.expires));
  EXPECT_EQ(response->login_expire_time().seconds(), absl::ToUnixSeconds(kTestNow + absl::Hours(30 * 24)));
  EXPECT_EQ(login_.login_expire_time().seconds(), response->login_expire_time().seconds());
  EXPECT_NE(response->refresh_token(), login_.refresh_token());
}

TEST_P(TokenServiceTest, AChainOfRefreshesGoesOnFor30Days) {
  std::string token = login_.refresh_token();
  const absl::Time end = kTestNow + kSessionLife;
  std::string phone = certificate();
  auto pass = [&](absl::Duration time) {
    call_.now += time;
    for (int i = 0; i < 3; ++i) {  // often enough for the next key to be made in time
      clock_.Advance(time / 3);
      EXPECT_EQ(keys_.Refresh(), absl::OkStatus());
    }
  };
  for (pass(absl::Hours(36)); call_.now < end; pass(absl::Hours(36))) {
    auto next = Refresh(phone, token);
    ASSERT_TRUE(next.ok()) << next.status() << " " << call_.now;
    token = next->refresh_token();
  }
  EXPECT_REASON(Refresh(phone, token), "REFRESH_FAILED");
}

TEST_P(TokenServiceTest, AWeekWithoutARefreshEndsIt) {
  call_.now += absl::Hours(7 * 24);
  EXPECT_REASON(Refresh(certificate(), login_.refresh_token()), "REFRESH_FAILED");
}

TEST_P(TokenServiceTest, WhoLostTheAnswerGetsTheSameSuccessorAgain) {
  auto first = Refresh(certificate(), login_.refresh_token()).value();
  call_.now += absl::Seconds(59);
  for (int i = 0; i < 3; ++i) {
    auto again = Refresh(certificate(), login_.refresh_token());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->refresh_token(), first.refresh_token());
    EXPECT_EQ(Verified(*again).login, Verified(first).login);
  }
  EXPECT_TRUE(Refresh(certificate(), first.refresh_token()).ok());
  EXPECT_REASON(Refresh(certificate(), login_.refresh_token()), "REFRESH_FAILED") << "its successor was used";
  EXPECT_EQ(Refused(Verified(first), certificate()), "TOKEN_REVOKED") << "the whole family is over";
}

TEST_P(TokenServiceTest, AUsedOneEndsTheLogInAfterAMinute) {
  auto next = Refresh(certificate(), login_.refresh_token()).value();
  EXPECT_EQ(Refused(Verified(next), certificate()), "");
  call_.now += absl::Seconds(60);
  EXPECT_REASON(Refresh(certificate(), login_.refresh_token()), "REFRESH_FAILED");
  EXPECT_REASON(Refresh(certificate(), next.refresh_token()), "REFRESH_FAILED");
  EXPECT_EQ(Refused(Verified(next), certificate()), "TOKEN_REVOKED");
  auto again = Login(certificate()).value();
  EXPECT_EQ(Refused(Verified(again), certificate()), "") << "a new log-in is another family";
}

TEST_P(TokenServiceTest, ATokenFromAnotherDeviceWasStolen) {
  auto thief = EnrolledToo();
  EXPECT_REASON(Refresh(thief.certificate(), login_.refresh_token()), "REFRESH_FAILED");
  EXPECT_EQ(Refused(Verified(login_), certificate()), "TOKEN_REVOKED");
  EXPECT_REASON(Refresh(certificate(), login_.refresh_token()), "REFRESH_FAILED");
}

TEST_P(TokenServiceTest, AMadeUpTokenOfAnotherDeviceEndsNothing) {
  auto stranger = EnrolledToo();
  auth::RefreshToken made_up = auth::NewRefreshToken(auth::ParseRefreshToken(login_.refresh_token())->login);
  EXPECT_REASON(Refresh(stranger.certificate(), made_up.ToText()), "REFRESH_FAILED");
  EXPECT_TRUE(Refresh(certificate(), login_.refresh_token()).ok());
}

TEST_P(TokenServiceTest, RefreshFailsAlikeForEveryReason) {
  const std::string of_service = authority_.Sign(NewCsr(), "svc/tasks", kTestNow, absl::Hours(1)).value();
  const std::string of_nobody =
      authority_.Sign(NewCsr(), "device/" + Uuid::V7(kTestNow).ToString(), kTestNow, absl::Hours(1)).value();
  const std::string token = login_.refresh_token();
  const auth::RefreshToken unknown = auth::NewRefreshToken(Uuid::V7(kTestNow));
  std::vector<absl::Status> failures = {Refresh(certificate(), "").status(),
                                        Refresh(certificate(), "x").status(),
                                        Refresh(certificate(), unknown.ToText()).status(),
                                        Refresh(certificate(), std::string(100'000, 'A')).status(),
                                        Refresh("", token).status(),
                                        Refresh(of_service, token).status(),
                                        Refresh(of_nobody, token).status()};
  for (const std::string& text : NaughtyStrings()) {
    failures.push_back(Refresh(certificate(), text).status());
    call_.now += absl::Minutes(1);  // nor do they have to wait
  }
  Disable(true);
  failures.push_back(Refresh(certificate(), token).status());
  for (const absl::Status& failure : failures) {
    EXPECT_EQ(failure, failures[0]);
    EXPECT_REASON(failure, "REFRESH_FAILED");
  }
}

TEST_P(TokenServiceTest, ALogInEndsTheEarlierOneOfItsDevice) {
  auto later = Login(certificate()).value();
  EXPECT_REASON(Refresh(certificate(), login_.refresh_token()), "REFRESH_FAILED");
  EXPECT_TRUE(Refresh(certificate(), later.refresh_token()).ok());
}

TEST_P(TokenServiceTest, LogInsThatAreOverAreErasedWithTime) {
  auto other = EnrolledToo();
  const Uuid over = auth::ParseRefreshToken(login_.refresh_token())->login;
  auto there = [&] {
    return world_->Write<Session>([&](Unit& unit) { return world_->sessions().Lock(unit, over); }).ok();
  };
  EXPECT_TRUE(there());
  call_.now += kSessionIdle + absl::Seconds(1);
  for (int i = 0; i < 31; ++i) ASSERT_TRUE(Login(other.certificate()).ok());
  EXPECT_FALSE(there()) << "at the latest with the 32nd log-in";
}

TEST_P(TokenServiceTest, LogoutEndsTheLogInAndItsTokens) {
  auto other = EnrolledToo();
  auto elsewhere = Login(other.certificate()).value();
  EXPECT_EQ(Logout(certificate(), login_.refresh_token()), absl::OkStatus());
  EXPECT_EQ(Refused(Verified(login_), certificate()), "TOKEN_REVOKED");
  EXPECT_REASON(Refresh(certificate(), login_.refresh_token()), "REFRESH_FAILED");
  EXPECT_EQ(Logout(certificate(), login_.refresh_token()), absl::OkStatus()) << "again";
  EXPECT_EQ(Refused(Verified(elsewhere), other.certificate()), "") << "another device of the same person";
  EXPECT_TRUE(Refresh(other.certificate(), elsewhere.refresh_token()).ok());
}

TEST_P(TokenServiceTest, LogoutWithTheTokenBeforeTheLastEndsItToo) {
  auto next = Refresh(certificate(), login_.refresh_token()).value();
  EXPECT_EQ(Logout(certificate(), login_.refresh_token()), absl::OkStatus()) << "the answer to the refresh was lost";
  EXPECT_REASON(Refresh(certificate(), next.refresh_token()), "REFRESH_FAILED");
}

TEST_P(TokenServiceTest, LogoutOfSomethingElseDoesNothing) {
  auto other = EnrolledToo();
  auth::RefreshToken made_up = auth::NewRefreshToken(auth::ParseRefreshToken(login_.refresh_token())->login);
  EXPECT_EQ(Logout(other.certificate(), login_.refresh_token()), absl::OkStatus());
  EXPECT_EQ(Logout(certificate(), made_up.ToText()), absl::OkStatus());
  EXPECT_EQ(Logout(certificate(), "x"), absl::OkStatus());
  EXPECT_EQ(Logout("", login_.refresh_token()), absl::OkStatus());
  EXPECT_TRUE(Refresh(certificate(), login_.refresh_token()).ok());
}

TEST_P(TokenServiceTest, OfManyAtOnceAllGetTheSameSuccessor) {
  std::set<std::string> successors;
  Mutex mu;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      auto response = Refresh(certificate(), login_.refresh_token());
      ASSERT_TRUE(response.ok()) << response.status();
      MutexLock lock(mu);
      successors.insert(response->refresh_token());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(successors.size(), 1u);
}

TEST_P(TokenServiceTest, ARevokedDeviceCanDoNothing) {
  auto other = EnrolledToo();
  auth::Caller caller = Verified(login_);
  auto revoked = Revoke(device_.device());
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_EQ(revoked->revoke_time().seconds(), absl::ToUnixSeconds(kTestNow));
  EXPECT_EQ(Refused(caller, certificate()), "DEVICE_REVOKED");
  EXPECT_REASON(Refresh(certificate(), login_.refresh_token()), "REFRESH_FAILED");
  EXPECT_REASON(Login(certificate()), "LOGIN_FAILED");
  EXPECT_REASON(Renew(certificate(), NewCsr()), "RENEWAL_REFUSED");
  EXPECT_TRUE(Login(other.certificate()).ok());
  EXPECT_EQ(Revoke(device_.device())->DebugString(), revoked->DebugString()) << "again";
  call_.now += absl::Hours(29 * 24);
  EXPECT_EQ(Refused(caller, certificate()), "DEVICE_REVOKED") << "as long as its certificate";
}

TEST_P(TokenServiceTest, ALostEnrolmentOfARevokedDeviceIsNotAnsweredAgain) {
  auto request = Enrolment(NewCode(), NewCsr());
  auto enrolled = Enrol(request).value();
  ASSERT_TRUE(Revoke(enrolled.device()).ok());
  EXPECT_REASON(Enrol(request), "ENROLMENT_CODE_WRONG");
}

TEST_P(TokenServiceTest, ListsAllRevocationsInPages) {
  for (int i = 0; i < 1'002; ++i) {
    ASSERT_EQ(world_->Do([&](Unit& unit) {
      return world_->revocations().Add(
          unit, {auth::Revocation::Kind::kDevice, fmt::format("d{}", i), 0, kTestNow + absl::Hours(1)}, kTestNow);
    }),
              absl::OkStatus());
    if (GetParam() == &MakeMysqlWorld && i == 3) break;  // a thousand commits are the business of the fake
  }
  v1::GetRevocationsRequest request;
  auto page = tokens_.GetRevocations(call_.context(), request).value();
  EXPECT_TRUE(page.from_start());
  EXPECT_EQ(page.revocations(0).kind(), v1::Revocation::KIND_DEVICE);
  EXPECT_EQ(page.revocations(0).subject(), "d0");
  EXPECT_EQ(page.revocations(0).expire_time().seconds(), absl::ToUnixSeconds(kTestNow + absl::Hours(1)));
  EXPECT_EQ(page.more(), GetParam() == &MakeFakeWorld);
  request.set_cursor(page.next_cursor());
  page = tokens_.GetRevocations(call_.context(), request).value();
  EXPECT_FALSE(page.from_start());
  EXPECT_EQ(page.revocations_size(), GetParam() == &MakeFakeWorld ? 2 : 0);
  EXPECT_FALSE(page.more());
}

TEST_P(TokenServiceTest, OfManyWrongPasswordsAtOnceTenAreLookedAt) {
  std::atomic<int> failed = 0, waiting = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      absl::Status status = Login(certificate(), "root.admin", "wrong password").status();
      (ReasonOf(status) == "LOGIN_FAILED" ? failed : waiting)++;
      if (ReasonOf(status) != "LOGIN_FAILED") {
        EXPECT_REASON(status, "TOO_MANY_ATTEMPTS");
        EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
        EXPECT_EQ(RetryAfterOf(status), absl::Seconds(1));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 10);
  EXPECT_EQ(waiting, 54);
  EXPECT_REASON(Login(certificate()), "TOO_MANY_ATTEMPTS") << "also the right one has to wait";
  call_.now += absl::Seconds(1);
  EXPECT_TRUE(Login(certificate()).ok());
  EXPECT_REASON(Login(certificate(), "root.admin", "wrong password"), "LOGIN_FAILED") << "all is forgotten";
}

TEST_P(TokenServiceTest, AnUnknownAccountHasToWaitAlike) {
  for (int i = 0; i < 10; ++i) EXPECT_REASON(Login(certificate(), "nobody"), "LOGIN_FAILED");
  absl::Status status = Login(certificate(), "nobody").status();
  EXPECT_REASON(status, "TOO_MANY_ATTEMPTS");
  EXPECT_EQ(status, Login(certificate(), "root.admin", "wrong password").status());
}

TEST_P(TokenServiceTest, AThiefOfOnePhoneDoesNotKeepItsOwnerFromTheOther) {
  auto other = EnrolledToo();
  for (int i = 0; i < 40; ++i) {
    Login(certificate(), "root.admin", "wrong password").IgnoreError();
    call_.now += absl::Minutes(1);
  }
  EXPECT_TRUE(Login(other.certificate()).ok());
}

TEST_P(TokenServiceTest, SeveralStolenPhonesShareTheGuessesOfTheirAccount) {
  auto other = EnrolledToo();
  int looked_at = 0;
  for (int i = 0; i < 20; ++i) {
    for (const std::string& phone : {certificate(), other.certificate()}) {
      looked_at += ReasonOf(Login(phone, "root.admin", "wrong password").status()) == "LOGIN_FAILED" ? 1 : 0;
    }
  }
  EXPECT_EQ(looked_at, 12) << "the first of each, and ten together";
}

TEST_P(TokenServiceTest, FailedRefreshesHaveToWait) {
  for (int i = 0; i < 20; ++i) EXPECT_REASON(Refresh(certificate(), "x"), "REFRESH_FAILED");
  absl::Status status = Refresh(certificate(), login_.refresh_token()).status();
  EXPECT_REASON(status, "TOO_MANY_ATTEMPTS");
  EXPECT_EQ(RetryAfterOf(status), absl::Seconds(1));
  call_.now += absl::Seconds(1);
  EXPECT_TRUE(Refresh(certificate(), login_.refresh_token()).ok());
}

INSTANTIATE_WORLDS(TokenServiceTest);

class RenewalTest : public WayInTest {};

TEST_P(RenewalTest, TheOldCertificateGetsANewOne) {
  auto device = Enrolled();
  call_.now += absl::Hours(29 * 24);
  auto renewed = Renew(device.certificate(), NewCsr());
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  auth::Peer before = auth::ParsePeer(device.certificate()).value(),
             after = auth::ParsePeer(renewed->certificate()).value();
  EXPECT_EQ(after.id, before.id);
  EXPECT_NE(after.certificate, before.certificate);
  EXPECT_EQ(after.not_after, call_.now + absl::Hours(30 * 24));
  EXPECT_EQ(renewed->device().certificate_expire_time().seconds(), absl::ToUnixSeconds(after.not_after));
  EXPECT_EQ(renewed->authority(), authority_.certificate_pem());
  EXPECT_EQ(devices_.ListDevices(call_.context(), {}, In({"CHI"}))->devices(0).DebugString(),
            renewed->device().DebugString());
}

TEST_P(RenewalTest, TheSameKeyMayGoOn) {
  std::string code = Bootstrap().enrolment_code(), csr = NewCsr();
  auto device = Enrol(Enrolment(code, csr)).value();
  EXPECT_TRUE(Renew(device.certificate(), csr).ok());
}

TEST_P(RenewalTest, TheLogInGoesOnWithTheNewCertificate) {
  auto device = Enrolled();
  auto login = Login(device.certificate()).value();
  auto renewed = Renew(device.certificate(), NewCsr()).value();
  auto refreshed = Refresh(renewed.certificate(), login.refresh_token());
  ASSERT_TRUE(refreshed.ok()) << refreshed.status();
  EXPECT_EQ(Verified(*refreshed).certificate, auth::ParsePeer(renewed.certificate())->certificate);
}

TEST_P(RenewalTest, RefusesAlikeWhoMayNot) {
  auto device = Enrolled();
  const std::string of_service = authority_.Sign(NewCsr(), "svc/tasks", kTestNow, absl::Hours(1)).value();
  const std::string of_nobody =
      authority_.Sign(NewCsr(), "device/" + Uuid::V7(kTestNow).ToString(), kTestNow, absl::Hours(1)).value();
  std::vector<absl::Status> failures = {Renew("", NewCsr()).status(), Renew(of_service, NewCsr()).status(),
                                        Renew(of_nobody, NewCsr()).status()};
  Disable(true);
  failures.push_back(Renew(device.certificate(), NewCsr()).status());
  Disable(false);
  EXPECT_EQ(Renew(device.certificate(), "no request").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Renew(device.certificate(), NewCsr()).ok());
  ASSERT_TRUE(Revoke(device.device()).ok());
  failures.push_back(Renew(device.certificate(), NewCsr()).status());
  for (const absl::Status& failure : failures) {
    EXPECT_EQ(failure, failures[0]);
    EXPECT_REASON(failure, "RENEWAL_REFUSED");
  }
}

TEST_P(RenewalTest, ARevocationLastsAsLongAsTheLastCertificate) {
  auto device = Enrolled();
  call_.now += absl::Hours(29 * 24);
  auto renewed = Renew(device.certificate(), NewCsr()).value();
  ASSERT_TRUE(Revoke(renewed.device()).ok());
  auto page = world_->revocations().Read("", 10).value();
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.entries[0].until, auth::ParsePeer(renewed.certificate())->not_after);
}

INSTANTIATE_WORLDS(RenewalTest);

}  // namespace
}  // namespace gridwork::identity
