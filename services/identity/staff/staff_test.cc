#include "services/identity/staff/staff.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace gridwork::identity {
namespace {

absl::Time At(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

TEST(Grant, IsAFunctionOfItsDates) {
  Grant grant{.start = At("2026-03-01T00:00:00Z"), .end = At("2026-04-01T00:00:00Z")};
  EXPECT_FALSE(grant.HoldsAt(grant.start - absl::Microseconds(1)));
  EXPECT_TRUE(grant.HoldsAt(grant.start));
  EXPECT_TRUE(grant.HoldsAt(grant.end - absl::Microseconds(1)));
  EXPECT_FALSE(grant.HoldsAt(grant.end));
  EXPECT_FALSE(grant.EndedAt(grant.start));
  EXPECT_TRUE(grant.EndedAt(grant.end));
}

TEST(Grant, EndsAtMost24MonthsAfterItsStart) {
  EXPECT_EQ(LatestGrantEnd(At("2026-03-01T10:20:30.5Z")), At("2028-03-01T10:20:30.5Z"));
  EXPECT_EQ(LatestGrantEnd(At("2024-02-29T00:00:00Z")), At("2026-03-01T00:00:00Z"));
  EXPECT_EQ(LatestGrantEnd(At("2027-12-31T00:00:00Z")), At("2029-12-31T00:00:00Z"));
}

TEST(Grant, TheDatabaseHasTheSameCeiling) {
  for (absl::Time start = At("2026-01-01T00:00:00Z"); start < At("2034-01-01T00:00:00Z"); start += absl::Hours(24)) {
    EXPECT_LE(LatestGrantEnd(start) - start, absl::Microseconds(63'158'400'000'000)) << start;
  }
}

TEST(Roles, ExcludeEachOtherAsTheScopeSays) {
  const std::set<std::pair<Role, Role>> excluding = {{Role::kFieldWorker, Role::kCareWorker},
                                                     {Role::kAdmin, Role::kAuditor},
                                                     {Role::kAdmin, Role::kDataProtectionOfficer},
                                                     {Role::kAuditor, Role::kDataProtectionOfficer}};
  for (int a = 1; a <= 12; ++a) {
    for (int b = 1; b <= 12; ++b) {
      std::pair pair(static_cast<Role>(std::min(a, b)), static_cast<Role>(std::max(a, b)));
      EXPECT_EQ(ExcludeEachOther(static_cast<Role>(a), static_cast<Role>(b)), excluding.contains(pair))
          << a << " " << b;
    }
  }
}

TEST(Grants, FitIntoATokenOnlySoMany) {
  const absl::Time now = At("2026-03-01T00:00:00Z");
  std::vector<Grant> grants(9, Grant{.area_path = std::string(190, 'A'), .start = now, .end = now + absl::Hours(1)});
  EXPECT_TRUE(FitIntoToken(grants, now));
  grants.push_back(grants[0]);
  EXPECT_FALSE(FitIntoToken(grants, now));
  EXPECT_TRUE(FitIntoToken(grants, now + absl::Hours(1))) << "ended ones are in no token";
}

// Whatever is asked for, and when: nobody ever holds two roles at once that exclude each other, unless a grant was
// already over when the other was asked for; and nothing is refused without such a reason.
RC_GTEST_PROP(Grants, NeverHoldExcludingRolesAtOnce, ()) {
  std::vector<Grant> held;
  int now = 0;
  auto at = [](int day) { return absl::UnixEpoch() + absl::Hours(24 * day); };
  const int steps = *rc::gen::inRange(1, 30);
  for (int i = 0; i < steps; ++i) {
    now += *rc::gen::inRange(0, 3);
    int start = now + *rc::gen::inRange(-5, 15), days = *rc::gen::inRange(1, 20);
    Role role = static_cast<Role>(*rc::gen::inRange(1, 13));
    Grant wanted{.role = role, .start = at(start), .end = at(start + days)};

    bool conflict = false;  // day by day, from now on
    for (int day = std::max(now, start); day < start + days; ++day) {
      for (const Grant& grant : held) conflict |= grant.HoldsAt(at(day)) && ExcludeEachOther(grant.role, role);
    }
    bool given = MayBeGiven(wanted, held, at(now));
    if (conflict) RC_ASSERT(!given);
    if (given) held.push_back(wanted);
    if (!given) {
      bool reason = std::any_of(held.begin(), held.end(), [&](const Grant& grant) {
        return !grant.EndedAt(at(now)) && ExcludeEachOther(grant.role, role) && grant.start < wanted.end &&
               wanted.start < grant.end;
      });
      RC_ASSERT(reason);
    }
  }
}

}  // namespace
}  // namespace gridwork::identity
