// Loads accounts, grants and teams for the front door, of every service whose RPCs name one.
#pragma once
#include "common/base/status_macros.h"
#include "common/rpc/front_door.h"
#include "services/identity/staff/rights_convert.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/staff/staff_store.h"
#include "services/identity/staff/team_store.h"

namespace gridwork::identity {

class StaffFacts {  // Thread-safe.
 public:
  StaffFacts(StaffStore& staff, TeamStore& teams) : staff_(staff), teams_(teams) {}

  absl::StatusOr<rpc::Loaded<Staff>> LoadStaff(const std::string& name) {
    ASSIGN_OR_RETURN(Uuid id, ParseStaffName("name", name));
    ASSIGN_OR_RETURN(Staff staff, staff_.Find(id));
    return rpc::Loaded<Staff>{{.area = staff.area_path, .self = StaffName(id)}, std::move(staff)};
  }

  absl::StatusOr<rpc::Loaded<GrantOfStaff>> LoadGrant(const std::string& name) {
    ASSIGN_OR_RETURN(GrantName id, ParseGrantName("name", name));
    ASSIGN_OR_RETURN(GrantOfStaff found, staff_.FindGrant(id.staff, id.grant));
    return rpc::Loaded<GrantOfStaff>{{.area = found.grant.area_path, .self = StaffName(found.staff)}, std::move(found)};
  }

  // Kept where the account of who is away is kept.
  absl::StatusOr<rpc::Loaded<Absence>> LoadAbsence(const std::string& name) {
    ASSIGN_OR_RETURN(AbsenceName id, ParseAbsenceName("name", name));
    ASSIGN_OR_RETURN(Absence found, staff_.FindAbsence(id.staff, id.absence));
    ASSIGN_OR_RETURN(Staff staff, staff_.Find(id.staff));
    return rpc::Loaded<Absence>{{.area = staff.area_path}, found};
  }

  absl::StatusOr<rpc::Loaded<Team>> LoadTeam(const std::string& name) {
    ASSIGN_OR_RETURN(Uuid id, ParseTeamName("name", name));
    ASSIGN_OR_RETURN(Team team, teams_.Find(id));
    return rpc::Loaded<Team>{{.area = team.area_path}, std::move(team)};
  }

 private:
  StaffStore& staff_;
  TeamStore& teams_;
};

}  // namespace gridwork::identity
