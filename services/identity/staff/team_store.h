// Where teams are kept. The fake and MySQL pass the same contract test (team_store_test.cc).
#pragma once
#include <absl/status/statusor.h>

#include <optional>
#include <vector>

#include "common/auth/scope.h"
#include "common/base/unit.h"
#include "services/identity/staff/team.h"

namespace gridwork::identity {

class TeamStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~TeamStore() = default;

  // NOT_FOUND if there is none.
  virtual absl::StatusOr<Team> Find(const Uuid& id) = 0;
  // Teams of areas inside `scope`, by id. `after`: Page::next of the page before.
  virtual absl::StatusOr<auth::Page<Team>> List(const auth::Scope& scope, const std::string& after, size_t limit) = 0;

  // Writes a new team. BAD_FIELD "team.members[i]" for a member who has no account.
  virtual absl::Status Insert(Unit& unit, const Team& team) = 0;
  // Writes display_name and members if the stored version is `team.version`, which becomes the next one. ABORTED
  // ETAG_MISMATCH, NOT_FOUND, BAD_FIELD as above.
  virtual absl::Status Update(Unit& unit, Team& team) = 0;
};

}  // namespace gridwork::identity
