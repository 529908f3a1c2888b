#include "services/identity/staff/staff_service.h"

#include <algorithm>

#include "common/auth/decide.h"
#include "common/base/status_macros.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/staff/staff_errors.h"

namespace gridwork::identity {

void StaffService::Register(rpc::FrontDoor& door) {
  door.FactsOf("Area", &area_facts_, &AreaFacts::Load)
      .FactsOf("Staff", &staff_facts_, &StaffFacts::LoadStaff)
      .FactsOf("Grant", &staff_facts_, &StaffFacts::LoadGrant)
      .FactsOf("Absence", &staff_facts_, &StaffFacts::LoadAbsence)
      .FactsOf("Team", &staff_facts_, &StaffFacts::LoadTeam);
  door.On("CreateStaff", this, &StaffService::CreateStaff)
      .On("GetStaff", this, &StaffService::GetStaff)
      .On("ListStaff", this, &StaffService::ListStaff)
      .On("UpdateStaff", this, &StaffService::UpdateStaff)
      .On("AddGrant", this, &StaffService::AddGrant)
      .On("EndGrant", this, &StaffService::EndGrant)
      .On("DelegateGrant", this, &StaffService::DelegateGrant)
      .On("PutQualification", this, &StaffService::PutQualification)
      .On("RemoveQualification", this, &StaffService::RemoveQualification)
      .On("AddAbsence", this, &StaffService::AddAbsence)
      .On("EndAbsence", this, &StaffService::EndAbsence)
      .On("CreateTeam", this, &StaffService::CreateTeam)
      .On("GetTeam", this, &StaffService::GetTeam)
      .On("ListTeams", this, &StaffService::ListTeams)
      .On("UpdateTeam", this, &StaffService::UpdateTeam);
}

absl::StatusOr<v1::Staff> StaffService::CreateStaff(const rpc::CallContext& call, const v1::CreateStaffRequest& request,
                                                    Unit& unit, const Area& area) {
  ASSIGN_OR_RETURN(Staff staff, ParseCreateStaff(request, call.now));
  RETURN_IF_ERROR(areas_.KeepLiving(unit, area.code));
  staff.area = area.code;
  staff.area_path = area.path;
  RETURN_IF_ERROR(staff_.Insert(unit, staff));
  return ToProto(staff, call.now);
}

absl::StatusOr<v1::Staff> StaffService::GetStaff(const rpc::CallContext& call, const v1::GetStaffRequest&,
                                                 const Staff& found) {
  return ToProto(found, call.now);
}

absl::StatusOr<v1::ListStaffResponse> StaffService::ListStaff(const rpc::CallContext& call,
                                                              const v1::ListStaffRequest& request,
                                                              const auth::Scope& scope) {
  ASSIGN_OR_RETURN(StaffList list, ParseListStaff(request, call.now));
  const std::string role = std::to_string(request.role());
  const std::vector<std::string_view> key = {"ListStaff", call.caller.id, request.area(), role};
  ASSIGN_OR_RETURN(list.query.after, tokens_.Open(key, request.page_token()));
  if (!list.area.empty()) {
    auto area = areas_.Find(list.area);
    if (absl::IsNotFound(area.status())) return v1::ListStaffResponse();  // as for one that the caller may not know of
    RETURN_IF_ERROR(area.status());
    list.query.area_path = area->path;
  }

  ASSIGN_OR_RETURN(auto page, staff_.List(scope, list.query));
  v1::ListStaffResponse response;
  for (const Staff& staff : page.rows) *response.add_staff() = ToProto(staff, call.now);
  response.set_next_page_token(tokens_.Seal(key, page.next));
  return response;
}

absl::StatusOr<v1::Staff> StaffService::UpdateStaff(const rpc::CallContext& call, const v1::UpdateStaffRequest& request,
                                                    Unit& unit, const Staff& found) {
  ASSIGN_OR_RETURN(StaffChange change, ParseUpdateStaff(request));
  ASSIGN_OR_RETURN(Staff staff, staff_.Lock(unit, found.id));
  bool shut = change.disabled.value_or(false) && !staff.disabled;
  staff.version = change.version;
  if (change.display_name) staff.display_name = *change.display_name;
  if (change.disabled) staff.disabled = *change.disabled;
  staff.updated = call.now;
  RETURN_IF_ERROR(staff_.Update(unit, staff));
  if (shut) {
    ASSIGN_OR_RETURN(auto delegates, EndDelegations(unit, staff.id, std::nullopt, call.now));
    RETURN_IF_ERROR(sessions_.EndOfStaff(unit, staff.id));
    RETURN_IF_ERROR(RevokeTokens(unit, staff, call.now));
    for (const Staff& one : delegates) RETURN_IF_ERROR(RevokeTokens(unit, one, call.now));
  }
  return ToProto(staff, call.now);
}

absl::StatusOr<v1::Staff> StaffService::AddGrant(const rpc::CallContext& call, const v1::AddGrantRequest& request,
                                                 Unit& unit, const Area& area) {
  ASSIGN_OR_RETURN(GrantOrder order, ParseAddGrant(request, call.now));
  order.grant.area = area.code;
  order.grant.area_path = area.path;
  RETURN_IF_ERROR(areas_.KeepLiving(unit, area.code));
  ASSIGN_OR_RETURN(Staff staff, staff_.Lock(unit, order.staff));
  return Give(call, unit, staff, order.grant);
}

absl::StatusOr<v1::Staff> StaffService::Give(const rpc::CallContext& call, Unit& unit, Staff& staff,
                                             const Grant& grant) {
  if (!MayBeGiven(grant, staff.grants, call.now)) return errors::RolesExcludeEachOther();
  staff.grants.insert(std::upper_bound(staff.grants.begin(), staff.grants.end(), grant, ComesBefore), grant);
  if (!FitIntoToken(staff, call.now)) return errors::TooManyGrants();
  RETURN_IF_ERROR(staff_.PutGrant(unit, staff.id, grant));
  staff.updated = call.now;
  RETURN_IF_ERROR(staff_.Update(unit, staff));
  return AsSeenBy(call, staff);
}

absl::StatusOr<v1::Staff> StaffService::EndGrant(const rpc::CallContext& call, const v1::EndGrantRequest&, Unit& unit,
                                                 const GrantOfStaff& found) {
  ASSIGN_OR_RETURN(Staff staff, staff_.Lock(unit, found.staff));
  auto grant = std::find_if(staff.grants.begin(), staff.grants.end(),
                            [&](const Grant& held) { return held.id == found.grant.id; });
  if (grant == staff.grants.end()) return errors::NotFound("Grant");
  if (grant->EndedAt(call.now)) return AsSeenBy(call, staff);

  bool held = grant->start < call.now;
  if (!held) {
    RETURN_IF_ERROR(staff_.RemoveGrant(unit, staff.id, grant->id));
    staff.grants.erase(grant);
  } else {
    grant->end = call.now;
    RETURN_IF_ERROR(staff_.PutGrant(unit, staff.id, *grant));
  }
  staff.updated = call.now;
  RETURN_IF_ERROR(staff_.Update(unit, staff));
  ASSIGN_OR_RETURN(auto delegates, EndDelegations(unit, staff.id, found.grant.id, call.now));
  if (held) RETURN_IF_ERROR(RevokeTokens(unit, staff, call.now));
  for (const Staff& one : delegates) RETURN_IF_ERROR(RevokeTokens(unit, one, call.now));
  return AsSeenBy(call, staff);
}

v1::Staff StaffService::AsSeenBy(const rpc::CallContext& call, const Staff& staff) {
  static const auto& get =
      v1::GetStaffRequest::descriptor()->file()->service(0)->FindMethodByName("GetStaff")->options();
  const auto areas = auth::AreasOf(call.caller, get.GetExtension(options::v1::policy), call.now);
  auto seen = [&](std::string_view path) {
    return std::any_of(areas.begin(), areas.end(), [&](const auto& root) { return auth::Holds(root, path); });
  };
  v1::Staff whole = ToProto(staff, call.now), part;
  if (seen(staff.area_path) || call.caller.id == whole.name()) return whole;
  part.set_name(whole.name());
  part.set_display_name(whole.display_name());
  std::copy_if(whole.grants().begin(), whole.grants().end(),
               google::protobuf::RepeatedFieldBackInserter(part.mutable_grants()),
               [&](const v1::Grant& grant) { return seen(grant.area_path()); });
  return part;
}

absl::Status StaffService::RevokeTokens(Unit& unit, const Staff& changed, absl::Time now) {
  return revocations_.Add(unit, OldTokensOf(changed, now), now);
}

absl::StatusOr<v1::Team> StaffService::CreateTeam(const rpc::CallContext& call, const v1::CreateTeamRequest& request,
                                                  Unit& unit, const Area& area) {
  ASSIGN_OR_RETURN(Team team, ParseCreateTeam(request, call.now));
  RETURN_IF_ERROR(areas_.KeepLiving(unit, area.code));
  team.area = area.code;
  team.area_path = area.path;
  RETURN_IF_ERROR(teams_.Insert(unit, team));
  return ToProto(team);
}

absl::StatusOr<v1::Team> StaffService::GetTeam(const rpc::CallContext&, const v1::GetTeamRequest&, const Team& found) {
  return ToProto(found);
}

absl::StatusOr<v1::ListTeamsResponse> StaffService::ListTeams(const rpc::CallContext& call,
                                                              const v1::ListTeamsRequest& request,
                                                              const auth::Scope& scope) {
  ASSIGN_OR_RETURN(size_t limit, ParsePageSize(request.page_size()));
  const std::vector<std::string_view> key = {"ListTeams", call.caller.id};
  ASSIGN_OR_RETURN(std::string after, tokens_.Open(key, request.page_token()));

  ASSIGN_OR_RETURN(auto page, teams_.List(scope, after, limit));
  v1::ListTeamsResponse response;
  for (const Team& team : page.rows) *response.add_teams() = ToProto(team);
  response.set_next_page_token(tokens_.Seal(key, page.next));
  return response;
}

absl::StatusOr<v1::Team> StaffService::UpdateTeam(const rpc::CallContext& call, const v1::UpdateTeamRequest& request,
                                                  Unit& unit, const Team& found) {
  ASSIGN_OR_RETURN(TeamChange change, ParseUpdateTeam(request));
  Team team = found;
  team.version = change.version;
  if (change.display_name) team.display_name = *change.display_name;
  if (change.members) team.members = *change.members;
  team.updated = call.now;
  RETURN_IF_ERROR(teams_.Update(unit, team));
  return ToProto(team);
}

}  // namespace gridwork::identity
