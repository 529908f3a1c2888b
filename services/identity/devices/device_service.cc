#include "services/identity/devices/device_service.h"

#include <algorithm>

#include "common/auth/one_time_code.h"
#include "common/auth/peer.h"
#include "common/auth/refresh_token.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "services/identity/devices/device_errors.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

// Takes the same time wherever they differ, and however long they are. An empty one is nobody's secret.
bool SameSecret(const std::string& given, const std::string& secret) {
  return auth::SameDigest(Sha256Of(given), Sha256Of(secret)) && !secret.empty();
}

struct NewCode {
  std::string text;
  Sha256 hash;
};
NewCode MakeCode() {
  std::string text = auth::NewOneTimeCode();
  return {text, auth::DigestOfCode(*auth::NormaliseCode("code", text))};
}

}  // namespace

void DeviceService::Register(rpc::FrontDoor& door) {
  door.FactsOf("Staff", &staff_facts_, &StaffFacts::LoadStaff).FactsOf("Device", &device_facts_, &DeviceFacts::Load);
  door.On("Bootstrap", this, &DeviceService::Bootstrap)
      .On("CreateEnrolmentCode", this, &DeviceService::CreateEnrolmentCode)
      .On("EnrolDevice", this, &DeviceService::EnrolDevice)
      .On("RenewCertificate", this, &DeviceService::RenewCertificate)
      .On("RevokeDevice", this, &DeviceService::RevokeDevice)
      .On("ListDevices", this, &DeviceService::ListDevices);
}

absl::StatusOr<v1::BootstrapResponse> DeviceService::Bootstrap(const rpc::CallContext& call,
                                                               const v1::BootstrapRequest& request) {
  const AttemptSubject source = SubjectOf("bootstrap from", call.source);
  ASSIGN_OR_RETURN(auto attempt, attempts_.Begin(source, kSourceRule, call.now));
  if (attempt.wait > absl::ZeroDuration()) return errors::TooManyAttempts(attempt.wait);
  if (!SameSecret(request.secret(), bootstrap_secret_)) return errors::BootstrapSecretWrong();
  RETURN_IF_ERROR(attempts_.Succeed(source));
  ASSIGN_OR_RETURN(FirstSteps first, ParseBootstrap(request, call.now));
  NewCode code = MakeCode();

  RETURN_IF_ERROR(devices_.InTransaction([&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(areas_.BeginChange(unit));
    ASSIGN_OR_RETURN(bool empty, areas_.IsEmpty(unit));
    if (!empty) return errors::AlreadyBootstrapped();
    RETURN_IF_ERROR(areas_.Insert(unit, first.root));
    RETURN_IF_ERROR(areas_.Insert(unit, UnplacedGridOf(first.root)));
    RETURN_IF_ERROR(staff_.Insert(unit, first.administrator));
    RETURN_IF_ERROR(staff_.PutGrant(unit, first.administrator.id, first.administrator.grants[0]));
    return devices_.PutCode(unit, first.administrator.id, code.hash, call.now + kEnrolmentCodeLife);
  }));
  v1::BootstrapResponse out;
  *out.mutable_administrator() = ToProto(first.administrator, call.now);
  out.set_enrolment_code(code.text);
  return out;
}

absl::StatusOr<v1::CreateEnrolmentCodeResponse> DeviceService::CreateEnrolmentCode(
    const rpc::CallContext& call, const v1::CreateEnrolmentCodeRequest&, const Staff& found) {
  NewCode code = MakeCode();
  absl::Time expires = call.now + kEnrolmentCodeLife;
  RETURN_IF_ERROR(
      devices_.InTransaction([&](Unit& unit) { return devices_.PutCode(unit, found.id, code.hash, expires); }));
  v1::CreateEnrolmentCodeResponse out;
  out.set_code(code.text);
  *out.mutable_expire_time() = ToTimestamp(expires);
  return out;
}

absl::StatusOr<v1::EnrolDeviceResponse> DeviceService::EnrolDevice(const rpc::CallContext& call,
                                                                   const v1::EnrolDeviceRequest& request) {
  ASSIGN_OR_RETURN(Enrolment enrolment, ParseEnrolDevice(request));
  ASSIGN_OR_RETURN(auto code, FindCode(call, enrolment));
  ASSIGN_OR_RETURN(Staff staff, staff_.Find(code.staff));
  bool again = code.device && code.key == enrolment.key;  // the answer to this very enrolment was lost
  if (code.ExpiredAt(call.now) || staff.disabled || (code.device && !again)) return errors::EnrolmentCodeWrong();

  ASSIGN_OR_RETURN(std::string new_password, CheckPassword(call, staff, enrolment));
  if (again) {
    ASSIGN_OR_RETURN(Device device, devices_.Find(*code.device));
    if (device.revoked) return errors::EnrolmentCodeWrong();
    return Enrolled(device, staff);
  }
  ASSIGN_OR_RETURN(Device device, MakeDevice(enrolment, staff.id, call.now));
  RETURN_IF_ERROR(devices_.InTransaction([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(bool used, devices_.UseCode(unit, enrolment.code, enrolment.key, device.id));
    if (!used) return errors::EnrolmentCodeWrong();
    RETURN_IF_ERROR(devices_.Insert(unit, device));
    return new_password.empty() ? absl::OkStatus() : devices_.PutPassword(unit, staff.id, new_password, call.now);
  }));
  return Enrolled(device, staff);
}

absl::StatusOr<Device> DeviceService::MakeDevice(const Enrolment& enrolment, const Uuid& staff, absl::Time now) const {
  Device device{.id = Uuid::V7(now), .staff = staff, .display_name = enrolment.display_name, .created = now};
  RETURN_IF_ERROR(Certify(device, enrolment.certificate_request, now));
  return device;
}

absl::Status DeviceService::Certify(Device& device, const std::string& certificate_request, absl::Time now) const {
  ASSIGN_OR_RETURN(device.certificate,
                   authority_.Sign(certificate_request, "device/" + device.id.ToString(), now, kDeviceCertificateLife));
  ASSIGN_OR_RETURN(auth::Peer named, auth::ParsePeer(device.certificate));
  device.certificate_expires = std::max(device.certificate_expires, named.not_after);
  return absl::OkStatus();
}

absl::StatusOr<EnrolmentCode> DeviceService::FindCode(const rpc::CallContext& call, const Enrolment& enrolment) {
  auto code = devices_.FindCode(enrolment.code);
  if (!absl::IsNotFound(code.status())) return code;
  ASSIGN_OR_RETURN(auto attempt, attempts_.Begin(SubjectOf("enrol from", call.source), kSourceRule, call.now));
  return attempt.wait > absl::ZeroDuration() ? errors::TooManyAttempts(attempt.wait) : errors::EnrolmentCodeWrong();
}

absl::StatusOr<std::string> DeviceService::CheckPassword(const rpc::CallContext& call, const Staff& staff,
                                                         const Enrolment& enrolment) {
  ASSIGN_OR_RETURN(auto stored, devices_.FindPassword(staff.id));
  if (!stored) {
    RETURN_IF_ERROR(auth::CheckNewPassword("password", enrolment.password, staff.username));
    return passwords_.Hash(enrolment.password, call.deadline);
  }
  const AttemptSubject subject =
      SubjectOf("enrol with", {reinterpret_cast<const char*>(enrolment.code.data()), enrolment.code.size()});
  ASSIGN_OR_RETURN(auto attempt, attempts_.Begin(subject, kPasswordRule, call.now));
  if (attempt.wait > absl::ZeroDuration()) return errors::TooManyAttempts(attempt.wait);
  ASSIGN_OR_RETURN(auth::PasswordCheck check, passwords_.Verify(*stored, enrolment.password, call.deadline));
  if (!check.right) return errors::PasswordWrong();
  RETURN_IF_ERROR(attempts_.Succeed(subject));
  return std::string();
}

v1::EnrolDeviceResponse DeviceService::Enrolled(const Device& device, const Staff& staff) const {
  v1::EnrolDeviceResponse out;
  *out.mutable_device() = ToProto(device);
  out.set_certificate(device.certificate);
  out.set_authority(authority_.certificate_pem());
  out.set_username(staff.username);
  return out;
}

absl::StatusOr<v1::RenewCertificateResponse> DeviceService::RenewCertificate(
    const rpc::CallContext& call, const v1::RenewCertificateRequest& request) {
  bool is_device = call.peer && call.peer->kind == auth::Peer::Kind::kDevice;
  auto id = Uuid::Parse(is_device ? call.peer->id : "");
  if (!id.ok()) return errors::RenewalRefused();
  Device device;
  RETURN_IF_ERROR(devices_.InTransaction([&](Unit& unit) -> absl::Status {
    auto found = devices_.Lock(unit, *id);
    if (absl::IsNotFound(found.status())) return errors::RenewalRefused();
    RETURN_IF_ERROR(found.status());
    ASSIGN_OR_RETURN(Staff owner, staff_.Find(found->staff));
    if (found->revoked || owner.disabled) return errors::RenewalRefused();
    RETURN_IF_ERROR(Certify(*found, request.certificate_request(), call.now));
    RETURN_IF_ERROR(devices_.Update(unit, *found));
    device = *std::move(found);
    return absl::OkStatus();
  }));
  v1::RenewCertificateResponse out;
  *out.mutable_device() = ToProto(device);
  out.set_certificate(device.certificate);
  out.set_authority(authority_.certificate_pem());
  return out;
}

absl::StatusOr<v1::Device> DeviceService::RevokeDevice(const rpc::CallContext& call, const v1::RevokeDeviceRequest&,
                                                       Unit& unit, const Device& found) {
  ASSIGN_OR_RETURN(Device device, devices_.Lock(unit, found.id));
  if (device.revoked) return ToProto(device);
  device.revoked = call.now;
  RETURN_IF_ERROR(devices_.Update(unit, device));
  RETURN_IF_ERROR(sessions_.EndOfDevice(unit, device.id));
  RETURN_IF_ERROR(revocations_.Add(
      unit,
      {.kind = auth::Revocation::Kind::kDevice, .subject = device.id.ToString(), .until = device.certificate_expires},
      call.now));
  return ToProto(device);
}

absl::StatusOr<v1::ListDevicesResponse> DeviceService::ListDevices(const rpc::CallContext& call,
                                                                   const v1::ListDevicesRequest& request,
                                                                   const auth::Scope& scope) {
  ASSIGN_OR_RETURN(DeviceQuery query, ParseListDevices(request));
  ASSIGN_OR_RETURN(query.after,
                   page_tokens_.Open({call.method, call.caller.id, request.staff()}, request.page_token()));
  ASSIGN_OR_RETURN(auto page, devices_.List(scope, query));
  v1::ListDevicesResponse out;
  for (const Device& device : page.rows) *out.add_devices() = ToProto(device);
  out.set_next_page_token(page_tokens_.Seal({call.method, call.caller.id, request.staff()}, page.next));
  return out;
}

}  // namespace gridwork::identity
