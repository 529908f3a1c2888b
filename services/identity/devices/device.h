// Devices, the codes with which they enrol, and passwords. No protobuf, no SQL.
#pragma once
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "common/base/sha256.h"
#include "common/base/uuid.h"

namespace gridwork::identity {

inline constexpr absl::Duration kEnrolmentCodeLife = absl::Hours(72);
inline constexpr absl::Duration kDeviceCertificateLife = absl::Hours(24 * 30);

struct Device {
  Uuid id;
  Uuid staff;
  std::string display_name;
  std::string certificate;  // PEM
  absl::Time certificate_expires;
  absl::Time created;
  std::optional<absl::Time> revoked;
};

struct EnrolmentCode {
  Uuid staff;
  absl::Time expires;
  // Of a used one: the key that it was used for, and what came of it.
  std::optional<Sha256> key;
  std::optional<Uuid> device;

  bool ExpiredAt(absl::Time now) const { return expires <= now; }
};

}  // namespace gridwork::identity
