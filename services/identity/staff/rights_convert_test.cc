#include "services/identity/staff/rights_convert.h"

#include <gmock/gmock.h>

#include "common/base/error.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const Uuid kAnn = Uuid::V7(kNow), kBob = Uuid::V7(kNow);

std::string FieldOf(const absl::Status& status) {
  auto violations = FieldViolationsOf(status);
  return violations.empty() ? "" : violations[0].first;
}

TEST(ParseQualification, TakesACodeAndAnEnd) {
  v1::Qualification good;
  good.set_code("LIFT_INSPECTOR_2");
  *good.mutable_end_time() = ToTimestamp(kNow + absl::Hours(1));
  auto parsed = ParseQualification(good, kNow);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->code, "LIFT_INSPECTOR_2");
  EXPECT_EQ(parsed->end, kNow + absl::Hours(1));
  EXPECT_EQ(ToProto(*parsed).DebugString(), good.DebugString());
  for (std::string code : {"", "lift", "1A", "_A", "A B", "Ä", "A-B"}) {
    v1::Qualification bad = good;
    bad.set_code(code);
    EXPECT_EQ(FieldOf(ParseQualification(bad, kNow).status()), "qualification.code") << code;
  }
  good.set_code(std::string(32, 'A'));
  EXPECT_TRUE(ParseQualification(good, kNow).ok());
  good.set_code(std::string(33, 'A'));
  EXPECT_EQ(FieldOf(ParseQualification(good, kNow).status()), "qualification.code");
}

TEST(ParseQualification, EndsWithin60Months) {
  auto field = [](absl::Time end) {
    v1::Qualification qualification;
    qualification.set_code("A");
    if (end != absl::InfinitePast()) *qualification.mutable_end_time() = ToTimestamp(end);
    return FieldOf(ParseQualification(qualification, kNow).status());
  };
  EXPECT_EQ(field(absl::InfinitePast()), "qualification.end_time");
  EXPECT_EQ(field(kNow), "qualification.end_time");
  EXPECT_EQ(field(LatestQualificationEnd(kNow)), "");
  EXPECT_EQ(field(LatestQualificationEnd(kNow) + absl::Seconds(1)), "qualification.end_time");
}

TEST(ParseAddAbsence, NeedsACoverAndAnEnd) {
  v1::AddAbsenceRequest good;
  good.mutable_absence()->set_staff(StaffName(kAnn));
  good.mutable_absence()->set_cover(StaffName(kBob));
  *good.mutable_absence()->mutable_start_time() = ToTimestamp(kNow + absl::Hours(24));
  *good.mutable_absence()->mutable_end_time() = ToTimestamp(kNow + absl::Hours(24 * 367));
  auto parsed = ParseAddAbsence(good, kNow);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->staff, kAnn);
  EXPECT_EQ(parsed->cover, kBob);
  EXPECT_EQ(parsed->end - parsed->start, absl::Hours(24 * 366));
  auto field = [&](auto spoil) {
    v1::AddAbsenceRequest bad = good;
    spoil(*bad.mutable_absence());
    return FieldOf(ParseAddAbsence(bad, kNow).status());
  };
  EXPECT_EQ(field([](auto& a) { a.set_staff("x"); }), "absence.staff");
  EXPECT_EQ(field([](auto& a) { a.set_cover(""); }), "absence.cover");
  EXPECT_EQ(field([](auto& a) { a.set_cover(a.staff()); }), "absence.cover");
  EXPECT_EQ(field([](auto& a) { a.clear_end_time(); }), "absence.end_time");
  EXPECT_EQ(field([](auto& a) { *a.mutable_end_time() = a.start_time(); }), "absence.end_time");
  EXPECT_EQ(field([](auto& a) { a.mutable_end_time()->set_nanos(1'000); }), "absence.end_time") << "366 days at most";
  EXPECT_EQ(field([](auto& a) {
              *a.mutable_start_time() = ToTimestamp(kNow - absl::Hours(2));
              *a.mutable_end_time() = ToTimestamp(kNow);
            }),
            "absence.end_time")
      << "over already";
  EXPECT_EQ(field([](auto& a) { a.mutable_start_time()->set_seconds(-1'000'000'000'000); }), "absence.start_time");
  good.mutable_absence()->clear_start_time();
  *good.mutable_absence()->mutable_end_time() = ToTimestamp(kNow + absl::Hours(1));
  EXPECT_EQ(ParseAddAbsence(good, kNow)->start, kNow);
}

TEST(ParseDelegateGrant, LastsAtMost92Days) {
  v1::DelegateGrantRequest good;
  good.set_staff(StaffName(kBob));
  *good.mutable_end_time() = ToTimestamp(kNow + absl::Hours(24 * 92));
  auto parsed = ParseDelegateGrant(good, kNow);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->staff, kBob);
  EXPECT_EQ(parsed->area, "");
  EXPECT_EQ(parsed->grant.start, kNow);
  good.set_area("areas/NO");
  EXPECT_EQ(ParseDelegateGrant(good, kNow)->area, "NO");
  auto field = [&](auto spoil) {
    v1::DelegateGrantRequest bad = good;
    spoil(bad);
    return FieldOf(ParseDelegateGrant(bad, kNow).status());
  };
  EXPECT_EQ(field([](auto& r) { r.set_staff(""); }), "staff");
  EXPECT_EQ(field([](auto& r) { r.set_area("NO"); }), "area");
  EXPECT_EQ(field([](auto& r) { r.clear_end_time(); }), "end_time");
  EXPECT_EQ(field([](auto& r) { r.mutable_end_time()->set_nanos(1'000); }), "end_time");
}

TEST(ParseAbsenceName, TakesBothIds) {
  Absence absence{.id = Uuid::V7(kNow), .staff = kAnn, .cover = kBob};
  auto name = ParseAbsenceName("name", ToProto(absence).name());
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name->staff, kAnn);
  EXPECT_EQ(name->absence, absence.id);
  for (std::string bad : {"", "staff/x/absences/y", "absences/x"}) {
    EXPECT_EQ(FieldOf(ParseAbsenceName("name", bad).status()), "name") << bad;
  }
}

}  // namespace
}  // namespace gridwork::identity
