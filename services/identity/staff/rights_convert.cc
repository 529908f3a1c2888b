#include "services/identity/staff/rights_convert.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

constexpr size_t kMaxCode = 32;

// Start (default: now) and end of something that lasts `days` at most and is not over yet.
template <class Message>
absl::Status ParseTerm(std::string_view prefix, const Message& message, int days, absl::Time now, absl::Time& start,
                       absl::Time& end) {
  const std::string end_field = fmt::format("{}end_time", prefix);
  start = absl::FromUnixMicros(absl::ToUnixMicros(now));
  if (message.has_start_time()) {
    ASSIGN_OR_RETURN(start, ParseTime(fmt::format("{}start_time", prefix), message.start_time()));
  }
  if (!message.has_end_time()) return BadField(end_field, "must be given");
  ASSIGN_OR_RETURN(end, ParseTime(end_field, message.end_time()));
  if (end <= start || end <= now || end - start > absl::Hours(24 * days)) {
    return BadField(end_field, fmt::format("must be in the future and after the start, by at most {} days", days));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AbsenceName> ParseAbsenceName(std::string_view field, std::string_view name) {
  size_t slash = name.find("/absences/");
  if (slash != name.npos) {
    auto staff = ParseName(field, "staff", name.substr(0, slash));
    auto absence = ParseName(field, "absences", name.substr(slash + 1));
    if (staff.ok() && absence.ok()) return AbsenceName{*staff, *absence};
  }
  return BadField(field, "must be staff/{uuid}/absences/{uuid}");
}

absl::StatusOr<DelegationOrder> ParseDelegateGrant(const v1::DelegateGrantRequest& request, absl::Time now) {
  DelegationOrder order{.grant = {.id = Uuid::V7(now)}};
  ASSIGN_OR_RETURN(order.staff, ParseStaffName("staff", request.staff()));
  if (!request.area().empty()) {
    ASSIGN_OR_RETURN(order.area, ParseAreaName("area", request.area()));
  }
  RETURN_IF_ERROR(ParseTerm("", request, scope::kDelegationDays, now, order.grant.start, order.grant.end));
  return order;
}

absl::StatusOr<std::string> ParseQualificationCode(std::string_view field, std::string_view code) {
  auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  auto allowed = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  if (code.empty() || code.size() > kMaxCode || !is_letter(code[0]) ||
      !std::all_of(code.begin(), code.end(), allowed)) {
    return BadField(field, fmt::format("must have 1 to {} characters of A-Z, 0-9 and \"_\", first a letter", kMaxCode));
  }
  return std::string(code);
}

absl::StatusOr<Qualification> ParseQualification(const v1::Qualification& qualification, absl::Time now) {
  Qualification out;
  ASSIGN_OR_RETURN(out.code, ParseQualificationCode("qualification.code", qualification.code()));
  if (!qualification.has_end_time()) return BadField("qualification.end_time", "must be given");
  ASSIGN_OR_RETURN(out.end, ParseTime("qualification.end_time", qualification.end_time()));
  if (out.end <= now || out.end > LatestQualificationEnd(now)) {
    return BadField("qualification.end_time",
                    fmt::format("must be in the future, at most {} months away", scope::kQualificationMonths));
  }
  return out;
}

absl::StatusOr<Absence> ParseAddAbsence(const v1::AddAbsenceRequest& request, absl::Time now) {
  Absence absence{.id = Uuid::V7(now)};
  ASSIGN_OR_RETURN(absence.staff, ParseStaffName("absence.staff", request.absence().staff()));
  ASSIGN_OR_RETURN(absence.cover, ParseStaffName("absence.cover", request.absence().cover()));
  if (absence.cover == absence.staff) return BadField("absence.cover", "must be somebody else");
  RETURN_IF_ERROR(ParseTerm("absence.", request.absence(), scope::kAbsenceDays, now, absence.start, absence.end));
  return absence;
}

std::string GrantNameOf(const GrantRef& grant) {
  return fmt::format("{}/grants/{}", StaffName(grant.staff), grant.grant.ToString());
}

v1::Qualification ToProto(const Qualification& qualification) {
  v1::Qualification out;
  out.set_code(qualification.code);
  *out.mutable_end_time() = ToTimestamp(qualification.end);
  return out;
}

v1::Absence ToProto(const Absence& absence) {
  v1::Absence out;
  out.set_name(fmt::format("{}/absences/{}", StaffName(absence.staff), absence.id.ToString()));
  out.set_staff(StaffName(absence.staff));
  out.set_cover(StaffName(absence.cover));
  *out.mutable_start_time() = ToTimestamp(absence.start);
  *out.mutable_end_time() = ToTimestamp(absence.end);
  return out;
}

}  // namespace gridwork::identity
