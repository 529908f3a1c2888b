// Protobuf to accounts, grants and teams, and back. What comes out of Parse* is valid; nothing checks it again.
#pragma once
#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "common/auth/caller.h"
#include "common/auth/revocation.h"
#include "gridwork/identity/v1/staff_service.pb.h"
#include "services/identity/staff/staff_store.h"
#include "services/identity/staff/team_store.h"

namespace gridwork::identity {

absl::StatusOr<Uuid> ParseStaffName(std::string_view field, std::string_view name);
absl::StatusOr<Uuid> ParseTeamName(std::string_view field, std::string_view name);
struct GrantName {
  Uuid staff;
  Uuid grant;
};
absl::StatusOr<GrantName> ParseGrantName(std::string_view field, std::string_view name);
std::string StaffName(const Uuid& id);

// Refuses the tokens that were made of the account before it became `changed`.
auth::Revocation OldTokensOf(const Staff& changed, absl::Time now);

absl::StatusOr<std::string> ParseUsername(std::string_view field, std::string_view username);
absl::StatusOr<Role> ParseRole(std::string_view field, auth::Role role);
auth::Role ToProto(Role role);

// A new account with id and times; the area is not read.
absl::StatusOr<Staff> ParseCreateStaff(const v1::CreateStaffRequest& request, absl::Time now);

struct StaffChange {
  int64_t version = 0;
  std::optional<std::string> display_name;
  std::optional<bool> disabled;
};
absl::StatusOr<StaffChange> ParseUpdateStaff(const v1::UpdateStaffRequest& request);

struct StaffList {
  std::string area;  // code, or ""
  StaffQuery query;  // without area_path and after
};
absl::StatusOr<StaffList> ParseListStaff(const v1::ListStaffRequest& request, absl::Time now);

struct GrantOrder {
  Uuid staff;
  Grant grant;  // new; the area is not read
};
absl::StatusOr<GrantOrder> ParseAddGrant(const v1::AddGrantRequest& request, absl::Time now);

// A new team with id and times; the area is not read.
absl::StatusOr<Team> ParseCreateTeam(const v1::CreateTeamRequest& request, absl::Time now);

struct TeamChange {
  int64_t version = 0;
  std::optional<std::string> display_name;
  std::optional<std::vector<Uuid>> members;
};
absl::StatusOr<TeamChange> ParseUpdateTeam(const v1::UpdateTeamRequest& request);

v1::Staff ToProto(const Staff& staff, absl::Time now);  // grants that ended more than 30 days ago are left out
v1::Team ToProto(const Team& team);

}  // namespace gridwork::identity
