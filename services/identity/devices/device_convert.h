// Protobuf to domain and back, for devices. What comes out of Parse* is valid; nothing checks it again.
#pragma once
#include <absl/status/statusor.h>

#include <optional>
#include <string>

#include "common/auth/revocation.h"
#include "gridwork/identity/v1/device_service.pb.h"
#include "gridwork/identity/v1/token_service.pb.h"
#include "services/identity/areas/area.h"
#include "services/identity/devices/device.h"
#include "services/identity/devices/device_store.h"
#include "services/identity/staff/staff.h"

namespace gridwork::identity {

struct Enrolment {
  Sha256 code;
  std::string certificate_request;
  Sha256 key;  // of the public key in the certificate request: the same again is the same enrolment
  std::string password;
  std::string display_name;
};
absl::StatusOr<Enrolment> ParseEnrolDevice(const v1::EnrolDeviceRequest& request);

// The root area and the first administrator, with a grant for the whole of it.
struct FirstSteps {
  Area root;
  Staff administrator;
};
absl::StatusOr<FirstSteps> ParseBootstrap(const v1::BootstrapRequest& request, absl::Time now);

absl::StatusOr<DeviceQuery> ParseListDevices(const v1::ListDevicesRequest& request);
absl::StatusOr<Uuid> ParseDeviceName(std::string_view field, std::string_view name);

std::string DeviceName(const Uuid& id);
v1::Device ToProto(const Device& device);
v1::Revocation ToProto(const auth::Revocation& revocation);

}  // namespace gridwork::identity
