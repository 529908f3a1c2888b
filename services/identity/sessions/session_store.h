// Where log-ins are kept. The fake and MySQL pass the same contract test.
#pragma once
#include <absl/status/statusor.h>

#include "common/base/unit.h"
#include "services/identity/sessions/session.h"

namespace gridwork::identity {

class SessionStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~SessionStore() = default;

  // The session, which no other unit gets until this one ends. NOT_FOUND.
  virtual absl::StatusOr<Session> Lock(Unit& unit, const Uuid& id) = 0;
  // Writes it as the only one of its device: an earlier one is gone.
  virtual absl::Status Put(Unit& unit, const Session& session) = 0;
  // Nothing happens when there is none.
  virtual absl::Status End(Unit& unit, const Uuid& id) = 0;
  virtual absl::Status EndOfDevice(Unit& unit, const Uuid& device) = 0;
  virtual absl::Status EndOfStaff(Unit& unit, const Uuid& staff) = 0;
  // Erases, on its own, up to a thousand that nobody refreshed since `rotated_before`: when a device was last used is
  // not kept longer than it is needed.
  virtual absl::Status RemoveOver(absl::Time rotated_before) = 0;
};

}  // namespace gridwork::identity
