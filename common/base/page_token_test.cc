#include "common/base/page_token.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace gridwork {
namespace {

const PageTokens kTokens(std::string(32, 'k'));

TEST(PageTokens, OpensForTheSameQueryOnly) {
  std::string token = kTokens.Seal({"List", "staff/1", "CHI"}, "after-this");
  EXPECT_EQ(*kTokens.Open({"List", "staff/1", "CHI"}, token), "after-this");
  EXPECT_EQ(token.find("after"), token.npos);
  for (const std::vector<std::string_view>& other :
       std::vector<std::vector<std::string_view>>{{"List", "staff/2", "CHI"},
                                                  {"List", "staff/1", "CH"},
                                                  {"List", "staff/1"},
                                                  {"Lists", "taff/1", "CHI"},
                                                  {}}) {
    EXPECT_EQ(ReasonOf(kTokens.Open(other, token).status()), "BAD_FIELD");
  }
  EXPECT_FALSE(PageTokens(std::string(32, 'x')).Open({"List", "staff/1", "CHI"}, token).ok());
}

TEST(PageTokens, EmptyMeansFirstAndLast) {
  EXPECT_EQ(kTokens.Seal({"q"}, ""), "");
  EXPECT_EQ(*kTokens.Open({"q"}, ""), "");
}

TEST(PageTokens, RefusesEveryChange) {
  std::string token = kTokens.Seal({"q"}, "next");
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(kTokens.Open({"q"}, changed).ok()) << i;
    EXPECT_FALSE(kTokens.Open({"q"}, token.substr(0, i + 1) + "=").ok());
  }
  EXPECT_FALSE(kTokens.Open({"q"}, std::string(2000, 'A')).ok());
}

TEST(ParsePageSize, DefaultsAndClamps) {
  EXPECT_EQ(*ParsePageSize(0), 100);
  EXPECT_EQ(*ParsePageSize(7), 7);
  EXPECT_EQ(*ParsePageSize(5000), 1000);
  EXPECT_EQ(ReasonOf(ParsePageSize(-1).status()), "BAD_FIELD");
}

}  // namespace
}  // namespace gridwork
