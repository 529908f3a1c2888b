#include "common/auth/password.h"

#include <gmock/gmock.h>
#include <sodium.h>

#include <atomic>
#include <thread>
#include <vector>

#include "common/base/error.h"

namespace gridwork::auth {
namespace {

const absl::Time kNever = absl::InfiniteFuture();

std::string Repeat(std::string start, int n, const std::string& text) {
  std::string out = std::move(start);
  for (int i = 0; i < n; ++i) out += text;
  return out;
}

std::string RuleBroken(const std::string& password, const std::string& username = "") {
  auto violations = FieldViolationsOf(CheckNewPassword("user.password", password, username));
  if (violations.empty()) return "";
  EXPECT_EQ(violations[0].first, "user.password");
  return violations[0].second;
}

TEST(CheckNewPassword, CountsCharactersOfEveryScript) {
  constexpr char kLength[] = "12 to 128 characters";
  EXPECT_EQ(RuleBroken("correct horse"), "");
  EXPECT_EQ(RuleBroken("abcdefghijk"), kLength);
  EXPECT_EQ(RuleBroken(""), kLength);
  EXPECT_EQ(RuleBroken(Repeat("ab", 10, "\xf0\x9f\x90\xb4")), "");  // ten horses of four bytes each
  EXPECT_EQ(RuleBroken(Repeat("a", 10, "\xf0\x9f\x90\xb4")), kLength);
  EXPECT_EQ(RuleBroken(Repeat("a", 10, "e\xcc\x81")), kLength);  // e and an accent are one character
  EXPECT_EQ(RuleBroken(Repeat("ab", 126, "\xf0\x9f\x90\xb4")), "");
  EXPECT_EQ(RuleBroken(Repeat("ab", 127, "\xf0\x9f\x90\xb4")), kLength);
  EXPECT_EQ(RuleBroken(Repeat("", 1'000'000, "ab")), kLength);
}

TEST(CheckNewPassword, RefusesWhatIsNoText) {
  for (const std::string& bad : {std::string("abcdefghijkl\n"), std::string("abcdefghijkl\0x", 14),
                                 std::string("abcdefghijkl\xff"), std::string("abcdefghijkl\xed\xa0\x80"),
                                 std::string("abcdefghijkl\xc0\x80"), std::string("abcdefghijkl\x7f")}) {
    EXPECT_EQ(RuleBroken(bad), "text without control characters");
  }
}

TEST(CheckNewPassword, RefusesTheUserName) {
  constexpr char kName[] = "does not contain the user name";
  EXPECT_EQ(RuleBroken("xx-Dispatch7-yy", "dispatch7"), kName);
  EXPECT_EQ(RuleBroken("xx-STRASSE-yyyy",
                       "stra\xc3\x9f"
                       "e"),
            kName);
  EXPECT_EQ(RuleBroken("xx-e\xcc\x81lodie-yy", "\xc3\x89LODIE"), kName);
  EXPECT_EQ(RuleBroken("xx-dispatch-yyy", "dispatch7"), "");
  EXPECT_EQ(RuleBroken("xx-dispatch-yyy", ""), "");
}

TEST(CheckNewPassword, RefusesTheCommonOnes) {
  for (const char* common : {"Password1234", "123456789012", "aaaaaaaaaaaaaaaa", "AAAAaaaaAAAA", "AdministratoR"}) {
    EXPECT_THAT(RuleBroken(common), testing::HasSubstr("everybody tries first")) << common;
  }
}

TEST(PasswordHasher, TellsRightFromWrong) {
  PasswordHasher hasher;
  std::string stored = *hasher.Hash("caf\xc3\xa9 au lait, s'il vous plait", kNever);
  EXPECT_THAT(stored, testing::StartsWith("$argon2id$v=19$m=65536,t=3,p=1$"));
  EXPECT_NE(stored, *hasher.Hash("caf\xc3\xa9 au lait, s'il vous plait", kNever));  // salted
  auto check = hasher.Verify(stored, "caf\xc3\xa9 au lait, s'il vous plait", kNever);
  ASSERT_TRUE(check.ok());
  EXPECT_TRUE(check->right);
  EXPECT_FALSE(check->needs_rehash);
  // Decomposed, and with a no-break space: what another keyboard writes.
  EXPECT_TRUE(hasher
                  .Verify(stored,
                          "cafe\xcc\x81\xc2\xa0"
                          "au lait, s'il vous plait",
                          kNever)
                  ->right);
  for (const std::string& wrong :
       {std::string("cafe au lait, s'il vous plait"), std::string("Caf\xc3\xa9 au lait, s'il vous plait"),
        std::string(), std::string("\xff"), stored}) {
    EXPECT_FALSE(hasher.Verify(stored, wrong, kNever)->right) << wrong;
  }
}

TEST(PasswordHasher, KnowsOldCosts) {
  char cheap[crypto_pwhash_STRBYTES];
  ASSERT_EQ(crypto_pwhash_str(cheap, "secret", 6, 1, 8 << 20), 0);
  PasswordHasher hasher;
  EXPECT_TRUE(hasher.Verify(cheap, "secret", kNever)->right);
  EXPECT_TRUE(hasher.Verify(cheap, "secret", kNever)->needs_rehash);
  EXPECT_FALSE(hasher.Verify(cheap, "wrong", kNever)->needs_rehash);
}

TEST(PasswordHasher, RefusesWhatIsNoHash) {
  PasswordHasher hasher;
  EXPECT_FALSE(hasher.Verify("", "", kNever)->right);
  EXPECT_FALSE(hasher.Verify("$argon2id$", "x", kNever)->right);
  EXPECT_FALSE(hasher.Verify(std::string(1000, 'x'), "x", kNever).ok());
  EXPECT_EQ(ReasonOf(hasher.Hash("", kNever).status()), "BAD_FIELD");
  EXPECT_EQ(ReasonOf(hasher.Hash("\xff", kNever).status()), "BAD_FIELD");
}

TEST(PasswordHasher, WorksAsLongForNobody) {
  PasswordHasher hasher;
  std::string stored = *hasher.Hash("some password", kNever);
  auto cpu_of = [](auto work) {
    std::clock_t start = std::clock();
    EXPECT_FALSE(work()->right);
    return static_cast<double>(std::clock() - start);
  };
  double real = cpu_of([&] { return hasher.Verify(stored, "wrong password", kNever); });
  double nobody = cpu_of([&] { return hasher.VerifyNobody("wrong password", kNever); });
  double garbage = cpu_of([&] { return hasher.Verify(stored, "\xff", kNever); });
  // A spoiled constant would cost nothing at all; the rest is noise of the machine.
  EXPECT_GT(nobody, real / 3);
  EXPECT_GT(garbage, real / 3);
}

TEST(PasswordHasher, WaitsForAPlaceUntilTheDeadline) {
  PasswordHasher full(0);
  absl::Status busy = full.Hash("some password", absl::Now() + absl::Milliseconds(20)).status();
  EXPECT_EQ(busy.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(busy), "PASSWORD_BUSY");
  EXPECT_GT(RetryAfterOf(busy), absl::ZeroDuration());
  EXPECT_EQ(ReasonOf(full.Verify("x", "x", absl::InfinitePast()).status()), "PASSWORD_BUSY");
  EXPECT_EQ(ReasonOf(full.VerifyNobody("x", absl::InfinitePast()).status()), "PASSWORD_BUSY");

  PasswordHasher one(1);
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { done += one.VerifyNobody("x", kNever).ok(); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 4);
}

}  // namespace
}  // namespace gridwork::auth
