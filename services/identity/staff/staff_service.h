// StaffService: one method per RPC. Who may call what stands in staff_service.proto; the front door has decided before
// a method runs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "common/auth/scope.h"
#include "common/base/page_token.h"
#include "common/rpc/front_door.h"
#include "gridwork/identity/v1/staff_service.pb.h"
#include "services/identity/areas/area_facts.h"
#include "services/identity/sessions/revocation_store.h"
#include "services/identity/sessions/session_store.h"
#include "services/identity/staff/staff_facts.h"

namespace gridwork::identity {

class StaffService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.identity.v1.StaffService";

  struct Stores {
    StaffStore& staff;
    TeamStore& teams;
    AreaStore& areas;
    SessionStore& sessions;
    RevocationStore& revocations;
  };
  // All arguments outlive it.
  StaffService(const Stores& stores, const PageTokens& tokens)
      : staff_(stores.staff),
        teams_(stores.teams),
        areas_(stores.areas),
        sessions_(stores.sessions),
        revocations_(stores.revocations),
        staff_facts_(stores.staff, stores.teams),
        area_facts_(stores.areas),
        tokens_(tokens) {}
  void Register(rpc::FrontDoor& door);

  absl::StatusOr<v1::Staff> CreateStaff(const rpc::CallContext& call, const v1::CreateStaffRequest& request, Unit& unit,
                                        const Area& area);
  absl::StatusOr<v1::Staff> GetStaff(const rpc::CallContext& call, const v1::GetStaffRequest& request,
                                     const Staff& found);
  absl::StatusOr<v1::ListStaffResponse> ListStaff(const rpc::CallContext& call, const v1::ListStaffRequest& request,
                                                  const auth::Scope& scope);
  absl::StatusOr<v1::Staff> UpdateStaff(const rpc::CallContext& call, const v1::UpdateStaffRequest& request, Unit& unit,
                                        const Staff& found);
  absl::StatusOr<v1::Staff> AddGrant(const rpc::CallContext& call, const v1::AddGrantRequest& request, Unit& unit,
                                     const Area& area);
  absl::StatusOr<v1::Staff> EndGrant(const rpc::CallContext& call, const v1::EndGrantRequest& request, Unit& unit,
                                     const GrantOfStaff& found);
  absl::StatusOr<v1::Staff> DelegateGrant(const rpc::CallContext& call, const v1::DelegateGrantRequest& request,
                                          Unit& unit, const GrantOfStaff& found);
  absl::StatusOr<v1::Staff> PutQualification(const rpc::CallContext& call, const v1::PutQualificationRequest& request,
                                             Unit& unit, const Staff& found);
  absl::StatusOr<v1::Staff> RemoveQualification(const rpc::CallContext& call,
                                                const v1::RemoveQualificationRequest& request, Unit& unit,
                                                const Staff& found);
  absl::StatusOr<v1::Staff> AddAbsence(const rpc::CallContext& call, const v1::AddAbsenceRequest& request, Unit& unit,
                                       const Staff& found);
  absl::StatusOr<v1::Staff> EndAbsence(const rpc::CallContext& call, const v1::EndAbsenceRequest& request, Unit& unit,
                                       const Absence& found);
  absl::StatusOr<v1::Team> CreateTeam(const rpc::CallContext& call, const v1::CreateTeamRequest& request, Unit& unit,
                                      const Area& area);
  absl::StatusOr<v1::Team> GetTeam(const rpc::CallContext& call, const v1::GetTeamRequest& request, const Team& found);
  absl::StatusOr<v1::ListTeamsResponse> ListTeams(const rpc::CallContext& call, const v1::ListTeamsRequest& request,
                                                  const auth::Scope& scope);
  absl::StatusOr<v1::Team> UpdateTeam(const rpc::CallContext& call, const v1::UpdateTeamRequest& request, Unit& unit,
                                      const Team& found);

 private:
  // Gives `grant` to an account that the unit has locked.
  absl::StatusOr<v1::Staff> Give(const rpc::CallContext& call, Unit& unit, Staff& staff, const Grant& grant);
  // The account, whole for who may call GetStaff; for others its names and the grants in their areas.
  static v1::Staff AsSeenBy(const rpc::CallContext& call, const Staff& staff);
  // Ends what was delegated from one grant of `holder`, or from all. Returns who lost it, for RevokeTokens().
  absl::StatusOr<std::vector<Staff>> EndDelegations(Unit& unit, const Uuid& holder, const std::optional<Uuid>& of,
                                                    absl::Time now);
  // Tokens that were made of the account before this unit changed it are refused from its commit on. The last thing of
  // the unit.
  absl::Status RevokeTokens(Unit& unit, const Staff& changed, absl::Time now);

  StaffStore& staff_;
  TeamStore& teams_;
  AreaStore& areas_;
  SessionStore& sessions_;
  RevocationStore& revocations_;
  StaffFacts staff_facts_;
  AreaFacts area_facts_;
  const PageTokens& tokens_;
};

}  // namespace gridwork::identity
