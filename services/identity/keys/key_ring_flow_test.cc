// Rotation by an injected clock: several replicas of identity, several verifiers, each at moments of its own.
#include "services/identity/keys/key_ring_flow.h"

#include <gmock/gmock.h>

#include <deque>
#include <functional>
#include <set>

#include "common/base/error.h"
#include "services/identity/keys/testing/fake_signing_key_store.h"

namespace gridwork::identity {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
const auth::TokenRules kRules{"gridwork", "gridwork"};
const std::string kSealingKey(32, 'k');

struct Replica {
  Replica(SigningKeyStore& store, const Clock& clock) : ring(store, kSealingKey, clock, keys) {}
  auth::KeySetHolder keys;
  KeyRing ring;
};

std::string TokenBy(const KeyRing& ring, absl::Time now) {
  auto key = ring.Signer(now);
  EXPECT_TRUE(key.ok()) << key.status() << " at " << now;
  if (!key.ok()) return "";
  auth::Caller caller{.id = "staff/1", .session = "s", .login = "l", .expires = now + absl::Minutes(5)};
  caller.certificate.fill(1);
  return auth::SignToken(**key, kRules, caller, now).value();
}

class KeyRingTest : public ::testing::Test {
 protected:
  FakeClock clock_{kStart};
  FakeSigningKeyStore store_;
};

// 65 days: two rotations. Near an edge every second counts, elsewhere an hour is as good as another.
TEST_F(KeyRingTest, ATokenSignedAtAnyMomentVerifiesAtEveryVerifier) {
  Replica first(store_, clock_), second(store_, clock_);
  ASSERT_EQ(first.ring.Refresh(), absl::OkStatus());
  ASSERT_EQ(second.ring.Refresh(), absl::OkStatus());
  struct Verifier {
    absl::Duration phase;  // asks every 30 seconds, shifted by it
    KeyRing* asks;
    std::shared_ptr<const auth::KeySet> keys;
    absl::Time asked = absl::InfinitePast();
  };
  std::vector<Verifier> verifiers = {{absl::ZeroDuration(), &first.ring, nullptr},
                                     {absl::Seconds(13), &second.ring, nullptr},
                                     {absl::Seconds(29), &first.ring, nullptr}};
  auto due = [](absl::Time now, absl::Duration phase) {  // the last moment to ask, up to `now`
    int64_t seconds = absl::ToInt64Seconds(now - kStart - phase);
    return kStart + phase + absl::Seconds(seconds / 30 * 30);
  };
  std::set<std::string> kids;
  std::deque<std::pair<std::string, absl::Time>> issued;
  const absl::Time end = kStart + absl::Hours(24 * 65);
  int checked = 0;
  while (clock_.Now() < end) {
    const absl::Time now = clock_.Now();
    if (due(now, absl::Seconds(7)) == now) {
      ASSERT_EQ(first.ring.Refresh(), absl::OkStatus());
    }
    if (due(now, absl::Seconds(21)) == now) {
      ASSERT_EQ(second.ring.Refresh(), absl::OkStatus());
    }
    for (Verifier& verifier : verifiers) {
      if (verifier.keys && due(now, verifier.phase) <= verifier.asked) continue;
      verifier.keys = std::make_shared<auth::KeySet>(*auth::KeySet::Create(verifier.asks->Published(now)));
      verifier.asked = now;
    }
    for (KeyRing* ring : {&first.ring, &second.ring}) {
      kids.insert((*ring->Signer(now))->kid());
      issued.emplace_back(TokenBy(*ring, now), now);
    }
    while (issued.front().second + absl::Minutes(5) <= now) issued.pop_front();
    for (const Verifier& verifier : verifiers) {
      for (const auto* token : {&issued.front().first, &issued.back().first}) {  // the oldest that lives, the newest
        auto verified = auth::VerifyToken(*token, *verifier.keys, kRules, now);
        ASSERT_TRUE(verified.ok()) << verified.status() << " at " << now;
        ++checked;
      }
    }
    const absl::Duration to_edge = absl::Hours(24 * 30) - (now - kStart) % absl::Hours(24 * 30);
    bool near = to_edge <= absl::Minutes(2) || to_edge >= absl::Hours(24 * 30) - absl::Minutes(6);
    clock_.Advance(near ? absl::Seconds(1) : std::min(absl::Hours(1), to_edge - absl::Minutes(2)));
    if (!near) {
      ASSERT_EQ(first.ring.Refresh(), absl::OkStatus());
      ASSERT_EQ(second.ring.Refresh(), absl::OkStatus());
    }
  }
  EXPECT_EQ(kids.size(), 3u);
  EXPECT_GT(checked, 10'000);
  EXPECT_EQ(store_.List()->size(), 1u) << "those before are erased";
}

TEST_F(KeyRingTest, TwoReplicasUseTheSameKey) {
  Replica first(store_, clock_), second(store_, clock_);
  ASSERT_EQ(first.ring.Refresh(), absl::OkStatus());
  ASSERT_EQ(second.ring.Refresh(), absl::OkStatus());
  EXPECT_EQ((*first.ring.Signer(kStart))->kid(), (*second.ring.Signer(kStart))->kid());
  EXPECT_EQ(store_.List()->size(), 1u);
  EXPECT_EQ(first.ring.Published(kStart), second.ring.Published(kStart));
  EXPECT_TRUE(first.keys.Get()->Contains(first.ring.Published(kStart)[0])) << "its own authenticator knows it too";
}

TEST_F(KeyRingTest, KeepsItsKeysWhileTheDatabaseIsAway) {
  Replica replica(store_, clock_);
  ASSERT_EQ(replica.ring.Refresh(), absl::OkStatus());
  store_.SetAway(true);
  clock_.Advance(absl::Hours(24 * 29));
  EXPECT_TRUE(absl::IsUnavailable(replica.ring.Refresh()));
  EXPECT_TRUE(replica.ring.Signer(clock_.Now()).ok());
}

TEST_F(KeyRingTest, AfterALongRestItWaitsUntilVerifiersKnowTheNewKey) {
  Replica replica(store_, clock_);
  ASSERT_EQ(replica.ring.Refresh(), absl::OkStatus());
  clock_.Advance(absl::Hours(24 * 100));
  ASSERT_EQ(replica.ring.Refresh(), absl::OkStatus());
  absl::Status status = replica.ring.Signer(clock_.Now()).status();
  EXPECT_EQ(ReasonOf(status), "SIGNING_KEY_PENDING");
  EXPECT_EQ(RetryAfterOf(status), absl::Minutes(1));
  EXPECT_EQ(replica.ring.Published(clock_.Now()).size(), 1u);
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(replica.ring.Signer(clock_.Now()).ok());
}

TEST_F(KeyRingTest, NeverShowsASeed) {
  Replica replica(store_, clock_);
  ASSERT_EQ(replica.ring.Refresh(), absl::OkStatus());
  std::string seed = (*replica.ring.Signer(kStart))->seed();
  EXPECT_EQ(store_.List()->at(0).sealed_seed.find(seed), std::string::npos);
}

// Who can write to the database gets no key believed, and no key used longer than it was made for.
TEST_F(KeyRingTest, DoesNotUseWhatWasNotSealed) {
  const std::vector<std::function<void(StoredKey&)>> attacks = {
      [](StoredKey& key) { key.dates.gone += absl::Hours(1); },
      [](StoredKey& key) { key.dates.retiring += absl::Hours(1); },
      [](StoredKey& key) { key.dates.active -= absl::Hours(1); },
      [](StoredKey& key) { key.kid = "other"; },
      [](StoredKey& key) { key.public_key[0] ^= 1; },
      [](StoredKey& key) { key.sealed_seed[30] = static_cast<char>(key.sealed_seed[30] ^ 1); },
      [](StoredKey& key) { key.sealed_seed.clear(); }};
  for (size_t i = 0; i < attacks.size(); ++i) {
    FakeSigningKeyStore store;
    Replica victim(store, clock_);
    ASSERT_EQ(victim.ring.Refresh(), absl::OkStatus());
    store.Spoil(attacks[i]);
    Replica fresh(store, clock_);
    EXPECT_EQ(ReasonOf(fresh.ring.Refresh()), "KEY_ENCRYPTION_KEY") << i;
    EXPECT_TRUE(fresh.ring.Published(kStart).empty()) << i;
  }
}

TEST_F(KeyRingTest, AnotherKeyEncryptionKeyOpensNothing) {
  Replica replica(store_, clock_);
  ASSERT_EQ(replica.ring.Refresh(), absl::OkStatus());
  auth::KeySetHolder keys;
  KeyRing other(store_, std::string(32, 'x'), clock_, keys);
  EXPECT_EQ(ReasonOf(other.Refresh()), "KEY_ENCRYPTION_KEY");
  EXPECT_EQ(store_.List()->size(), 1u) << "and makes no key beside it";
}

TEST(MakeTokenKey, IsNamedAfterItsPublicKey) {
  EXPECT_EQ(MakeTokenKey(std::string(32, 's'))->kid(), MakeTokenKey(std::string(32, 's'))->kid());
  EXPECT_NE(MakeTokenKey(std::string(32, 't'))->kid(), MakeTokenKey(std::string(32, 's'))->kid());
  EXPECT_FALSE(MakeTokenKey("short").ok());
}

}  // namespace
}  // namespace gridwork::identity
