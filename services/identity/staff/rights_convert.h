// Protobuf to delegations, qualifications and absences, and back. What comes out of Parse* is valid.
#pragma once
#include <absl/status/statusor.h>

#include <string>

#include "gridwork/identity/v1/staff_service.pb.h"
#include "services/identity/staff/staff.h"

namespace gridwork::identity {

struct AbsenceName {
  Uuid staff;
  Uuid absence;
};
absl::StatusOr<AbsenceName> ParseAbsenceName(std::string_view field, std::string_view name);

struct DelegationOrder {
  Uuid staff;        // who receives it
  std::string area;  // code; "": the whole of the grant's
  Grant grant;       // new; role and area are not read
};
absl::StatusOr<DelegationOrder> ParseDelegateGrant(const v1::DelegateGrantRequest& request, absl::Time now);

absl::StatusOr<std::string> ParseQualificationCode(std::string_view field, std::string_view code);
absl::StatusOr<Qualification> ParseQualification(const v1::Qualification& qualification, absl::Time now);
// A new absence.
absl::StatusOr<Absence> ParseAddAbsence(const v1::AddAbsenceRequest& request, absl::Time now);

std::string GrantNameOf(const GrantRef& grant);
v1::Qualification ToProto(const Qualification& qualification);
v1::Absence ToProto(const Absence& absence);

}  // namespace gridwork::identity
