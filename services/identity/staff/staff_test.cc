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

TEST(Rights, FitIntoATokenOnlySoMany) {
  const absl::Time now = At("2026-03-01T00:00:00Z");
  Staff staff;
  staff.grants.assign(9, Grant{.area_path = std::string(190, 'A'), .start = now, .end = now + absl::Hours(1)});
  EXPECT_TRUE(FitIntoToken(staff, now));
  staff.grants.push_back(staff.grants[0]);
  EXPECT_FALSE(FitIntoToken(staff, now));
  EXPECT_TRUE(FitIntoToken(staff, now + absl::Hours(1))) << "ended ones are in no token";

  staff.grants.resize(8);
  staff.qualifications.assign(4, {std::string(32, 'Q'), now + absl::Hours(1)});
  EXPECT_TRUE(FitIntoToken(staff, now));
  staff.covers.assign(1, {.start = now, .end = now + absl::Hours(1)});
  EXPECT_FALSE(FitIntoToken(staff, now));
}

TEST(MayBeDelegated, NoMoreThanIsHeld) {
  const absl::Time now = At("2026-03-01T00:00:00Z");
  Grant held{
      .role = Role::kInspector, .area_path = "CHI/NO", .start = now - absl::Hours(1), .end = now + absl::Hours(9)};
  Grant wanted{.role = Role::kInspector, .area_path = "CHI/NO/G1", .start = now, .end = held.end};
  EXPECT_TRUE(MayBeDelegated(held, wanted, now));
  auto with = [&](auto change) {
    Grant other = wanted;
    change(other);
    return MayBeDelegated(held, other, now);
  };
  EXPECT_TRUE(with([](Grant& g) { g.area_path = "CHI/NO"; }));
  EXPECT_FALSE(with([](Grant& g) { g.area_path = "CHI"; }));
  EXPECT_FALSE(with([](Grant& g) { g.area_path = "CHI/NORTH"; }));
  EXPECT_FALSE(with([](Grant& g) { g.role = Role::kAdmin; }));
  EXPECT_FALSE(with([](Grant& g) { g.end += absl::Microseconds(1); }));
  EXPECT_FALSE(with([&](Grant& g) { g.start = held.start - absl::Microseconds(1); }));
  EXPECT_FALSE(MayBeDelegated(held, wanted, held.end)) << "it has ended";
  EXPECT_FALSE(MayBeDelegated(held, wanted, held.start - absl::Seconds(1))) << "it has not begun";
  held.delegated_from = GrantRef{};
  EXPECT_FALSE(MayBeDelegated(held, wanted, now)) << "what was delegated is not delegated on";
}

TEST(Absences, OverlapBySharingAMoment) {
  const absl::Time now = At("2026-03-01T00:00:00Z");
  std::vector<Absence> known = {{.start = now, .end = now + absl::Hours(10)}};
  auto overlaps = [&](int from, int to) {
    return Overlaps({.start = now + absl::Hours(from), .end = now + absl::Hours(to)}, known);
  };
  EXPECT_TRUE(overlaps(9, 11));
  EXPECT_TRUE(overlaps(-1, 20));
  EXPECT_FALSE(overlaps(10, 11));
  EXPECT_FALSE(overlaps(-1, 0));
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
