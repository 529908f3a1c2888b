#pragma once
#include "common/mysql/database.h"
#include "services/identity/staff/staff_store.h"

namespace gridwork::identity {

class MysqlStaffStore : public StaffStore {
 public:
  explicit MysqlStaffStore(mysql::Database& database) : database_(database) {}

  absl::StatusOr<Staff> Find(const Uuid& id) override;
  absl::StatusOr<GrantOfStaff> FindGrant(const Uuid& staff, const Uuid& grant) override;
  absl::StatusOr<Absence> FindAbsence(const Uuid& staff, const Uuid& absence) override;
  absl::StatusOr<auth::Page<Staff>> List(const auth::Scope& scope, const StaffQuery& query) override;

  absl::Status Insert(Unit& unit, const Staff& staff) override;
  absl::Status Update(Unit& unit, Staff& staff) override;
  absl::StatusOr<Staff> Lock(Unit& unit, const Uuid& id) override;
  absl::StatusOr<std::vector<Staff>> LockHolders(Unit& unit, const std::vector<std::string>& areas,
                                                 absl::Time now) override;
  absl::Status PutGrant(Unit& unit, const Uuid& staff, const Grant& grant) override;
  absl::Status RemoveGrant(Unit& unit, const Uuid& staff, const Uuid& grant) override;
  absl::StatusOr<std::vector<GrantOfStaff>> DelegatedBy(Unit& unit, const Uuid& holder) override;
  absl::Status PutQualification(Unit& unit, const Uuid& staff, const Qualification& qualification) override;
  absl::Status RemoveQualification(Unit& unit, const Uuid& staff, const std::string& code) override;
  absl::Status AddAbsence(Unit& unit, const Absence& absence, absl::Time now) override;
  absl::Status RemoveAbsence(Unit& unit, const Uuid& absence) override;

 private:
  mysql::Database& database_;
};

}  // namespace gridwork::identity
