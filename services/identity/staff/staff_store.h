// Where accounts and grants are kept. The fake and MySQL pass the same contract test (staff_store_test.cc).
#pragma once
#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "common/auth/scope.h"
#include "common/base/unit.h"
#include "services/identity/staff/staff.h"

namespace gridwork::identity {

struct StaffQuery {
  std::string area_path;     // kept in it or below; empty: everywhere
  std::optional<Role> role;  // that they hold at `now`
  absl::Time now;
  std::string after;  // Page::next of the page before; "" for the first
  size_t limit = 100;
};

struct GrantOfStaff {
  Uuid staff;
  Grant grant;
};

class StaffStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away. Staff come with all their rights.
 public:
  virtual ~StaffStore() = default;

  virtual absl::StatusOr<Absence> FindAbsence(const Uuid& staff, const Uuid& absence) = 0;
  // NOT_FOUND if there is none. For fact loaders too: they ask before anybody knows whether the caller may see the row.
  virtual absl::StatusOr<Staff> Find(const Uuid& id) = 0;
  virtual absl::StatusOr<GrantOfStaff> FindGrant(const Uuid& staff, const Uuid& grant) = 0;
  // Accounts kept inside `scope` that match, by username.
  virtual absl::StatusOr<auth::Page<Staff>> List(const auth::Scope& scope, const StaffQuery& query) = 0;

  // Writes a new account, without its grants. ALREADY_EXISTS USERNAME_TAKEN.
  virtual absl::Status Insert(Unit& unit, const Staff& staff) = 0;
  // Writes display_name and disabled if the stored version is `staff.version`, which becomes the next one. ABORTED
  // ETAG_MISMATCH with the current etag when it is another; NOT_FOUND.
  virtual absl::Status Update(Unit& unit, Staff& staff) = 0;
  // The account, which no other unit gets until this one ends. NOT_FOUND.
  virtual absl::StatusOr<Staff> Lock(Unit& unit, const Uuid& id) = 0;
  // Whoever has a grant in one of these areas (codes) that has not ended by `now`, by id, locked as by Lock().
  virtual absl::StatusOr<std::vector<Staff>> LockHolders(Unit& unit, const std::vector<std::string>& areas,
                                                         absl::Time now) = 0;
  // For an account that the unit has locked: writes a new grant, or the end of one that is there.
  virtual absl::Status PutGrant(Unit& unit, const Uuid& staff, const Grant& grant) = 0;
  virtual absl::Status RemoveGrant(Unit& unit, const Uuid& staff, const Uuid& grant) = 0;
  // Grants of others that were delegated from those of `holder`, whom the unit has locked; ended ones too.
  virtual absl::StatusOr<std::vector<GrantOfStaff>> DelegatedBy(Unit& unit, const Uuid& holder) = 0;

  // For an account that the unit has locked: writes a qualification, or another end of one that is there.
  virtual absl::Status PutQualification(Unit& unit, const Uuid& staff, const Qualification& qualification) = 0;
  virtual absl::Status RemoveQualification(Unit& unit, const Uuid& staff, const std::string& code) = 0;
  // For an account that the unit has locked; also erases what was over by `now`, of everybody.
  virtual absl::Status AddAbsence(Unit& unit, const Absence& absence, absl::Time now) = 0;
  virtual absl::Status RemoveAbsence(Unit& unit, const Uuid& absence) = 0;
};

}  // namespace gridwork::identity
