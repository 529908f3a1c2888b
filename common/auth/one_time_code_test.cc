#include "common/auth/one_time_code.h"

#include <gmock/gmock.h>

#include <set>

#include "common/base/error.h"

namespace gridwork::auth {
namespace {

TEST(OneTimeCode, IsSixteenCharactersInGroups) {
  std::set<std::string> codes;
  std::set<char> characters;
  for (int i = 0; i < 1000; ++i) {
    std::string code = NewOneTimeCode();
    EXPECT_THAT(code, testing::MatchesRegex("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}"));
    codes.insert(code);
    characters.insert(code.begin(), code.end());
  }
  EXPECT_EQ(codes.size(), 1000u);
  EXPECT_EQ(characters.size(), 33u);  // all 32, and the hyphen
}

TEST(OneTimeCode, IsReadAsPeopleTypeIt) {
  for (std::string typed :
       {"7ZK2-M0QH-1111-ABCD", "7zk2m0qh1111abcd", " 7ZK2 MOQH IlLi AbCd ", "7ZK2--moqh-il1I-abcd"}) {
    auto code = NormaliseCode("code", typed);
    ASSERT_TRUE(code.ok()) << typed;
    EXPECT_EQ(*code, "7ZK2M0QH1111ABCD");
  }
  std::string code = NewOneTimeCode();
  EXPECT_EQ(DigestOfCode(*NormaliseCode("code", code)),
            DigestOfCode(*NormaliseCode("code", *NormaliseCode("code", code))));
}

TEST(OneTimeCode, RefusesEverythingElse) {
  for (std::string typed : {"", "----", "7ZK2-M0QH-1111-ABC", "7ZK2-M0QH-1111-ABCDE", "7ZK2-M0QH-1111-ABCU",
                            "7ZK2-M0QH-1111-ABC*", "7ZK2-M0QH-1111-ABC\xc3\xa9", "7ZK2_M0QH_1111_ABCD"}) {
    absl::Status status = NormaliseCode("device.code", typed).status();
    EXPECT_THAT(FieldViolationsOf(status), testing::ElementsAre(testing::Pair("device.code", testing::_))) << typed;
  }
}

TEST(OneTimeCode, DigestIsSha256) {
  Sha256 digest = DigestOfCode("abc");  // FIPS 180-2, appendix B.1
  EXPECT_EQ(digest[0], 0xba);
  EXPECT_EQ(digest[31], 0xad);
}

}  // namespace
}  // namespace gridwork::auth
