#include "common/auth/refresh_token.h"

#include <gmock/gmock.h>

#include <set>

namespace gridwork::auth {
namespace {

const Uuid kLogin = Uuid::V7(absl::FromUnixSeconds(1'800'000'000));

TEST(RefreshToken, ComesBackFromItsText) {
  RefreshToken token = NewRefreshToken(kLogin);
  EXPECT_EQ(token.ToText().size(), 64u);
  auto parsed = ParseRefreshToken(token.ToText());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->login, kLogin);
  EXPECT_EQ(parsed->secret, token.secret);
  EXPECT_TRUE(SameDigest(parsed->DigestOfSecret(), token.DigestOfSecret()));
}

TEST(RefreshToken, IsNeverTheSameTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(seen.insert(NewRefreshToken(kLogin).secret).second);
  EXPECT_FALSE(SameDigest(NewRefreshToken(kLogin).DigestOfSecret(), NewRefreshToken(kLogin).DigestOfSecret()));
}

TEST(RefreshToken, RefusesWhatItDidNotWrite) {
  std::string text = NewRefreshToken(kLogin).ToText();
  for (const std::string& bad : {std::string(), text.substr(1), text + "A", text + "=", text + "\n",
                                 std::string(64, '!'), std::string(5'000, 'A'), "+" + text.substr(1)}) {
    EXPECT_FALSE(ParseRefreshToken(bad)) << bad;
  }
}

TEST(RefreshToken, OnlyTheUsedOneOpensItsSuccessor) {
  RefreshToken used = NewRefreshToken(kLogin), successor = NewRefreshToken(kLogin);
  std::string sealed = SealSuccessor(used, successor);
  EXPECT_EQ(sealed.find(successor.secret), sealed.npos);
  EXPECT_EQ(OpenSuccessor(used, sealed)->ToText(), successor.ToText());
  EXPECT_FALSE(OpenSuccessor(successor, sealed));
  EXPECT_FALSE(OpenSuccessor(NewRefreshToken(kLogin), sealed));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string spoilt = sealed;
    spoilt[i] = static_cast<char>(spoilt[i] ^ 1);
    EXPECT_FALSE(OpenSuccessor(used, spoilt));
  }
  EXPECT_FALSE(OpenSuccessor(used, ""));
  EXPECT_FALSE(OpenSuccessor(used, sealed + "x"));
}

}  // namespace
}  // namespace gridwork::auth
