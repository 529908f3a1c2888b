#include "services/identity/staff/merged_grants.h"

#include <gmock/gmock.h>

namespace gridwork::identity {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);
const Area kInto{.code = "M", .parent = "P", .path = "P/M"};

Grant Make(const std::string& area, absl::Duration start, absl::Duration end, Role role = Role::kFieldWorker) {
  return {.id = Uuid::V7(kNow),
          .role = role,
          .area = area,
          .area_path = "P/" + area,
          .start = kNow + start,
          .end = kNow + end};
}

std::vector<Grant> In(const Staff& staff, const std::string& area) {
  std::vector<Grant> out;
  for (const Grant& grant : staff.grants) {
    if (grant.area == area) out.push_back(grant);
  }
  return out;
}

class FollowMergeTest : public ::testing::Test {
 protected:
  std::vector<GrantChange> Follow() { return FollowMerge(staff_, {"A", "B"}, kInto, kNow); }
  void Hold(std::vector<Grant> grants) { staff_.push_back({.id = Uuid::V7(kNow), .grants = std::move(grants)}); }

  std::vector<Staff> staff_;
};

TEST_F(FollowMergeTest, WhoHeldARoleInOneHoldsItInTheNewOneForAsLong) {
  Hold({Make("A", -absl::Hours(48), absl::Hours(480))});
  const Uuid old = staff_[0].grants[0].id;
  auto changes = Follow();
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].grant.area, "M");
  EXPECT_EQ(changes[0].grant.area_path, "P/M");
  EXPECT_EQ(changes[0].grant.role, Role::kFieldWorker);
  EXPECT_EQ(changes[0].grant.start, kNow);
  EXPECT_EQ(changes[0].grant.end, kNow + absl::Hours(480));
  EXPECT_NE(changes[0].grant.id, old);
  EXPECT_EQ(changes[1].grant.id, old);
  EXPECT_EQ(changes[1].grant.end, kNow + kMergedGrantLife);
  EXPECT_FALSE(changes[1].remove);
  EXPECT_THAT(staff_[0].grants, SizeIs(2));
}

TEST_F(FollowMergeTest, AnEndIsNeverMovedOut) {
  Hold({Make("A", -absl::Hours(48), absl::Hours(3))});
  auto changes = Follow();
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].grant.end, kNow + absl::Hours(3));
  EXPECT_EQ(In(staff_[0], "A")[0].end, kNow + absl::Hours(3));
}

TEST_F(FollowMergeTest, OneThatHasNotBegunBeginsThen) {
  Hold({Make("B", absl::Hours(72), absl::Hours(96))});
  auto changes = Follow();
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].grant.start, kNow + absl::Hours(72));
  EXPECT_TRUE(changes[1].remove) << "it would never hold";
  EXPECT_THAT(In(staff_[0], "B"), IsEmpty());
}

TEST_F(FollowMergeTest, WhoHeldBothGetsOne) {
  Hold({Make("A", -absl::Hours(1), absl::Hours(100)), Make("B", -absl::Hours(1), absl::Hours(200))});
  Follow();
  ASSERT_THAT(In(staff_[0], "M"), SizeIs(1));
  EXPECT_EQ(In(staff_[0], "M")[0].end, kNow + absl::Hours(200));
}

TEST_F(FollowMergeTest, RolesAndTimesThatDifferStayApart) {
  Hold({Make("A", -absl::Hours(1), absl::Hours(100)), Make("B", -absl::Hours(1), absl::Hours(100), Role::kInspector),
        Make("B", absl::Hours(90), absl::Hours(200))});
  Follow();
  EXPECT_THAT(In(staff_[0], "M"), SizeIs(3));
}

TEST_F(FollowMergeTest, OtherAreasAndEndedGrantsStayAsTheyAre) {
  Hold({Make("A", -absl::Hours(9), -absl::Hours(1)), Make("C", -absl::Hours(1), absl::Hours(100))});
  EXPECT_THAT(Follow(), IsEmpty());
}

TEST_F(FollowMergeTest, WhatWasDelegatedIsDelegatedFromTheNewGrant) {
  Hold({Make("A", -absl::Hours(1), absl::Hours(50))});  // the delegate comes first: the order does not matter
  Hold({Make("A", -absl::Hours(1), absl::Hours(100)), Make("P", -absl::Hours(1), absl::Hours(100))});
  Grant wide = Make("B", -absl::Hours(1), absl::Hours(20));
  staff_[0].grants[0].delegated_from = GrantRef{staff_[1].id, staff_[1].grants[0].id};
  wide.delegated_from = GrantRef{staff_[1].id, staff_[1].grants[1].id};
  staff_[0].grants.push_back(wide);
  auto changes = Follow();

  const Grant own = In(staff_[1], "M")[0];
  auto delegated = In(staff_[0], "M");
  ASSERT_THAT(delegated, SizeIs(2));
  bool narrow_first = delegated[0].end == kNow + absl::Hours(50);
  EXPECT_EQ(delegated[narrow_first ? 0 : 1].delegated_from, (GrantRef{staff_[1].id, own.id}));
  EXPECT_EQ(delegated[narrow_first ? 1 : 0].delegated_from, wide.delegated_from) << "of an area above, which goes on";
  EXPECT_EQ(changes[0].grant.id, own.id) << "before those that name it";
}

}  // namespace
}  // namespace gridwork::identity
