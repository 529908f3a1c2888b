// The way in: bootstrap, enrolment, login.
#include "services/identity/devices/device_service.h"

#include "services/identity/testing/naughty_strings.h"
#include "services/identity/testing/way_in.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

TEST_P(WayInTest, BootstrapMakesRootAdministratorAndCode) {
  auto response = Bootstrap();
  const v1::Staff& admin = response.administrator();
  EXPECT_EQ(admin.username(), "root.admin");
  EXPECT_EQ(admin.area(), "areas/CHI");
  ASSERT_EQ(admin.grants_size(), 1);
  EXPECT_EQ(admin.grants(0).role(), ToProto(Role::kAdmin));
  EXPECT_EQ(admin.grants(0).area_path(), "CHI");
  EXPECT_EQ(admin.grants(0).end_time().seconds() - admin.grants(0).start_time().seconds(), 365 * 24 * 3600);
  EXPECT_EQ(response.enrolment_code().size(), 19u);
  EXPECT_EQ(ToProto(Admin(), call_.now).DebugString(), admin.DebugString());
  EXPECT_TRUE(world_->areas().Find("CHI")->is_root());
  EXPECT_EQ(world_->areas().Find("CHI-UNPLACED")->path, "CHI/CHI-UNPLACED");
}

TEST_P(WayInTest, BootstrapHappensOnceAndWithTheSecret) {
  auto request = FirstRequest();
  for (const char* wrong : {"", "the secre", "the secret "}) {
    request.set_secret(wrong);
    EXPECT_REASON(devices_.Bootstrap(call_.context(), request), "BOOTSTRAP_SECRET_WRONG");
  }
  Bootstrap();
  EXPECT_REASON(devices_.Bootstrap(call_.context(), FirstRequest()), "ALREADY_BOOTSTRAPPED");
  EXPECT_REASON(devices_.Bootstrap(call_.context(), request), "BOOTSTRAP_SECRET_WRONG");

  DeviceService closed({world_->devices(), world_->staff(), world_->teams(), world_->areas(), world_->sessions(),
                        world_->revocations(), world_->attempts()},
                       authority_, passwords_, "", page_tokens_);
  request.set_secret("");
  EXPECT_REASON(closed.Bootstrap(call_.context(), request), "BOOTSTRAP_SECRET_WRONG");
}

TEST_P(WayInTest, BootstrapNamesWhatIsWrong) {
  auto field_of = [&](const std::function<void(v1::BootstrapRequest&)>& spoil) {
    auto request = FirstRequest();
    spoil(request);
    return BadFieldOf(devices_.Bootstrap(call_.context(), request).status());
  };
  EXPECT_EQ(field_of([](auto& r) { r.set_root_code("chi"); }), "root_code");
  EXPECT_EQ(field_of([](auto& r) { r.set_root_display_name(""); }), "root_display_name");
  EXPECT_EQ(field_of([](auto& r) { r.set_username("A"); }), "username");
  EXPECT_EQ(field_of([](auto& r) { r.set_display_name(""); }), "display_name");
  EXPECT_EQ(field_of([](auto& r) { r.set_root_code(std::string(32, 'R')); }), "") << "the longest code";
}

TEST_P(WayInTest, EnrolsADeviceWithACertificateOfItsOwn) {
  auto first = Bootstrap();
  auto response = Enrol(Enrolment(first.enrolment_code(), NewCsr()));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->username(), "root.admin");
  EXPECT_EQ(response->authority(), authority_.certificate_pem());
  EXPECT_EQ(response->device().staff(), first.administrator().name());
  EXPECT_EQ(response->device().display_name(), "Phone");
  auth::Peer peer = auth::ParsePeer(response->certificate()).value();
  EXPECT_EQ(peer.kind, auth::Peer::Kind::kDevice);
  EXPECT_EQ("devices/" + peer.id, response->device().name());
  EXPECT_EQ(peer.not_after, kTestNow + absl::Hours(24 * 30));
  EXPECT_EQ(response->device().certificate_expire_time().seconds(), absl::ToUnixSeconds(peer.not_after));

  auto listed = devices_.ListDevices(call_.context(), {}, In({"CHI"})).value();
  ASSERT_EQ(listed.devices_size(), 1);
  EXPECT_EQ(listed.devices(0).DebugString(), response->device().DebugString());
  EXPECT_EQ(devices_.ListDevices(call_.context(), {}, In({"CHI/NO"}))->devices_size(), 0);
}

TEST_P(WayInTest, ACodeMayBeTypedInManyWays) {
  std::string code = Bootstrap().enrolment_code();
  std::string typed = " ";
  for (char c : code) typed += c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  EXPECT_TRUE(Enrol(Enrolment(typed, NewCsr())).ok());
}

TEST_P(WayInTest, TheSameEnrolmentAgainGetsTheSameCertificate) {
  auto request = Enrolment(Bootstrap().enrolment_code(), NewCsr());
  auto once = Enrol(request), twice = Enrol(request);
  ASSERT_TRUE(twice.ok()) << twice.status();
  EXPECT_EQ(twice->DebugString(), once->DebugString());

  request.set_password("another password");
  EXPECT_REASON(Enrol(request), "PASSWORD_WRONG");
  request.set_password(kPassword);
  request.set_certificate_request(NewCsr());
  EXPECT_REASON(Enrol(request), "ENROLMENT_CODE_WRONG") << "used with another key";
}

TEST_P(WayInTest, ACodeThatIsUnknownReplacedOrOverIsWrong) {
  std::string first = Bootstrap().enrolment_code();
  EXPECT_REASON(Enrol(Enrolment("ABCD-EFGH-JKMN-PQRS", NewCsr())), "ENROLMENT_CODE_WRONG");
  std::string second = NewCode();
  EXPECT_REASON(Enrol(Enrolment(first, NewCsr())), "ENROLMENT_CODE_WRONG");
  auto request = Enrolment(second, NewCsr());
  call_.now += absl::Hours(72) - absl::Microseconds(1);
  EXPECT_TRUE(Enrol(request).ok());
  call_.now += absl::Microseconds(1);
  EXPECT_REASON(Enrol(request), "ENROLMENT_CODE_WRONG") << "the same again, after the end";
}

TEST_P(WayInTest, ADisabledAccountEnrolsNoDevice) {
  std::string code = Bootstrap().enrolment_code();
  Disable(true);
  EXPECT_REASON(Enrol(Enrolment(code, NewCsr())), "ENROLMENT_CODE_WRONG");
  Disable(false);
  EXPECT_TRUE(Enrol(Enrolment(code, NewCsr())).ok());
}

TEST_P(WayInTest, TheFirstEnrolmentSetsThePasswordOfTheOthers) {
  auto request = Enrolment(Bootstrap().enrolment_code(), NewCsr());
  request.set_password("too short");
  EXPECT_BAD_FIELD(Enrol(request), "password");
  request.set_password(kPassword);
  EXPECT_TRUE(Enrol(request).ok()) << "the code is still good";

  auto later = Enrolment(NewCode(), NewCsr());
  later.set_password("not the password");
  EXPECT_REASON(Enrol(later), "PASSWORD_WRONG");
  later.set_password(kPassword);
  EXPECT_TRUE(Enrol(later).ok());
  EXPECT_EQ(devices_.ListDevices(call_.context(), {}, In({"CHI"}))->devices_size(), 2);
}

TEST_P(WayInTest, AnEnrolmentNamesWhatIsWrong) {
  std::string code = Bootstrap().enrolment_code();
  auto field_of = [&](const std::function<void(v1::EnrolDeviceRequest&)>& spoil) {
    auto request = Enrolment(code, NewCsr());
    spoil(request);
    return BadFieldOf(Enrol(request).status());
  };
  EXPECT_EQ(field_of([](auto& r) { r.set_code("123"); }), "code");
  EXPECT_EQ(field_of([](auto& r) { r.set_display_name(""); }), "display_name");
  EXPECT_EQ(field_of([](auto& r) { r.set_certificate_request(""); }), "certificate_request");
  EXPECT_EQ(field_of([](auto& r) { r.set_certificate_request(std::string(9'000, 'x')); }), "certificate_request");
  auto request = Enrolment(code, NewCsr());
  std::string& csr = *request.mutable_certificate_request();
  csr[csr.size() / 2] = csr[csr.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Enrol(request).status().code(), absl::StatusCode::kInvalidArgument) << "its signature is spoilt";
}

TEST_P(WayInTest, WhoGuessesCodesHasToWaitButNotWhoHasOne) {
  std::string code = Bootstrap().enrolment_code();
  for (int i = 0; i < 20; ++i) EXPECT_REASON(Enrol(Enrolment("ABCD-EFGH-JKMN-PQRS", NewCsr())), "ENROLMENT_CODE_WRONG");
  absl::Status status = Enrol(Enrolment("ABCD-EFGH-JKMN-PQRS", NewCsr())).status();
  EXPECT_REASON(status, "TOO_MANY_ATTEMPTS");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(RetryAfterOf(status), absl::Seconds(1));
  EXPECT_TRUE(Enrol(Enrolment(code, NewCsr())).ok()) << "from the same address";
  call_.source = "ipv4:192.0.2.2";
  EXPECT_REASON(Enrol(Enrolment("ABCD-EFGH-JKMN-PQRS", NewCsr())), "ENROLMENT_CODE_WRONG") << "another address";
}

TEST_P(WayInTest, WhoFoundACodeHasTenGuessesOfThePassword) {
  Enrolled();
  auto request = Enrolment(NewCode(), NewCsr());
  request.set_password("not the password");
  for (int i = 0; i < 10; ++i) EXPECT_REASON(Enrol(request), "PASSWORD_WRONG");
  EXPECT_REASON(Enrol(request), "TOO_MANY_ATTEMPTS");
  call_.now += absl::Seconds(1);
  request.set_password(kPassword);
  EXPECT_TRUE(Enrol(request).ok());
}

TEST_P(WayInTest, WhoGuessesTheSecretOfBootstrapHasToWait) {
  auto request = FirstRequest();
  request.set_secret("guess");
  for (int i = 0; i < 20; ++i) EXPECT_REASON(devices_.Bootstrap(call_.context(), request), "BOOTSTRAP_SECRET_WRONG");
  EXPECT_REASON(devices_.Bootstrap(call_.context(), FirstRequest()), "TOO_MANY_ATTEMPTS");
  call_.now += absl::Seconds(1);
  EXPECT_TRUE(devices_.Bootstrap(call_.context(), FirstRequest()).ok());
}

TEST_P(WayInTest, ListsTheDevicesOfOnePerson) {
  Bootstrap();
  ASSERT_TRUE(Enrol(Enrolment(NewCode(), NewCsr())).ok());
  v1::ListDevicesRequest request;
  request.set_staff(StaffName(Admin().id));
  EXPECT_EQ(devices_.ListDevices(call_.context(), request, In({"CHI"}))->devices_size(), 1);
  request.set_staff(StaffName(Uuid::V7(kTestNow)));
  EXPECT_EQ(devices_.ListDevices(call_.context(), request, In({"CHI"}))->devices_size(), 0);
  request.set_staff("staff/x");
  EXPECT_BAD_FIELD(devices_.ListDevices(call_.context(), request, In({"CHI"})), "staff");
  request.clear_staff();
  request.set_page_token("x");
  EXPECT_BAD_FIELD(devices_.ListDevices(call_.context(), request, In({"CHI"})), "page_token");
}

TEST_P(WayInTest, LoginGivesATokenBoundToTheCertificate) {
  auto enrolled = Enrol(Enrolment(Bootstrap().enrolment_code(), NewCsr())).value();
  auto response = Login(enrolled.certificate());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->staff(), enrolled.device().staff());
  EXPECT_EQ(response->expire_time().seconds(), absl::ToUnixSeconds(kTestNow + absl::Minutes(5)));
  auth::Caller caller = Verified(*response);
  EXPECT_EQ(caller.id, response->staff());
  EXPECT_EQ(caller.certificate, auth::ParsePeer(enrolled.certificate())->certificate);
  EXPECT_EQ(caller.expires, kTestNow + absl::Minutes(5));
  ASSERT_EQ(caller.grants.size(), 1u);
  EXPECT_EQ(caller.grants[0].role, ToProto(Role::kAdmin));
  EXPECT_EQ(caller.grants[0].area, "CHI");
  EXPECT_EQ(caller.grants[0].until, kTestNow + absl::Hours(24 * 365));
}

TEST_P(WayInTest, LoginFailsAlikeForEveryReason) {
  auto enrolled = Enrol(Enrolment(Bootstrap().enrolment_code(), NewCsr())).value();
  const std::string& mine = enrolled.certificate();
  const std::string of_nobody =
      authority_.Sign(NewCsr(), "device/" + Uuid::V7(kTestNow).ToString(), kTestNow, absl::Hours(1)).value();
  const std::string of_service = authority_.Sign(NewCsr(), "svc/tasks", kTestNow, absl::Hours(1)).value();
  Staff other{.id = Uuid::V7(kTestNow), .username = "zoe", .display_name = "Zoe", .area = "CHI"};
  other.created = other.updated = kTestNow;
  ASSERT_EQ(world_->Do([&](Unit& unit) { return world_->staff().Insert(unit, other); }), absl::OkStatus());

  const std::vector<absl::Status> failures = {Login(mine, "root.admin", "wrong password").status(),
                                              Login(mine, "root.admin", "").status(),
                                              Login(mine, "nobody").status(),
                                              Login(mine, "zoe").status(),
                                              Login(mine, "ROOT.ADMIN' OR 1=1 --").status(),
                                              Login(of_nobody).status(),
                                              Login(of_service).status(),
                                              Login("").status(),
                                              Login(mine, "root.admin", std::string(5'000, 'x')).status()};
  for (const absl::Status& failure : failures) {
    EXPECT_EQ(failure, failures[0]);
    EXPECT_REASON(failure, "LOGIN_FAILED");
  }
  Disable(true);
  EXPECT_EQ(Login(mine).status(), failures[0]);
  Disable(false);
  EXPECT_TRUE(Login(mine).ok());
}

TEST_P(WayInTest, ATokenEndsWithTheFirstOfItsGrants) {
  auto enrolled = Enrol(Enrolment(Bootstrap().enrolment_code(), NewCsr())).value();
  Grant ended{.id = Uuid::V7(kTestNow), .role = Role::kDesk, .area = "CHI", .area_path = "CHI"};
  ended.start = kTestNow - absl::Hours(1);
  ended.end = kTestNow + absl::Milliseconds(500);  // over before a whole second
  Grant future = ended, near = ended;
  future.id = Uuid::V7(kTestNow), near.id = Uuid::V7(kTestNow);
  future.start = kTestNow + absl::Seconds(1), future.end = kTestNow + absl::Hours(1);
  near.role = Role::kDispatcher, near.end = kTestNow + absl::Seconds(90) + absl::Milliseconds(500);
  for (const Grant& grant : {ended, future, near}) PutGrant(grant);

  auto response = Login(enrolled.certificate());
  ASSERT_TRUE(response.ok()) << response.status();
  auth::Caller caller = Verified(*response);
  EXPECT_EQ(caller.grants.size(), 2u) << "the administrator's and the dispatcher's";
  EXPECT_EQ(caller.expires, kTestNow + absl::Seconds(90));
  EXPECT_EQ(response->expire_time().seconds(), absl::ToUnixSeconds(caller.expires));
}

TEST_P(WayInTest, ATokenSaysWhatItsHolderIsQualifiedForAndWhomTheyCover) {
  auto enrolled = Enrolled();
  const Staff admin = Admin();
  Staff away{.id = Uuid::V7(kTestNow), .username = "zoe", .display_name = "Zoe", .area = "CHI"};
  away.created = away.updated = kTestNow;
  Absence now{.id = Uuid::V7(kTestNow), .staff = away.id, .cover = admin.id};
  now.start = kTestNow - absl::Hours(1), now.end = kTestNow + absl::Hours(1);
  Absence later = now;
  later.id = Uuid::V7(kTestNow), later.start = now.end, later.end = now.end + absl::Hours(1);
  ASSERT_EQ(world_->Do([&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(world_->staff().Insert(unit, away));
    RETURN_IF_ERROR(world_->staff().AddAbsence(unit, now, kTestNow));
    RETURN_IF_ERROR(world_->staff().AddAbsence(unit, later, kTestNow));
    RETURN_IF_ERROR(world_->staff().PutQualification(unit, admin.id, {"LIFT", kTestNow + absl::Hours(1)}));
    return world_->staff().PutQualification(unit, admin.id, {"OVER", kTestNow});
  }),
            absl::OkStatus());
  auth::Caller caller = Verified(Login(enrolled.certificate()).value());
  ASSERT_EQ(caller.qualifications.size(), 1u);
  EXPECT_EQ(caller.qualifications[0].code, "LIFT");
  EXPECT_EQ(caller.qualifications[0].until, kTestNow + absl::Hours(1));
  ASSERT_EQ(caller.covers.size(), 1u);
  EXPECT_EQ(caller.covers[0].staff, StaffName(away.id));
  EXPECT_EQ(caller.covers[0].until, now.end);
}

TEST_P(WayInTest, ATokenEndsWithItsCertificate) {
  auto enrolled = Enrol(Enrolment(Bootstrap().enrolment_code(), NewCsr())).value();
  call_.now += absl::Hours(24 * 30) - absl::Seconds(100);
  EXPECT_EQ(Verified(Login(enrolled.certificate()).value()).expires, call_.now + absl::Seconds(100));
}

TEST_P(WayInTest, PublishesItsKeys) {
  auto keys = tokens_.GetKeySet(call_.context(), {}).value();
  ASSERT_EQ(keys.keys_size(), 1);
  auth::VerifyKey published = keys_.Published(call_.now).at(0);
  EXPECT_EQ(keys.keys(0).kid(), published.kid);
  EXPECT_EQ(keys.keys(0).public_key(), std::string(published.public_key.begin(), published.public_key.end()));
  EXPECT_LE(keys.keys(0).not_before_time().seconds(), absl::ToUnixSeconds(kTestNow));
  EXPECT_EQ(keys.keys(0).not_after_time().seconds(), absl::ToUnixSeconds(kTestNow + kKeyActive + kKeyRetiring));
}

TEST_P(WayInTest, WithoutAKeyNobodyLogsInAndNothingIsUsedUp) {
  auto enrolled = Enrolled();
  auto login = Login(enrolled.certificate()).value();
  call_.now += absl::Hours(24 * 6);
  auto before = Refresh(enrolled.certificate(), login.refresh_token()).value();
  clock_.Advance(absl::Hours(24 * 365));
  ASSERT_EQ(keys_.Refresh(), absl::OkStatus());
  for (const absl::Status& status :
       {Login(enrolled.certificate()).status(), Refresh(enrolled.certificate(), before.refresh_token()).status()}) {
    EXPECT_REASON(status, "SIGNING_KEY_PENDING");
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_GT(RetryAfterOf(status), absl::ZeroDuration());
  }
}

TEST_P(WayInTest, NaughtyStringsAreRefused) {
  Bootstrap();
  for (const std::string& text : NaughtyStrings()) {
    auto request = Enrolment(text, NewCsr());
    auto by_code = Enrol(request);
    EXPECT_TRUE(BadFieldOf(by_code.status()) == "code" || ReasonOf(by_code.status()) == "ENROLMENT_CODE_WRONG") << text;
    auto first = FirstRequest();
    first.set_secret(text);
    EXPECT_REASON(devices_.Bootstrap(call_.context(), first), "BOOTSTRAP_SECRET_WRONG");
    call_.now += absl::Minutes(1);  // nor does anybody have to wait
  }
}

INSTANTIATE_WORLDS(WayInTest);

}  // namespace
}  // namespace gridwork::identity
