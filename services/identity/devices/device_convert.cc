#include "services/identity/devices/device_convert.h"

#include <sodium.h>

#include "common/auth/one_time_code.h"
#include "common/base/error.h"
#include "common/base/page_token.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

constexpr absl::Duration kFirstGrant = absl::Hours(24 * 365);

Sha256 HashOf(std::string_view text) {
  Sha256 out;
  crypto_hash_sha256(out.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return out;
}

}  // namespace

absl::StatusOr<Enrolment> ParseEnrolDevice(const v1::EnrolDeviceRequest& request) {
  FieldErrors errors;
  auto code = auth::NormaliseCode("code", request.code());
  auto display_name = ParseText("display_name", request.display_name(), {.max = scope::kNameCharacters});
  errors.Add(code.status());
  errors.Add(display_name.status());
  if (request.certificate_request().empty()) errors.Add("certificate_request", "must be a PKCS#10 request in PEM");
  RETURN_IF_ERROR(errors.status());
  return Enrolment{.code = auth::DigestOfCode(*code),
                   .certificate_request = request.certificate_request(),
                   .request = HashOf(request.certificate_request()),
                   .password = request.password(),
                   .display_name = *std::move(display_name)};
}

absl::StatusOr<FirstSteps> ParseBootstrap(const v1::BootstrapRequest& request, absl::Time now) {
  FieldErrors errors;
  auto code = ParseAreaCode("root_code", request.root_code());
  auto area_name = ParseText("root_display_name", request.root_display_name(), {.max = scope::kNameCharacters});
  auto username = ParseUsername("username", request.username());
  auto display_name = ParseText("display_name", request.display_name(), {.max = scope::kNameCharacters});
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

std::string DeviceName(const Uuid& id) { return "devices/" + id.ToString(); }

v1::Device ToProto(const Device& device) {
  v1::Device out;
  out.set_name(DeviceName(device.id));
  out.set_staff(StaffName(device.staff));
  out.set_display_name(device.display_name);
  *out.mutable_certificate_expire_time() = ToTimestamp(device.certificate_expires);
  *out.mutable_create_time() = ToTimestamp(device.created);
  return out;
}

}  // namespace gridwork::identity
