#include "services/identity/staff/staff_convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/base/error.h"
#include "common/base/page_token.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/staff/rights_convert.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

constexpr size_t kMinUsername = 3, kMaxUsername = 64;
constexpr int kMaxMembers = 100;
constexpr absl::Duration kEndedGrantsShown = absl::Hours(24 * 30);

// Reads the paths of `mask` one by one; each must be one of `known`, and there must be one.
absl::Status CheckMask(const google::protobuf::FieldMask& mask, const std::set<std::string>& known) {
  std::string names;
  for (const std::string& name : known) names += names.empty() ? name : ", " + name;
  auto is_known = [&](const std::string& path) { return known.contains(path); };
  if (mask.paths().empty() || !std::all_of(mask.paths().begin(), mask.paths().end(), is_known)) {
    return BadField("update_mask", fmt::format("must name fields of: {}", names));
  }
  return absl::OkStatus();
}

bool Names(const google::protobuf::FieldMask& mask, std::string_view path) {
  return std::find(mask.paths().begin(), mask.paths().end(), path) != mask.paths().end();
}

absl::StatusOr<std::vector<Uuid>> ParseMembers(const google::protobuf::RepeatedPtrField<std::string>& members) {
  if (members.size() > kMaxMembers) return BadField("team.members", fmt::format("must be at most {}", kMaxMembers));
  std::vector<Uuid> out;
  std::set<Uuid> seen;
  for (int i = 0; i < members.size(); ++i) {
    std::string field = fmt::format("team.members[{}]", i);
    ASSIGN_OR_RETURN(Uuid id, ParseStaffName(field, members[i]));
    if (!seen.insert(id).second) return BadField(field, "must not be there twice");
    out.push_back(id);
  }
  return out;
}

}  // namespace

absl::StatusOr<Uuid> ParseStaffName(std::string_view field, std::string_view name) {
  return ParseName(field, "staff", name);
}

absl::StatusOr<Uuid> ParseTeamName(std::string_view field, std::string_view name) {
  return ParseName(field, "teams", name);
}

absl::StatusOr<GrantName> ParseGrantName(std::string_view field, std::string_view name) {
  size_t slash = name.find("/grants/");
  if (slash != name.npos) {
    auto staff = ParseName(field, "staff", name.substr(0, slash));
    auto grant = ParseName(field, "grants", name.substr(slash + 1));
    if (staff.ok() && grant.ok()) return GrantName{*staff, *grant};
  }
  return BadField(field, "must be staff/{uuid}/grants/{uuid}");
}

auth::Revocation OldTokensOf(const Staff& changed, absl::Time now) {
  return {.kind = auth::Revocation::Kind::kAccount,
          .subject = StaffName(changed.id),
          .below = changed.version,
          .until = now + auth::kRevokedTokenLife};
}

std::string StaffName(const Uuid& id) { return "staff/" + id.ToString(); }

absl::StatusOr<std::string> ParseUsername(std::string_view field, std::string_view username) {
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  if (username.size() < kMinUsername || username.size() > kMaxUsername ||
      !std::all_of(username.begin(), username.end(), allowed)) {
    return BadField(
        field, fmt::format("must have {} to {} characters of a-z, 0-9, \".\" and \"-\"", kMinUsername, kMaxUsername));
  }
  return std::string(username);
}

absl::StatusOr<Role> ParseRole(std::string_view field, auth::Role role) {
  if (role < static_cast<int>(Role::kFieldWorker) || role > static_cast<int>(Role::kSubject)) {
    return BadField(field, "must be one of the roles");
  }
  return static_cast<Role>(role);
}

auth::Role ToProto(Role role) { return static_cast<auth::Role>(role); }

absl::StatusOr<Staff> ParseCreateStaff(const v1::CreateStaffRequest& request, absl::Time now) {
  FieldErrors errors;
  auto username = ParseUsername("staff.username", request.staff().username());
  auto display_name = ParseDisplayName("staff.display_name", request.staff().display_name());
  errors.Add(username.status());
  errors.Add(display_name.status());
  RETURN_IF_ERROR(errors.status());
  return Staff{.id = Uuid::V7(now),
               .username = *std::move(username),
               .display_name = *std::move(display_name),
               .created = now,
               .updated = now};
}

absl::StatusOr<StaffChange> ParseUpdateStaff(const v1::UpdateStaffRequest& request) {
  StaffChange change;
  RETURN_IF_ERROR(CheckMask(request.update_mask(), {"display_name", "disabled"}));
  ASSIGN_OR_RETURN(change.version, ParseEtag("staff.etag", request.staff().etag()));
  if (Names(request.update_mask(), "display_name")) {
    ASSIGN_OR_RETURN(change.display_name, ParseDisplayName("staff.display_name", request.staff().display_name()));
  }
  if (Names(request.update_mask(), "disabled")) change.disabled = request.staff().disabled();
  return change;
}

absl::StatusOr<StaffList> ParseListStaff(const v1::ListStaffRequest& request, absl::Time now) {
  StaffList list;
  if (!request.area().empty()) {
    ASSIGN_OR_RETURN(list.area, ParseAreaName("area", request.area()));
  }
  if (request.role() != auth::Role()) {
    ASSIGN_OR_RETURN(list.query.role, ParseRole("role", request.role()));
  }
  ASSIGN_OR_RETURN(list.query.limit, ParsePageSize(request.page_size()));
  list.query.now = now;
  return list;
}

absl::StatusOr<GrantOrder> ParseAddGrant(const v1::AddGrantRequest& request, absl::Time now) {
  GrantOrder order{.grant = {.id = Uuid::V7(now), .start = absl::FromUnixMicros(absl::ToUnixMicros(now))}};
  const v1::Grant& grant = request.grant();
  ASSIGN_OR_RETURN(order.staff, ParseStaffName("staff", request.staff()));
  ASSIGN_OR_RETURN(order.grant.role, ParseRole("grant.role", grant.role()));
  if (grant.has_start_time()) {
    ASSIGN_OR_RETURN(order.grant.start, ParseTime("grant.start_time", grant.start_time()));
  }
  if (!grant.has_end_time()) return BadField("grant.end_time", "must be given: every grant has an end");
  ASSIGN_OR_RETURN(order.grant.end, ParseTime("grant.end_time", grant.end_time()));
  if (order.grant.end <= order.grant.start || order.grant.end > LatestGrantEnd(order.grant.start)) {
    return BadField("grant.end_time",
                    fmt::format("must be after the start, by at most {} months", scope::kGrantMonths));
  }
  return order;
}

absl::StatusOr<Team> ParseCreateTeam(const v1::CreateTeamRequest& request, absl::Time now) {
  Team team{.id = Uuid::V7(now), .created = now, .updated = now};
  ASSIGN_OR_RETURN(team.display_name, ParseDisplayName("team.display_name", request.team().display_name()));
  ASSIGN_OR_RETURN(team.members, ParseMembers(request.team().members()));
  return team;
}

absl::StatusOr<TeamChange> ParseUpdateTeam(const v1::UpdateTeamRequest& request) {
  TeamChange change;
  RETURN_IF_ERROR(CheckMask(request.update_mask(), {"display_name", "members"}));
  ASSIGN_OR_RETURN(change.version, ParseEtag("team.etag", request.team().etag()));
  if (Names(request.update_mask(), "display_name")) {
    ASSIGN_OR_RETURN(change.display_name, ParseDisplayName("team.display_name", request.team().display_name()));
  }
  if (Names(request.update_mask(), "members")) {
    ASSIGN_OR_RETURN(change.members, ParseMembers(request.team().members()));
  }
  return change;
}

v1::Staff ToProto(const Staff& staff, absl::Time now) {
  v1::Staff out;
  out.set_name(StaffName(staff.id));
  out.set_etag(EtagOf(staff.version));
  out.set_username(staff.username);
  out.set_display_name(staff.display_name);
  out.set_area(AreaName(staff.area));
  for (const Grant& grant : staff.grants) {
    if (grant.EndedAt(now - kEndedGrantsShown)) continue;
    v1::Grant* added = out.add_grants();
    added->set_name(fmt::format("{}/grants/{}", out.name(), grant.id.ToString()));
    added->set_role(ToProto(grant.role));
    added->set_area(AreaName(grant.area));
    added->set_area_path(grant.area_path);
    *added->mutable_start_time() = ToTimestamp(grant.start);
    *added->mutable_end_time() = ToTimestamp(grant.end);
    if (grant.delegated_from) added->set_delegated_from(GrantNameOf(*grant.delegated_from));
  }
  for (const Qualification& held : staff.qualifications) {
    if (!held.EndedAt(now)) *out.add_qualifications() = ToProto(held);
  }
  for (const Absence& absence : staff.absences) {
    if (!absence.EndedAt(now)) *out.add_absences() = ToProto(absence);
  }
  for (const Absence& cover : staff.covers) {
    if (!cover.EndedAt(now)) *out.add_covers() = ToProto(cover);
  }
  out.set_disabled(staff.disabled);
  *out.mutable_create_time() = ToTimestamp(staff.created);
  *out.mutable_update_time() = ToTimestamp(staff.updated);
  return out;
}

v1::Team ToProto(const Team& team) {
  v1::Team out;
  out.set_name("teams/" + team.id.ToString());
  out.set_etag(EtagOf(team.version));
  out.set_display_name(team.display_name);
  out.set_area(AreaName(team.area));
  for (const Uuid& member : team.members) out.add_members(StaffName(member));
  *out.mutable_create_time() = ToTimestamp(team.created);
  *out.mutable_update_time() = ToTimestamp(team.updated);
  return out;
}

}  // namespace gridwork::identity
