#include "services/identity/staff/staff.h"

#include <absl/time/civil_time.h>

#include <algorithm>
#include <tuple>

#include "common/base/scope_limits.h"

namespace gridwork::identity {
namespace {

// A token has at most 4,096 bytes in base64url; about 600 of the 3,000 behind that are for what is not grants.
constexpr size_t kTokenBytesForGrants = 2'400;
constexpr size_t kBytesOfGrant =
    75;  // {"area":"","role":"DATA_PROTECTION_OFFICER","until":1800000000}, beside the path

bool IsOversight(Role role) {
  return role == Role::kAdmin || role == Role::kAuditor || role == Role::kDataProtectionOfficer;
}

bool IsWork(Role role) { return role == Role::kFieldWorker || role == Role::kCareWorker; }

}  // namespace

bool ComesBefore(const Grant& a, const Grant& b) { return std::tie(a.start, a.id) < std::tie(b.start, b.id); }

absl::Time LatestGrantEnd(absl::Time start) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  absl::CivilSecond from = absl::ToCivilSecond(start, utc);
  absl::Duration rest = start - absl::FromCivil(from, utc);
  absl::CivilSecond to(from.year(), from.month() + scope::kGrantMonths, from.day(), from.hour(), from.minute(),
                       from.second());
  return absl::FromCivil(to, utc) + rest;
}

bool ExcludeEachOther(Role a, Role b) {
  return a != b && ((IsOversight(a) && IsOversight(b)) || (IsWork(a) && IsWork(b)));
}

bool MayBeGiven(const Grant& wanted, const std::vector<Grant>& grants, absl::Time now) {
  return std::none_of(grants.begin(), grants.end(), [&](const Grant& held) {
    bool overlap = held.start < wanted.end && wanted.start < held.end;
    return !held.EndedAt(now) && overlap && ExcludeEachOther(held.role, wanted.role);
  });
}

bool FitIntoToken(const std::vector<Grant>& grants, absl::Time now) {
  size_t bytes = 0;
  for (const Grant& grant : grants) {
    if (!grant.EndedAt(now)) bytes += kBytesOfGrant + grant.area_path.size();
  }
  return bytes <= kTokenBytesForGrants;
}

}  // namespace gridwork::identity
