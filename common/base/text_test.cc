#include "common/base/text.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/uuid.h"

namespace gridwork {
namespace {

std::string RuleOf(const absl::Status& status) {
  auto violations = FieldViolationsOf(status);
  return violations.empty() ? "" : violations[0].second;
}

TEST(ParseText, NormalisesAndTrims) {
  EXPECT_EQ(*ParseText("f", "  Cafe\xCC\x81 ", {}), "Caf\xC3\xA9");  // e + combining acute -> é
  EXPECT_EQ(*ParseText("f", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x92", {}),
            "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x92");
  EXPECT_EQ(*ParseText("f", "a\nb", {.multiline = true}), "a\nb");
  EXPECT_EQ(*ParseText("f", " ", {.min = 0}), "");
  EXPECT_EQ(*ParseText("f", "", {.min = 0}), "");
}

TEST(ParseText, CountsCharactersNotBytes) {
  std::string four_bytes_each;
  for (int i = 0; i < 100; ++i) four_bytes_each += "\xF0\x9F\x98\x80";
  EXPECT_TRUE(ParseText("f", four_bytes_each, {.max = 100}).ok());
  EXPECT_EQ(RuleOf(ParseText("f", four_bytes_each + "x", {.max = 100}).status()), "must have 1 to 100 characters");
  EXPECT_EQ(RuleOf(ParseText("f", std::string(1'000'000, 'x'), {.max = 100}).status()),
            "must have 1 to 100 characters");
}

TEST(ParseText, RefusesWhatIsNoText) {
  EXPECT_EQ(RuleOf(ParseText("f", "\xff\xfe", {}).status()), "must be valid UTF-8");
  EXPECT_EQ(RuleOf(ParseText("f", "\xed\xa0\x80", {}).status()), "must be valid UTF-8");  // a lone surrogate
  for (const std::string& bad : {std::string("a\0b", 3), std::string("a\nb"), std::string("a\x1b[31m"),
                                 std::string("\xef\xbf\xbf z"), std::string("\xee\x80\x80")}) {
    EXPECT_EQ(RuleOf(ParseText("f", bad, {}).status()), "must not hold control, unassigned or private-use characters");
  }
  EXPECT_EQ(RuleOf(ParseText("f", " \t ", {}).status()), "must have 1 to 100 characters");
}

TEST(ParseCode, TakesItsAlphabet) {
  EXPECT_EQ(*ParseCode("f", "CA-32", "-", 8), "CA-32");
  for (const char* bad : {"", "ca", "CA_32", "CA-321234", "C\xC3\x81"})
    EXPECT_FALSE(ParseCode("f", bad, "-", 8).ok()) << bad;
}

TEST(ParseName, TakesCollectionAndUuid) {
  Uuid id = Uuid::V7(absl::FromUnixMillis(1));
  EXPECT_EQ(*ParseName("name", "places", "places/" + id.ToString()), id);
  for (const std::string& bad : {"places/" + id.ToString() + "x", "tasks/" + id.ToString() + "x", id.ToString(),
                                 std::string("places/"), "places." + id.ToString(), std::string()}) {
    EXPECT_EQ(RuleOf(ParseName("name", "places", bad).status()), "must be places/{uuid}") << bad;
  }
}

TEST(ParseAreaPath, TakesJoinedCodes) {
  EXPECT_TRUE(ParseAreaPath("area", "CHI/SIDE-CENTRAL/CA32").ok());
  for (const char* bad : {"", "/CHI", "CHI/", "CHI//CA", "chi", "CHI/%", "CHI/_"})
    EXPECT_FALSE(ParseAreaPath("area", bad).ok()) << bad;
  EXPECT_FALSE(ParseAreaPath("area", std::string(201, 'A')).ok());
}

TEST(ParseEtag, TakesAVersion) {
  EXPECT_EQ(*ParseEtag("etag", EtagOf(7)), 7);
  for (const char* bad : {"", "0", "-1", "7x", " 7", "99999999999999999999"})
    EXPECT_FALSE(ParseEtag("etag", bad).ok()) << bad;
}

}  // namespace
}  // namespace gridwork
