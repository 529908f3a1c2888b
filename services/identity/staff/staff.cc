#include "services/identity/staff/staff.h"

#include <absl/time/civil_time.h>

#include <algorithm>
#include <tuple>

#include "common/base/scope_limits.h"

namespace gridwork::identity {
namespace {

// A token has at most 4,096 bytes in base64url; about 600 of the 3,000 behind that are for what is not rights.
constexpr size_t kTokenBytesForRights = 2'400;
constexpr size_t kBytesOfGrant =
    75;  // {"area":"","role":"DATA_PROTECTION_OFFICER","until":1800000000}, beside the path

constexpr size_t kBytesOfQualification = 33;  // {"code":"","until":1800000000}, beside the code
constexpr size_t kBytesOfCover = 76;          // {"staff":"staff/{uuid}","until":1800000000}

absl::Time MonthsAfter(absl::Time start, int months) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  absl::CivilSecond from = absl::ToCivilSecond(start, utc);
  absl::Duration rest = start - absl::FromCivil(from, utc);
  absl::CivilSecond to(from.year(), from.month() + months, from.day(), from.hour(), from.minute(), from.second());
  return absl::FromCivil(to, utc) + rest;
}

// True if `area` is `root` or lies below it; both are paths of codes.
bool Holds(const std::string& root, const std::string& area) {
  return area.starts_with(root) && (area.size() == root.size() || area[root.size()] == '/');
}

bool IsOversight(Role role) {
  return role == Role::kAdmin || role == Role::kAuditor || role == Role::kDataProtectionOfficer;
}

bool IsWork(Role role) { return role == Role::kFieldWorker || role == Role::kCareWorker; }

}  // namespace

bool ComesBefore(const Grant& a, const Grant& b) { return std::tie(a.start, a.id) < std::tie(b.start, b.id); }

absl::Time LatestGrantEnd(absl::Time start) { return MonthsAfter(start, scope::kGrantMonths); }

absl::Time LatestQualificationEnd(absl::Time now) { return MonthsAfter(now, scope::kQualificationMonths); }

bool ExcludeEachOther(Role a, Role b) {
  return a != b && ((IsOversight(a) && IsOversight(b)) || (IsWork(a) && IsWork(b)));
}

bool MayBeGiven(const Grant& wanted, const std::vector<Grant>& grants, absl::Time now) {
  return std::none_of(grants.begin(), grants.end(), [&](const Grant& held) {
    bool overlap = held.start < wanted.end && wanted.start < held.end;
    return !held.EndedAt(now) && overlap && ExcludeEachOther(held.role, wanted.role);
  });
}

bool FitIntoToken(const Staff& staff, absl::Time now) {
  size_t bytes = 0;
  for (const Grant& grant : staff.grants) {
    if (!grant.EndedAt(now)) bytes += kBytesOfGrant + grant.area_path.size();
  }
  for (const Qualification& held : staff.qualifications) {
    if (!held.EndedAt(now)) bytes += kBytesOfQualification + held.code.size();
  }
  for (const Absence& cover : staff.covers) {
    if (!cover.EndedAt(now)) bytes += kBytesOfCover;
  }
  return bytes <= kTokenBytesForRights;
}

bool MayBeDelegated(const Grant& held, const Grant& wanted, absl::Time now) {
  return held.HoldsAt(now) && !held.delegated_from && wanted.role == held.role && wanted.start >= held.start &&
         wanted.end <= held.end && Holds(held.area_path, wanted.area_path);
}

bool Overlaps(const Absence& wanted, const std::vector<Absence>& absences) {
  return std::any_of(absences.begin(), absences.end(),
                     [&](const Absence& known) { return known.start < wanted.end && wanted.start < known.end; });
}

}  // namespace gridwork::identity
