#include "tools/gridctl/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "gridwork/options/v1/role.pb.h"

namespace gridwork::ctl {
namespace {

using testing::HasSubstr;

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) << text;
  return time;
}

absl::StatusOr<absl::Time> When(std::string_view text) {
  return ParseWhen("--until", text, At("2026-11-23T08:00:00Z"), absl::FixedTimeZone(-6 * 3600));
}

TEST(Values, Times) {
  EXPECT_EQ(*When("90d"), At("2026-11-23T08:00:00Z") + absl::Hours(24 * 90));
  EXPECT_EQ(*When("12h"), At("2026-11-23T20:00:00Z"));
  EXPECT_EQ(*When("30m"), At("2026-11-23T08:30:00Z"));
  EXPECT_EQ(*When("2027-01-31"), At("2027-02-01T06:00:00Z")) << "the whole day, where the operator is";
  EXPECT_EQ(*When("2027-01-31T08:00:00Z"), At("2027-01-31T08:00:00Z"));
  for (auto bad : {"", "d", "-1d", "+3d", "1.5d", "2027-02-30", "2027-1-1", "tomorrow", "infinite-future",
                   "99999999999d", "7 d"}) {
    EXPECT_FALSE(When(bad).ok()) << bad;
  }
  EXPECT_EQ(FieldViolationsOf(When("x").status())[0].first, "--until");
  EXPECT_EQ(TimeText(ToProto(At("2027-01-31T08:00:59Z"))), "2027-01-31 08:00Z");
  EXPECT_EQ(TimeText({}), "");
  EXPECT_EQ(FromProto(ToProto(At("2027-01-31T08:00:59.25Z"))), At("2027-01-31T08:00:59.25Z"));
}

TEST(Values, Points) {
  EXPECT_EQ(ParsePoint("41.88", " -87.63")->longitude(), -87.63);
  EXPECT_EQ(PointText(*ParseLatLon("--at", "41.880757,-87.634709")), "41.880757,-87.634709");
  for (auto bad : {"", "nan", "inf", "0x10", "41,8", "41.8x", "1e999"}) EXPECT_FALSE(ParseNumber("x", bad).ok()) << bad;
  EXPECT_FALSE(ParseLatLon("--at", "41.88").ok());
}

TEST(Values, Enums) {
  EXPECT_EQ(*ParseEnum<options::v1::Role>("--role", "field_worker"), options::v1::ROLE_FIELD_WORKER);
  EXPECT_EQ(*ParseEnum<options::v1::Role>("--role", "Field-Worker"), options::v1::ROLE_FIELD_WORKER);
  EXPECT_EQ(*ParseEnum<options::v1::Role>("--role", "ROLE_ADMIN"), options::v1::ROLE_ADMIN);
  auto unknown = ParseEnum<options::v1::Role>("--role", "boss").status();
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("FIELD_WORKER, DISPATCHER"));
  EXPECT_FALSE(ParseEnum<options::v1::Role>("--role", "unspecified").ok());
  EXPECT_EQ(EnumText(options::v1::ROLE_ADMIN), "ADMIN");
  EXPECT_EQ(EnumText(options::v1::ROLE_UNSPECIFIED), "");
}

TEST(Values, Names) {
  EXPECT_EQ(NameIn("areas", "CHI"), "areas/CHI");
  EXPECT_EQ(NameIn("areas", "areas/CHI"), "areas/CHI");
  EXPECT_EQ(NameIn("areas", "areasX"), "areas/areasX");
  EXPECT_EQ(NameIn("areas", ""), "");
  EXPECT_EQ(LastPart("CHI/SIDE-CENTRAL/CA32"), "CA32");
  EXPECT_EQ(LastPart("CHI"), "CHI");
  EXPECT_EQ(WithoutIndex("places[3].display_name"), "display_name");
  EXPECT_EQ(WithoutIndex("location.latitude"), "location.latitude");
  EXPECT_EQ(WithoutIndex("form.questions[2].key"), "form.questions[2].key");
}

TEST(Values, Spellings) {
  EXPECT_EQ(Fold("  COFFEE  Shop\t"), "coffee shop");
  EXPECT_EQ(Fold(" \n "), "");
  EXPECT_TRUE(IsUtf8("Zürich 🍕"));
  EXPECT_FALSE(IsUtf8("Z\xFCrich"));
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80")) << "a surrogate";
  EXPECT_EQ(Count(12367), "12,367");
  EXPECT_EQ(Count(999), "999");
  EXPECT_EQ(Count(-1000), "-1,000");
  EXPECT_EQ(Count(1234567), "1,234,567");
}

}  // namespace
}  // namespace gridwork::ctl
