// StaffService: delegated grants, qualifications and absences.
#include <algorithm>

#include "common/base/status_macros.h"
#include "services/identity/staff/rights_convert.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/staff/staff_errors.h"
#include "services/identity/staff/staff_service.h"

namespace gridwork::identity {

absl::StatusOr<v1::Staff> StaffService::DelegateGrant(const rpc::CallContext& call,
                                                      const v1::DelegateGrantRequest& request, Unit& unit,
                                                      const GrantOfStaff& found) {
  ASSIGN_OR_RETURN(DelegationOrder order, ParseDelegateGrant(request, call.now));
  order.grant.role = found.grant.role;
  order.grant.area = found.grant.area;
  order.grant.area_path = found.grant.area_path;
  order.grant.delegated_from = GrantRef{found.staff, found.grant.id};
  if (!order.area.empty()) {
    auto area = areas_.Find(order.area);
    if (absl::IsNotFound(area.status())) return errors::MoreThanHeld();  // as for one outside of the grant's
    RETURN_IF_ERROR(area.status());
    order.grant.area = area->code;
    order.grant.area_path = area->path;
  }
  if (order.staff == found.staff) return errors::MoreThanHeld();
  RETURN_IF_ERROR(areas_.KeepLiving(unit, order.grant.area));

  ASSIGN_OR_RETURN(Staff holder, staff_.Lock(unit, found.staff));
  auto held = std::find_if(holder.grants.begin(), holder.grants.end(),
                           [&](const Grant& grant) { return grant.id == found.grant.id; });
  if (held == holder.grants.end()) return errors::NotFound("Grant");
  if (holder.disabled || !MayBeDelegated(*held, order.grant, call.now)) return errors::MoreThanHeld();
  ASSIGN_OR_RETURN(Staff staff, staff_.Lock(unit, order.staff));
  return Give(call, unit, staff, order.grant);
}

absl::StatusOr<v1::Staff> StaffService::PutQualification(const rpc::CallContext& call,
                                                         const v1::PutQualificationRequest& request, Unit& unit,
                                                         const Staff& found) {
  ASSIGN_OR_RETURN(Qualification wanted, ParseQualification(request.qualification(), call.now));
  ASSIGN_OR_RETURN(Staff staff, staff_.Lock(unit, found.id));
  auto at = std::lower_bound(staff.qualifications.begin(), staff.qualifications.end(), wanted,
                             [](const auto& a, const auto& b) { return a.code < b.code; });
  bool there = at != staff.qualifications.end() && at->code == wanted.code;
  bool less = there && wanted.end < at->end;
  if (there) {
    at->end = wanted.end;
  } else {
    staff.qualifications.insert(at, wanted);
  }
  if (!FitIntoToken(staff, call.now)) return errors::TooManyGrants();
  RETURN_IF_ERROR(staff_.PutQualification(unit, staff.id, wanted));
  staff.updated = call.now;
  RETURN_IF_ERROR(staff_.Update(unit, staff));
  if (less) RETURN_IF_ERROR(RevokeTokens(unit, staff, call.now));
  return ToProto(staff, call.now);
}

absl::StatusOr<v1::Staff> StaffService::RemoveQualification(const rpc::CallContext& call,
                                                            const v1::RemoveQualificationRequest& request, Unit& unit,
                                                            const Staff& found) {
  ASSIGN_OR_RETURN(std::string code, ParseQualificationCode("code", request.code()));
  ASSIGN_OR_RETURN(Staff staff, staff_.Lock(unit, found.id));
  if (std::erase_if(staff.qualifications, [&](const auto& held) { return held.code == code; }) == 0) {
    return errors::NotFound("Qualification");
  }
  RETURN_IF_ERROR(staff_.RemoveQualification(unit, staff.id, code));
  staff.updated = call.now;
  RETURN_IF_ERROR(staff_.Update(unit, staff));
  RETURN_IF_ERROR(RevokeTokens(unit, staff, call.now));
  return ToProto(staff, call.now);
}

absl::StatusOr<v1::Staff> StaffService::AddAbsence(const rpc::CallContext& call, const v1::AddAbsenceRequest& request,
                                                   Unit& unit, const Staff&) {
  ASSIGN_OR_RETURN(Absence absence, ParseAddAbsence(request, call.now));
  ASSIGN_OR_RETURN(Staff staff, staff_.Lock(unit, absence.staff));
  if (Overlaps(absence, staff.absences)) return errors::AbsencesOverlap();
  ASSIGN_OR_RETURN(Staff cover, staff_.Lock(unit, absence.cover));
  if (cover.disabled) return errors::CoverDisabled();
  cover.covers.push_back(absence);
  if (!FitIntoToken(cover, call.now)) return errors::TooManyGrants();

  RETURN_IF_ERROR(staff_.AddAbsence(unit, absence, call.now));
  auto earlier = [](const Absence& a, const Absence& b) { return a.start < b.start; };
  staff.absences.insert(std::upper_bound(staff.absences.begin(), staff.absences.end(), absence, earlier), absence);
  staff.updated = call.now;
  RETURN_IF_ERROR(staff_.Update(unit, staff));
  return ToProto(staff, call.now);
}

absl::StatusOr<v1::Staff> StaffService::EndAbsence(const rpc::CallContext& call, const v1::EndAbsenceRequest&,
                                                   Unit& unit, const Absence& found) {
  ASSIGN_OR_RETURN(Staff staff, staff_.Lock(unit, found.staff));
  if (std::erase_if(staff.absences, [&](const Absence& known) { return known.id == found.id; }) == 0) {
    return errors::NotFound("Absence");
  }
  ASSIGN_OR_RETURN(Staff cover, staff_.Lock(unit, found.cover));
  RETURN_IF_ERROR(staff_.RemoveAbsence(unit, found.id));
  staff.updated = cover.updated = call.now;
  RETURN_IF_ERROR(staff_.Update(unit, staff));
  RETURN_IF_ERROR(staff_.Update(unit, cover));
  RETURN_IF_ERROR(RevokeTokens(unit, cover, call.now));
  return ToProto(staff, call.now);
}

absl::StatusOr<std::vector<Staff>> StaffService::EndDelegations(Unit& unit, const Uuid& holder,
                                                                const std::optional<Uuid>& of, absl::Time now) {
  ASSIGN_OR_RETURN(std::vector<GrantOfStaff> delegated, staff_.DelegatedBy(unit, holder));
  std::vector<Staff> changed;
  for (GrantOfStaff& one : delegated) {
    if (one.grant.EndedAt(now) || (of && one.grant.delegated_from->grant != *of)) continue;
    if (one.grant.start < now) {
      one.grant.end = now;
      RETURN_IF_ERROR(staff_.PutGrant(unit, one.staff, one.grant));
    } else {
      RETURN_IF_ERROR(staff_.RemoveGrant(unit, one.staff, one.grant.id));  // it never held
    }
    if (!changed.empty() && changed.back().id == one.staff) continue;
    ASSIGN_OR_RETURN(changed.emplace_back(), staff_.Lock(unit, one.staff));
    changed.back().updated = now;
    RETURN_IF_ERROR(staff_.Update(unit, changed.back()));
  }
  return changed;
}

}  // namespace gridwork::identity
