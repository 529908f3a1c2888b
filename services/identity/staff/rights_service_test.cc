// Delegated grants, qualifications and absences.
#include <gmock/gmock.h>

#include "services/identity/areas/area_convert.h"
#include "services/identity/staff/rights_convert.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/staff/staff_service.h"
#include "services/identity/testing/world.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

using Kind = auth::Revocation::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RightsTest : public WorldTest {
 protected:
  void SetUp() override {
    MakeTown(*world_);
    for (Uuid* id : {&ann_, &bob_, &cat_}) *id = Insert(id == &ann_ ? "ann" : id == &bob_ ? "bob" : "cat");
  }
  Uuid Insert(const std::string& username) {
    Staff staff{
        .id = Uuid::V7(kTestNow), .username = username, .display_name = "N", .area = "NO", .area_path = "CHI/NO"};
    staff.created = staff.updated = kTestNow;
    EXPECT_EQ(world_->Do([&](Unit& unit) { return world_->staff().Insert(unit, staff); }), absl::OkStatus());
    return staff.id;
  }
  Staff Row(const Uuid& id) { return world_->staff().Find(id).value(); }
  Grant Held(const Uuid& id, Role role, const std::string& area = "NO") {
    Grant grant{
        .id = Uuid::V7(kTestNow), .role = role, .area = area, .area_path = area == "CHI" ? area : "CHI/" + area};
    grant.start = kTestNow - absl::Hours(1);
    grant.end = kTestNow + absl::Hours(24 * 30);
    EXPECT_EQ(world_->Do([&](Unit& unit) { return world_->staff().PutGrant(unit, id, grant); }), absl::OkStatus());
    return grant;
  }
  absl::StatusOr<v1::Staff> Delegate(const Uuid& from, const Grant& grant, const Uuid& to, absl::Duration length,
                                     const std::string& area = "") {
    v1::DelegateGrantRequest request;
    request.set_staff(StaffName(to));
    if (!area.empty()) request.set_area(AreaName(area));
    *request.mutable_end_time() = ToTimestamp(call_.now + length);
    return world_->Write<v1::Staff>([&](Unit& unit) {
      return service_.DelegateGrant(call_.context(), request, unit, GrantOfStaff{from, grant});
    });
  }
  absl::StatusOr<v1::Staff> EndGrant(const Uuid& staff, const Grant& grant) {
    return world_->Write<v1::Staff>([&](Unit& unit) {
      return service_.EndGrant(call_.context(), {}, unit, GrantOfStaff{staff, grant});
    });
  }
  absl::StatusOr<v1::Staff> Qualify(const Uuid& staff, const std::string& code, absl::Duration length) {
    v1::PutQualificationRequest request;
    request.mutable_qualification()->set_code(code);
    *request.mutable_qualification()->mutable_end_time() = ToTimestamp(call_.now + length);
    return world_->Write<v1::Staff>(
        [&](Unit& unit) { return service_.PutQualification(call_.context(), request, unit, Row(staff)); });
  }
  absl::StatusOr<v1::Staff> Unqualify(const Uuid& staff, const std::string& code) {
    v1::RemoveQualificationRequest request;
    request.set_code(code);
    return world_->Write<v1::Staff>(
        [&](Unit& unit) { return service_.RemoveQualification(call_.context(), request, unit, Row(staff)); });
  }
  absl::StatusOr<v1::Staff> Absent(const Uuid& staff, const Uuid& cover, absl::Duration from, absl::Duration to) {
    v1::AddAbsenceRequest request;
    request.mutable_absence()->set_staff(StaffName(staff));
    request.mutable_absence()->set_cover(StaffName(cover));
    *request.mutable_absence()->mutable_start_time() = ToTimestamp(call_.now + from);
    *request.mutable_absence()->mutable_end_time() = ToTimestamp(call_.now + to);
    return world_->Write<v1::Staff>(
        [&](Unit& unit) { return service_.AddAbsence(call_.context(), request, unit, Row(staff)); });
  }
  absl::StatusOr<v1::Staff> EndAbsence(const Absence& absence) {
    return world_->Write<v1::Staff>(
        [&](Unit& unit) { return service_.EndAbsence(call_.context(), {}, unit, absence); });
  }
  void Disable(const Uuid& id) {
    v1::UpdateStaffRequest request;
    request.mutable_staff()->set_etag(std::to_string(Row(id).version));
    request.mutable_staff()->set_disabled(true);
    request.mutable_update_mask()->add_paths("disabled");
    auto updated = world_->Write<v1::Staff>(
        [&](Unit& unit) { return service_.UpdateStaff(call_.context(), request, unit, Row(id)); });
    ASSERT_TRUE(updated.ok()) << updated.status();
  }
  // "staff/... below N".
  std::vector<std::string> Revoked() {
    std::vector<std::string> out;
    auto page = world_->revocations().Read("", 100).value();
    for (const auto& entry : page.entries) {
      EXPECT_EQ(entry.kind, Kind::kAccount);
      out.push_back(fmt::format("{} below {}", entry.subject, entry.below));
    }
    return out;
  }
  std::string TokensOf(const Uuid& id) { return fmt::format("{} below {}", StaffName(id), Row(id).version); }

  Uuid ann_, bob_, cat_;
  TestCall call_;
  PageTokens tokens_{std::string(32, 'k')};
  StaffService service_{{world_->staff(), world_->teams(), world_->areas(), world_->sessions(), world_->revocations()},
                        tokens_};
};

TEST_P(RightsTest, AGrantIsHandedOn) {
  Grant held = Held(ann_, Role::kDispatcher, "CHI");
  auto bob = Delegate(ann_, held, bob_, absl::Hours(24), "SO");
  ASSERT_TRUE(bob.ok()) << bob.status();
  ASSERT_EQ(bob->grants_size(), 1);
  EXPECT_EQ(bob->name(), StaffName(bob_));
  EXPECT_EQ(bob->grants(0).role(), ToProto(Role::kDispatcher));
  EXPECT_EQ(bob->grants(0).area_path(), "CHI/SO");
  EXPECT_EQ(bob->grants(0).delegated_from(), GrantNameOf({ann_, held.id}));
  EXPECT_EQ(Row(bob_).grants[0].delegated_from, (GrantRef{ann_, held.id}));
  EXPECT_EQ(Row(ann_).grants.size(), 1u) << "both hold it";
  EXPECT_EQ(Delegate(ann_, held, cat_, absl::Hours(1))->grants(0).area_path(), "CHI") << "all of it by default";
}

TEST_P(RightsTest, NobodyDelegatesMoreThanTheyHold) {
  Grant held = Held(ann_, Role::kDispatcher);
  EXPECT_REASON(Delegate(ann_, held, bob_, absl::Hours(24), "CHI"), "MORE_THAN_HELD");
  EXPECT_REASON(Delegate(ann_, held, bob_, absl::Hours(24), "SO"), "MORE_THAN_HELD");
  EXPECT_REASON(Delegate(ann_, held, bob_, absl::Hours(24), "NOWHERE"), "MORE_THAN_HELD");
  EXPECT_REASON(Delegate(ann_, held, bob_, absl::Hours(24 * 31)), "MORE_THAN_HELD") << "beyond its end";
  EXPECT_REASON(Delegate(ann_, held, ann_, absl::Hours(24)), "MORE_THAN_HELD");
  EXPECT_REASON(Delegate(ann_, held, Uuid::V7(kTestNow), absl::Hours(24)), "NOT_FOUND");
  ASSERT_TRUE(Delegate(ann_, held, bob_, absl::Hours(24)).ok());
  EXPECT_REASON(Delegate(bob_, Row(bob_).grants[0], cat_, absl::Hours(1)), "MORE_THAN_HELD") << "not handed on twice";
  ASSERT_TRUE(EndGrant(ann_, held).ok());
  EXPECT_REASON(Delegate(ann_, held, cat_, absl::Hours(1)), "MORE_THAN_HELD") << "it has ended";
}

TEST_P(RightsTest, ExcludingRolesStayApart) {
  Grant held = Held(ann_, Role::kFieldWorker);
  Held(bob_, Role::kCareWorker);
  EXPECT_REASON(Delegate(ann_, held, bob_, absl::Hours(24)), "ROLES_EXCLUDE_EACH_OTHER");
}

TEST_P(RightsTest, ADelegationEndsWithItsGrant) {
  Grant held = Held(ann_, Role::kDispatcher), other = Held(ann_, Role::kInspector);
  ASSERT_TRUE(Delegate(ann_, held, bob_, absl::Hours(24)).ok());
  ASSERT_TRUE(Delegate(ann_, other, cat_, absl::Hours(24)).ok());
  call_.now += absl::Minutes(1);
  ASSERT_TRUE(EndGrant(ann_, held).ok());
  EXPECT_TRUE(Row(bob_).grants[0].EndedAt(call_.now));
  EXPECT_FALSE(Row(cat_).grants[0].EndedAt(call_.now)) << "of another grant";
  EXPECT_THAT(Revoked(), UnorderedElementsAre(TokensOf(ann_), TokensOf(bob_)));
}

TEST_P(RightsTest, ADelegationEndsWhenItsHolderIsDisabled) {
  Grant held = Held(ann_, Role::kDispatcher);
  ASSERT_TRUE(Delegate(ann_, held, bob_, absl::Hours(24)).ok());
  call_.now += absl::Minutes(1);
  Disable(ann_);
  EXPECT_TRUE(Row(bob_).grants[0].EndedAt(call_.now));
  EXPECT_THAT(Revoked(), UnorderedElementsAre(TokensOf(ann_), TokensOf(bob_)));
  EXPECT_REASON(Delegate(ann_, held, cat_, absl::Hours(1)), "MORE_THAN_HELD");
}

TEST_P(RightsTest, QualificationsComeAndGo) {
  auto ann = Qualify(ann_, "LIFT", absl::Hours(24));
  ASSERT_TRUE(ann.ok()) << ann.status();
  ASSERT_TRUE(Qualify(ann_, "CRANE", absl::Hours(24)).ok());
  ann = Qualify(ann_, "LIFT", absl::Hours(48));
  ASSERT_EQ(ann->qualifications_size(), 2);
  EXPECT_EQ(ann->qualifications(0).code(), "CRANE");
  EXPECT_EQ(ann->qualifications(1).end_time().seconds(), absl::ToUnixSeconds(call_.now + absl::Hours(48)));
  EXPECT_EQ(ann->DebugString(), service_.GetStaff(call_.context(), {}, Row(ann_))->DebugString());
  EXPECT_THAT(Revoked(), IsEmpty()) << "more revokes nothing";
  ASSERT_TRUE(Qualify(ann_, "LIFT", absl::Hours(1)).ok());
  EXPECT_THAT(Revoked(), ElementsAre(TokensOf(ann_))) << "an earlier end does";
  ASSERT_TRUE(Unqualify(ann_, "CRANE").ok());
  EXPECT_EQ(Revoked().back(), TokensOf(ann_));
  EXPECT_REASON(Unqualify(ann_, "CRANE"), "NOT_FOUND");
  call_.now += absl::Hours(1);
  EXPECT_EQ(ToProto(Row(ann_), call_.now).qualifications_size(), 0) << "what has ended is not shown";
}

TEST_P(RightsTest, NotMoreThanATokenHolds) {
  int given = 0;
  while (given < 100 && Qualify(ann_, fmt::format("A_QUALIFICATION_WITH_NUMBER_{:04}", given), absl::Hours(1)).ok())
    ++given;
  EXPECT_GT(given, 20);
  EXPECT_LT(given, 100);
  EXPECT_REASON(Qualify(ann_, "A_QUALIFICATION_WITH_NUMBER_9999", absl::Hours(1)), "TOO_MANY_GRANTS");
  EXPECT_REASON(Absent(bob_, ann_, absl::ZeroDuration(), absl::Hours(1)), "TOO_MANY_GRANTS");
}

TEST_P(RightsTest, SomebodyCoversWhoIsAway) {
  auto ann = Absent(ann_, bob_, absl::Hours(1), absl::Hours(48));
  ASSERT_TRUE(ann.ok()) << ann.status();
  ASSERT_EQ(ann->absences_size(), 1);
  EXPECT_EQ(ann->absences(0).cover(), StaffName(bob_));
  auto bob = ToProto(Row(bob_), call_.now);
  ASSERT_EQ(bob.covers_size(), 1);
  EXPECT_EQ(bob.covers(0).DebugString(), ann->absences(0).DebugString());
  EXPECT_EQ(bob.absences_size(), 0);
  EXPECT_THAT(Revoked(), IsEmpty());

  EXPECT_REASON(Absent(ann_, cat_, absl::Hours(47), absl::Hours(50)), "ABSENCES_OVERLAP");
  ASSERT_TRUE(Absent(ann_, cat_, absl::Hours(48), absl::Hours(50)).ok());
  Disable(cat_);
  EXPECT_REASON(Absent(bob_, cat_, absl::Hours(1), absl::Hours(2)), "COVER_DISABLED");
}

TEST_P(RightsTest, AnAbsenceThatEndsTakesTheCoverBack) {
  ASSERT_TRUE(Absent(ann_, bob_, absl::ZeroDuration(), absl::Hours(48)).ok());
  Absence absence = Row(ann_).absences.at(0);
  EXPECT_EQ(EndAbsence(absence)->absences_size(), 0);
  EXPECT_TRUE(Row(bob_).covers.empty());
  EXPECT_THAT(Revoked(), ElementsAre(TokensOf(bob_)));
  EXPECT_REASON(EndAbsence(absence), "NOT_FOUND");
}

TEST_P(RightsTest, AbsencesThatAreOverAreErased) {
  ASSERT_TRUE(Absent(ann_, bob_, absl::ZeroDuration(), absl::Hours(1)).ok());
  call_.now += absl::Hours(1);
  EXPECT_EQ(ToProto(Row(ann_), call_.now).absences_size(), 0);
  ASSERT_TRUE(Absent(cat_, bob_, absl::ZeroDuration(), absl::Hours(1)).ok());
  EXPECT_TRUE(Row(ann_).absences.empty());
  EXPECT_EQ(Row(bob_).covers.size(), 1u);
}

INSTANTIATE_WORLDS(RightsTest);

}  // namespace
}  // namespace gridwork::identity
