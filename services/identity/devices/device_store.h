// Where devices, enrolment codes and passwords are kept. The fake and MySQL pass the same contract test.
#pragma once
#include <absl/status/statusor.h>

#include <functional>
#include <optional>
#include <string>

#include "common/auth/scope.h"
#include "common/base/unit.h"
#include "services/identity/devices/device.h"

namespace gridwork::identity {

struct DeviceQuery {
  std::optional<Uuid> staff;  // only theirs
  std::string after;          // Page::next of the page before; "" for the first
  size_t limit = 100;
};

class DeviceStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~DeviceStore() = default;

  // NOT_FOUND when there is none.
  virtual absl::StatusOr<Device> Find(const Uuid& id) = 0;
  // Devices of accounts that are kept inside `scope`, by id.
  virtual absl::StatusOr<auth::Page<Device>> List(const auth::Scope& scope, const DeviceQuery& query) = 0;
  // NOT_FOUND when there is none with this hash.
  virtual absl::StatusOr<EnrolmentCode> FindCode(const Sha256& code) = 0;
  // The stored hash; nullopt for a person who has not enrolled yet.
  virtual absl::StatusOr<std::optional<std::string>> FindPassword(const Uuid& staff) = 0;

  // The person's code from now on; an earlier one is gone.
  virtual absl::Status PutCode(Unit& unit, const Uuid& staff, const Sha256& code, absl::Time expires) = 0;
  // Marks the code as used for the device with this key; false when it has been used or replaced meanwhile.
  virtual absl::StatusOr<bool> UseCode(Unit& unit, const Sha256& code, const Sha256& key, const Uuid& device) = 0;
  virtual absl::Status Insert(Unit& unit, const Device& device) = 0;
  // The device, which no other unit gets until this one ends. NOT_FOUND.
  virtual absl::StatusOr<Device> Lock(Unit& unit, const Uuid& id) = 0;
  // Writes certificate, its end, and when it was revoked, of a device that the unit has locked.
  virtual absl::Status Update(Unit& unit, const Device& device) = 0;
  virtual absl::Status PutPassword(Unit& unit, const Uuid& staff, const std::string& hash, absl::Time now) = 0;

  // A transaction for calls that have no request_id, because their answer holds a secret.
  virtual absl::Status InTransaction(const std::function<absl::Status(Unit&)>& body) = 0;
};

}  // namespace gridwork::identity
