// Bootstrap, enrolment, log-in and what follows: the services around devices on one world.
#pragma once
#include <string>

#include "common/auth/peer.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/devices/device_service.h"
#include "services/identity/devices/token_service.h"
#include "services/identity/keys/testing/fake_signing_key_store.h"
#include "services/identity/testing/world.h"

namespace gridwork::identity {

inline constexpr char kPassword[] = "correct horse battery";

class WayInTest : public WorldTest {
 protected:
  WayInTest() { EXPECT_EQ(keys_.Refresh(), absl::OkStatus()); }
  v1::BootstrapRequest FirstRequest() {
    v1::BootstrapRequest request;
    request.set_secret("the secret");
    request.set_root_code("CHI");
    request.set_root_display_name("Chicago");
    request.set_username("root.admin");
    request.set_display_name("Ann");
    return request;
  }
  v1::BootstrapResponse Bootstrap() {
    auto response = devices_.Bootstrap(call_.context(), FirstRequest());
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::BootstrapResponse();
  }
  static v1::EnrolDeviceRequest Enrolment(const std::string& code, const std::string& csr) {
    v1::EnrolDeviceRequest request;
    request.set_code(code);
    request.set_certificate_request(csr);
    request.set_password(kPassword);
    request.set_display_name("Phone");
    return request;
  }
  absl::StatusOr<v1::EnrolDeviceResponse> Enrol(const v1::EnrolDeviceRequest& request) {
    return devices_.EnrolDevice(call_.context(), request);
  }
  static std::string NewCsr() { return auth::MakeKeyAndCsr()->csr; }
  Staff Admin() { return world_->staff().List(In({"CHI"}), {.now = call_.now})->rows.at(0); }
  std::string NewCode() {
    auto response = devices_.CreateEnrolmentCode(call_.context(), {}, Admin());
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->code() : "";
  }
  // As the holder of that certificate.
  absl::StatusOr<v1::LoginResponse> Login(const std::string& certificate, const std::string& username = "root.admin",
                                          const std::string& password = kPassword) {
    TestCall call = call_;
    if (!certificate.empty()) call.peer = auth::ParsePeer(certificate).value();
    v1::LoginRequest request;
    request.set_username(username);
    request.set_password(password);
    return tokens_.Login(call.context(), request);
  }
  template <class Response>
  auth::Caller Verified(const Response& response) {
    auto verified = auth::VerifyToken(response.access_token(), *published_.Get(), rules_, call_.now);
    EXPECT_TRUE(verified.ok()) << verified.status();
    return verified.ok() ? verified->caller : auth::Caller();
  }
  // A device of the administrator, the first one.
  v1::EnrolDeviceResponse Enrolled() { return Enrol(Enrolment(Bootstrap().enrolment_code(), NewCsr())).value(); }
  // Another one of the same person.
  v1::EnrolDeviceResponse EnrolledToo() { return Enrol(Enrolment(NewCode(), NewCsr())).value(); }
  absl::StatusOr<v1::RefreshResponse> Refresh(const std::string& certificate, const std::string& refresh_token) {
    TestCall call = call_;
    if (!certificate.empty()) call.peer = auth::ParsePeer(certificate).value();
    v1::RefreshRequest request;
    request.set_refresh_token(refresh_token);
    return tokens_.Refresh(call.context(), request);
  }
  absl::Status Logout(const std::string& certificate, const std::string& refresh_token) {
    TestCall call = call_;
    if (!certificate.empty()) call.peer = auth::ParsePeer(certificate).value();
    v1::LogoutRequest request;
    request.set_refresh_token(refresh_token);
    return tokens_.Logout(call.context(), request).status();
  }
  absl::StatusOr<v1::RenewCertificateResponse> Renew(const std::string& certificate, const std::string& csr) {
    TestCall call = call_;
    if (!certificate.empty()) call.peer = auth::ParsePeer(certificate).value();
    v1::RenewCertificateRequest request;
    request.set_certificate_request(csr);
    return devices_.RenewCertificate(call.context(), request);
  }
  absl::StatusOr<v1::Device> Revoke(const v1::Device& device) {
    Device row = world_->devices().Find(ParseDeviceName("name", device.name()).value()).value();
    return world_->Write<v1::Device>([&](Unit& unit) { return devices_.RevokeDevice(call_.context(), {}, unit, row); });
  }
  // Whether what the token and the certificate say is believed by who has polled now.
  std::string Refused(const auth::Caller& caller, const std::string& certificate) {
    auth::RevocationList list;
    auto page = world_->revocations().Read("", 1'000).value();
    list.Apply(page.entries, true, call_.now);
    list.Confirm(call_.now);
    auth::Peer peer = auth::ParsePeer(certificate).value();
    return ReasonOf(list.Check(&peer, &caller, true, call_.now));
  }
  void Disable(bool disabled) {
    Staff staff = Admin();
    staff.disabled = disabled;
    ASSERT_EQ(world_->Do([&](Unit& unit) { return world_->staff().Update(unit, staff); }), absl::OkStatus());
  }
  void PutGrant(const Grant& grant) {
    ASSERT_EQ(world_->Do([&](Unit& unit) { return world_->staff().PutGrant(unit, Admin().id, grant); }),
              absl::OkStatus());
  }

  TestCall call_;
  PageTokens page_tokens_{std::string(32, 'k')};
  auth::CertificateAuthority authority_ =
      auth::CertificateAuthority::MakeRoot("Test", kTestNow, absl::Hours(24 * 3650)).value();
  auth::PasswordHasher passwords_;
  FakeClock clock_{kTestNow};
  FakeSigningKeyStore signing_keys_;
  auth::KeySetHolder published_;
  KeyRing keys_{signing_keys_, std::string(32, 'k'), clock_, published_};
  const auth::TokenRules rules_{"gridwork", "gridwork"};
  DeviceService devices_{{world_->devices(), world_->staff(), world_->teams(), world_->areas(), world_->sessions(),
                          world_->revocations(), world_->attempts()},
                         authority_,
                         passwords_,
                         "the secret",
                         page_tokens_};
  TokenService tokens_{
      {world_->devices(), world_->staff(), world_->sessions(), world_->revocations(), world_->attempts()},
      passwords_,
      keys_,
      rules_};
};

}  // namespace gridwork::identity
