#include "services/identity/staff/staff_convert.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>

#include "common/base/error.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

const absl::Time kNow = absl::FromUnixMicros(1'790'000'000'123'456);

template <class T>
std::string FieldOf(const absl::StatusOr<T>& parsed) {
  auto violations = FieldViolationsOf(parsed.status());
  return violations.empty() ? std::string(parsed.status().message()) : violations[0].first;
}

TEST(StaffConvert, KnowsEveryRoleOfTheProto) {
  const auto* roles = google::protobuf::GetEnumDescriptor<auth::Role>();
  for (int i = 0; i < roles->value_count(); ++i) {
    auto role = static_cast<auth::Role>(roles->value(i)->number());
    auto parsed = ParseRole("role", role);
    EXPECT_EQ(parsed.ok(), role != auth::Role()) << roles->value(i)->name();
    if (parsed.ok()) {
      EXPECT_EQ(ToProto(*parsed), role);
    }
  }
  EXPECT_EQ(FieldOf(ParseRole("role", static_cast<auth::Role>(roles->value_count()))), "role");
}

TEST(StaffConvert, ReadsUsernames) {
  for (const char* good : {"abc", "a.b-c9", "007"}) EXPECT_TRUE(ParseUsername("u", good).ok()) << good;
  EXPECT_TRUE(ParseUsername("u", std::string(64, 'a')).ok());
  for (const char* bad : {"", "ab", "Abc", "a b", "a_b", "älg", "abc\n"})
    EXPECT_EQ(FieldOf(ParseUsername("u", bad)), "u");
  EXPECT_EQ(FieldOf(ParseUsername("u", std::string(65, 'a'))), "u");
}

TEST(StaffConvert, ReadsNames) {
  const std::string id = "018f0000-0000-7000-8000-000000000001";
  EXPECT_TRUE(ParseStaffName("name", "staff/" + id).ok());
  EXPECT_EQ(ParseGrantName("name", "staff/" + id + "/grants/" + id)->grant.ToString(), id);
  for (const std::string& bad :
       {fmt::format("staff/{}", id), fmt::format("staff/{}/grants/", id), fmt::format("grants/{}", id),
        fmt::format("{0}/grants/{0}", id), fmt::format("staff/{0}/grants/{0}x", id), std::string()}) {
    EXPECT_EQ(FieldOf(ParseGrantName("name", bad)), "name") << bad;
  }
}

v1::AddGrantRequest SomeGrant() {
  v1::AddGrantRequest request;
  request.set_staff("staff/018f0000-0000-7000-8000-000000000001");
  request.mutable_grant()->set_role(ToProto(Role::kDispatcher));
  *request.mutable_grant()->mutable_end_time() = ToTimestamp(kNow + absl::Hours(24));
  return request;
}

TEST(StaffConvert, AGrantStartsNowUnlessSaid) {
  GrantOrder order = ParseAddGrant(SomeGrant(), kNow).value();
  EXPECT_EQ(order.grant.start, kNow);
  EXPECT_EQ(order.grant.end, kNow + absl::Hours(24));
  auto request = SomeGrant();
  *request.mutable_grant()->mutable_start_time() = ToTimestamp(kNow + absl::Hours(1));
  EXPECT_EQ(ParseAddGrant(request, kNow)->grant.start, kNow + absl::Hours(1));
}

TEST(StaffConvert, RefusesAGrantThatIsWrong) {
  auto field_of = [](const std::function<void(v1::AddGrantRequest&)>& spoil) {
    auto request = SomeGrant();
    spoil(request);
    return FieldOf(ParseAddGrant(request, kNow));
  };
  EXPECT_EQ(field_of([](auto& r) { r.set_staff("staff/7"); }), "staff");
  EXPECT_EQ(field_of([](auto& r) { r.mutable_grant()->clear_role(); }), "grant.role");
  EXPECT_EQ(field_of([](auto& r) { r.mutable_grant()->clear_end_time(); }), "grant.end_time");
  EXPECT_EQ(field_of([](auto& r) { *r.mutable_grant()->mutable_end_time() = ToTimestamp(kNow); }), "grant.end_time");
  EXPECT_EQ(field_of([](auto& r) {
              *r.mutable_grant()->mutable_end_time() = ToTimestamp(LatestGrantEnd(kNow) + absl::Microseconds(1));
            }),
            "grant.end_time");
  EXPECT_EQ(field_of([](auto& r) { *r.mutable_grant()->mutable_end_time() = ToTimestamp(LatestGrantEnd(kNow)); }), "");
  EXPECT_EQ(field_of([](auto& r) { r.mutable_grant()->mutable_end_time()->set_nanos(-1); }), "grant.end_time");
  EXPECT_EQ(field_of([](auto& r) { r.mutable_grant()->mutable_end_time()->set_seconds(INT64_MAX); }), "grant.end_time");
  EXPECT_EQ(field_of([](auto& r) { r.mutable_grant()->mutable_start_time()->set_seconds(INT64_MIN); }),
            "grant.start_time");
}

TEST(StaffConvert, RefusesAnUpdateThatIsWrong) {
  auto field_of = [](const std::function<void(v1::UpdateStaffRequest&)>& spoil) {
    v1::UpdateStaffRequest request;
    request.mutable_staff()->set_etag("3");
    request.mutable_update_mask()->add_paths("disabled");
    spoil(request);
    return FieldOf(ParseUpdateStaff(request));
  };
  EXPECT_EQ(field_of([](auto&) {}), "");
  EXPECT_EQ(field_of([](auto& r) { r.clear_update_mask(); }), "update_mask");
  EXPECT_EQ(field_of([](auto& r) { r.mutable_update_mask()->add_paths("username"); }), "update_mask");
  EXPECT_EQ(field_of([](auto& r) { r.mutable_staff()->clear_etag(); }), "staff.etag");
  EXPECT_EQ(field_of([](auto& r) { r.mutable_update_mask()->add_paths("display_name"); }), "staff.display_name");
}

TEST(StaffConvert, RefusesMembersTwiceOrTooMany) {
  v1::CreateTeamRequest request;
  request.mutable_team()->set_display_name("Team");
  for (int i = 0; i < 100; ++i) request.mutable_team()->add_members(StaffName(Uuid::V7(kNow)));
  EXPECT_EQ(ParseCreateTeam(request, kNow)->members.size(), 100u);
  request.mutable_team()->set_members(7, request.team().members(3));
  EXPECT_EQ(FieldOf(ParseCreateTeam(request, kNow)), "team.members[7]");
  request.mutable_team()->set_members(7, "staff/x");
  EXPECT_EQ(FieldOf(ParseCreateTeam(request, kNow)), "team.members[7]");
  request.mutable_team()->add_members(StaffName(Uuid::V7(kNow)));
  EXPECT_EQ(FieldOf(ParseCreateTeam(request, kNow)), "team.members");
}

TEST(StaffConvert, ShowsEndedGrantsFor30Days) {
  Staff staff{.created = kNow, .updated = kNow};
  for (int days : {-31, -30, -29, 1}) {
    staff.grants.push_back({.start = kNow - absl::Hours(24 * 60), .end = kNow + absl::Hours(24 * days)});
  }
  EXPECT_EQ(ToProto(staff, kNow).grants_size(), 2);
}

}  // namespace
}  // namespace gridwork::identity
