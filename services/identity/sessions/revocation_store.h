// The list of what is revoked. The fake and MySQL pass the same contract test.
#pragma once
#include <absl/status/statusor.h>

#include <string>

#include "common/auth/revocation.h"
#include "common/base/unit.h"

namespace gridwork::identity {

class RevocationStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~RevocationStore() = default;

  // Appends to the list. Writers take turns from here to the end of their units: the last thing that a unit does.
  virtual absl::Status Add(Unit& unit, const auth::Revocation& revocation, absl::Time now) = 0;
  // What follows `cursor` (RevocationPage::cursor; "": the start), in the order of commits, without gaps. Entries that
  // are over may be left out.
  virtual absl::StatusOr<auth::RevocationPage> Read(const std::string& cursor, size_t limit) = 0;
};

}  // namespace gridwork::identity
