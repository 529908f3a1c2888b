#include "common/auth/token_cache.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "common/base/error.h"

namespace gridwork::auth {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const TokenRules kRules{.issuer = "i", .audience = "a"};

SigningKey TestKey() { return *SigningKey::FromSeed("k1", std::string(32, 7)); }
VerifyKey Public(const SigningKey& key) { return {.kid = key.kid(), .public_key = key.public_key()}; }
KeySet Keys() { return *KeySet::Create({Public(TestKey())}); }
VerifiedToken Verified(std::string id = "staff/a") {
  return {.caller = {.id = std::move(id), .expires = kNow + absl::Minutes(5)}, .key = Public(TestKey())};
}
std::string Token(const std::string& session) {
  Caller caller{.id = "staff/a", .session = session, .login = "l1", .expires = kNow + absl::Minutes(5)};
  caller.certificate.fill(1);
  return *SignToken(TestKey(), kRules, caller, kNow);
}

TEST(TokenCache, FindsWhatWasPut) {
  TokenCache cache(1000);
  KeySet keys = Keys();
  EXPECT_EQ(cache.Find("t", keys, kNow), nullptr);
  auto put = cache.Put("t", Verified());
  EXPECT_EQ(cache.Find("t", keys, kNow), put);
  EXPECT_EQ(cache.Find("t", keys, kNow)->id, "staff/a");
  EXPECT_EQ(cache.Find("T", keys, kNow), nullptr);
  EXPECT_EQ(cache.Find("", keys, kNow), nullptr);
}

TEST(TokenCache, ChecksTheExpiryOnEveryHit) {
  TokenCache cache(1000);
  KeySet keys = Keys();
  cache.Put("t", Verified());
  EXPECT_NE(cache.Find("t", keys, kNow + absl::Minutes(5) - absl::Nanoseconds(1)), nullptr);
  EXPECT_EQ(cache.Find("t", keys, kNow + absl::Minutes(5)), nullptr);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(TokenCache, StaysBounded) {
  constexpr size_t kCapacity = 320;
  TokenCache cache(kCapacity);
  KeySet keys = Keys();
  for (int i = 0; i < 10'000; ++i) {
    cache.Put(std::to_string(i), Verified());
    ASSERT_LE(cache.size(), kCapacity);
  }
  EXPECT_GT(cache.size(), kCapacity / 3);
  for (int i = 0; i < 10'000; ++i) {  // moving from the old to the fresh generation keeps the bound too
    cache.Find(std::to_string(i), keys, kNow);
    ASSERT_LE(cache.size(), kCapacity);
  }
  EXPECT_EQ(cache.Find("0", keys, kNow), nullptr);
  EXPECT_NE(cache.Find("9999", keys, kNow), nullptr);
}

TEST(TokenCache, KeepsWhatIsUsed) {
  TokenCache cache(320);
  KeySet keys = Keys();
  cache.Put("often", Verified());
  for (int i = 0; i < 10'000; ++i) {
    cache.Put(std::to_string(i), Verified());
    ASSERT_NE(cache.Find("often", keys, kNow), nullptr);
  }
}

TEST(TokenCache, DropsTheTokensOfAKeyThatIsGone) {
  TokenCache cache(1000);
  VerifyKey ending = Public(TestKey());
  ending.not_after = kNow + absl::Minutes(1);
  VerifyKey changed = Public(TestKey());
  changed.public_key[0] ^= 1;
  for (const KeySet& keys : {KeySet(), *KeySet::Create({ending}), *KeySet::Create({changed})}) {
    cache.Put("t", Verified());
    EXPECT_EQ(cache.Find("t", keys, kNow), nullptr);
    EXPECT_EQ(cache.Find("t", Keys(), kNow), nullptr);  // and does not come back with it
  }
  VerifiedToken of_ending{.caller = Verified().caller, .key = ending};
  cache.Put("t", of_ending);
  KeySet keys = *KeySet::Create({ending});
  EXPECT_NE(cache.Find("t", keys, kNow), nullptr);
  EXPECT_EQ(cache.Find("t", keys, kNow + absl::Minutes(1)), nullptr);
}

TEST(TokenVerifier, FollowsTheKeySet) {
  KeySetHolder keys;
  TokenVerifier verifier(kRules, keys, 1000);
  std::string token = Token("s");
  EXPECT_EQ(ReasonOf(verifier.Verify(token, kNow).status()), "TOKEN_KEY_UNKNOWN");
  keys.Set(Keys());
  auto first = verifier.Verify(token, kNow);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*verifier.Verify(token, kNow), *first);  // the same object: from the cache
  EXPECT_EQ(ReasonOf(verifier.Verify(token, kNow + absl::Minutes(5)).status()), "TOKEN_EXPIRED");
  keys.Set(KeySet());
  EXPECT_EQ(ReasonOf(verifier.Verify(token, kNow).status()), "TOKEN_KEY_UNKNOWN");
}

TEST(TokenVerifier, IsThreadSafe) {
  KeySetHolder keys;
  keys.Set(Keys());
  TokenVerifier verifier(kRules, keys, 32);
  std::vector<std::string> tokens;
  for (int i = 0; i < 64; ++i) tokens.push_back(Token(std::to_string(i)));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        size_t n = static_cast<size_t>(i * (t + 1)) % tokens.size();
        auto caller = verifier.Verify(tokens[n], kNow);
        if (!caller.ok() || (*caller)->session != std::to_string(n)) ++wrong;
        if (t == 0 && i % 50 == 0) keys.Set(Keys());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace gridwork::auth
