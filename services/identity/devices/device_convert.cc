#include "services/identity/devices/device_convert.h"

#include <openssl/err.h>

#include "common/auth/one_time_code.h"
#include "common/auth/openssl.h"
#include "common/base/error.h"
#include "common/base/page_token.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

constexpr size_t kMaxRequestBytes = 8'192;
constexpr absl::Duration kFirstGrant = absl::Hours(24 * 365);

// SHA-256 of the public key in a certificate request.
absl::StatusOr<Sha256> HashOfKey(const std::string& certificate_request) {
  const absl::Status bad = BadField("certificate_request", "must be a PKCS#10 request in PEM");
  if (certificate_request.size() > kMaxRequestBytes) return bad;
  auto request = auth::ssl::ReadRequest(certificate_request);
  X509_PUBKEY* key = request ? X509_REQ_get_X509_PUBKEY(request.get()) : nullptr;
  unsigned char* der = nullptr;
  int size = key != nullptr ? i2d_X509_PUBKEY(key, &der) : 0;
  ERR_clear_error();
  if (size <= 0) return bad;
  const Sha256 out = Sha256Of({reinterpret_cast<const char*>(der), static_cast<size_t>(size)});
  OPENSSL_free(der);
  return out;
}

}  // namespace

absl::StatusOr<Enrolment> ParseEnrolDevice(const v1::EnrolDeviceRequest& request) {
  FieldErrors errors;
  auto code = auth::NormaliseCode("code", request.code());
  auto display_name = ParseDisplayName("display_name", request.display_name());
  errors.Add(code.status());
  errors.Add(display_name.status());
  auto key = HashOfKey(request.certificate_request());
  errors.Add(key.status());
  RETURN_IF_ERROR(errors.status());
  return Enrolment{.code = auth::DigestOfCode(*code),
                   .certificate_request = request.certificate_request(),
                   .key = *key,
                   .password = request.password(),
                   .display_name = *std::move(display_name)};
}

absl::StatusOr<FirstSteps> ParseBootstrap(const v1::BootstrapRequest& request, absl::Time now) {
  FieldErrors errors;
  auto code = ParseAreaCode("root_code", request.root_code());
  auto area_name = ParseDisplayName("root_display_name", request.root_display_name());
  auto username = ParseUsername("username", request.username());
  auto display_name = ParseDisplayName("display_name", request.display_name());
  for (const auto* part : {&code, &area_name, &username, &display_name}) errors.Add(part->status());
  RETURN_IF_ERROR(errors.status());

  FirstSteps out;
  out.root = {
      .code = *code, .display_name = *area_name, .level = "root", .path = *code, .created = now, .updated = now};
  Grant grant{.id = Uuid::V7(now),
              .role = Role::kAdmin,
              .area = *code,
              .area_path = *code,
              .start = now,
              .end = now + kFirstGrant};
  out.administrator = {.id = Uuid::V7(now),
                       .username = *username,
                       .display_name = *display_name,
                       .area = *code,
                       .area_path = *code,
                       .grants = {grant},
                       .created = now,
                       .updated = now};
  return out;
}

absl::StatusOr<DeviceQuery> ParseListDevices(const v1::ListDevicesRequest& request) {
  DeviceQuery out;
  if (!request.staff().empty()) {
    ASSIGN_OR_RETURN(out.staff, ParseStaffName("staff", request.staff()));
  }
  ASSIGN_OR_RETURN(out.limit, ParsePageSize(request.page_size()));
  return out;
}

absl::StatusOr<Uuid> ParseDeviceName(std::string_view field, std::string_view name) {
  return ParseName(field, "devices", name);
}

std::string DeviceName(const Uuid& id) { return "devices/" + id.ToString(); }

v1::Device ToProto(const Device& device) {
  v1::Device out;
  out.set_name(DeviceName(device.id));
  out.set_staff(StaffName(device.staff));
  out.set_display_name(device.display_name);
  *out.mutable_certificate_expire_time() = ToTimestamp(device.certificate_expires);
  *out.mutable_create_time() = ToTimestamp(device.created);
  if (device.revoked) *out.mutable_revoke_time() = ToTimestamp(*device.revoked);
  return out;
}

v1::Revocation ToProto(const auth::Revocation& revocation) {
  v1::Revocation out;
  out.set_kind(static_cast<v1::Revocation::Kind>(revocation.kind));
  out.set_subject(revocation.subject);
  out.set_below_version(revocation.below);
  *out.mutable_expire_time() = ToTimestamp(revocation.until);
  return out;
}

}  // namespace gridwork::identity
