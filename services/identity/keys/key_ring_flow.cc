#include "services/identity/keys/key_ring_flow.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/auth/seal.h"
#include "common/base/error.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"

namespace gridwork::identity {
namespace {

constexpr absl::Duration kSkew = absl::Minutes(1);  // of the clocks of those who sign and those who verify

// What is sealed with a seed, so that nobody who writes to the database can give a key other dates or another name.
std::string ContextOf(const StoredKey& key) {
  return fmt::format("gridwork signing key|{}|{}|{}|{}|{}|{:02x}", key.kid, absl::ToUnixMicros(key.dates.created),
                     absl::ToUnixMicros(key.dates.active), absl::ToUnixMicros(key.dates.retiring),
                     absl::ToUnixMicros(key.dates.gone), fmt::join(key.public_key, ""));
}

absl::Time WholeMicros(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

}  // namespace

absl::StatusOr<auth::SigningKey> MakeTokenKey(std::string_view seed) {
  ASSIGN_OR_RETURN(auto unnamed, auth::SigningKey::FromSeed("unnamed", seed));
  const auto& key = unnamed.public_key();
  const Sha256 hash = Sha256Of({reinterpret_cast<const char*>(key.data()), key.size()});
  return auth::SigningKey::FromSeed(Hex(ToBytes(hash)).substr(0, 16), seed);
}

absl::Status KeyRing::Start() {
  RETURN_IF_ERROR(Refresh());
  refresh_.Start(kEvery, [this] {
    if (absl::Status status = Refresh(); !status.ok()) spdlog::warn("signing keys: {}", std::string(status.message()));
  });
  return absl::OkStatus();
}

absl::Status KeyRing::Refresh() {
  const absl::Time now = WholeMicros(clock_.Now());
  ASSIGN_OR_RETURN(std::vector<StoredKey> stored, store_.List());
  RETURN_IF_ERROR(MakeNext(stored, now));
  ASSIGN_OR_RETURN(stored, store_.List());

  std::vector<Key> ring;
  for (const StoredKey& key : stored) {
    if (key.dates.StateAt(now) == KeyState::kGone) continue;
    auto opened = Open(key);
    if (!opened) spdlog::error("signing key {} does not open with --key_encryption_key_file", key.kid);
    if (opened) ring.push_back({key.dates, std::move(opened)});
  }
  if (ring.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "KEY_ENCRYPTION_KEY",
                 "no signing key in the database opens with this key-encryption key");
  }
  {
    MutexLock lock(mu_);
    ring_ = std::move(ring);
  }
  ASSIGN_OR_RETURN(auth::KeySet published, auth::KeySet::Create(Published(now)));
  keys_.Set(std::move(published));
  return store_.RemoveGone(now);
}

absl::Status KeyRing::MakeNext(const std::vector<StoredKey>& stored, absl::Time now) {
  std::vector<KeyDates> dates;
  for (const StoredKey& key : stored) dates.push_back(key.dates);
  std::optional<KeyDates> planned = PlanNextKey(dates, now);
  if (!planned) return absl::OkStatus();
  ASSIGN_OR_RETURN(StoredKey made, Make(stored.empty() ? 1 : stored.back().sequence + 1, *planned));
  absl::Status inserted = store_.Insert(made);
  if (inserted.ok())
    spdlog::info("signing key {} is made, active from {}", made.kid, absl::FormatTime(planned->active));
  return absl::IsAlreadyExists(inserted) ? absl::OkStatus() : inserted;  // another replica came first
}

absl::StatusOr<StoredKey> KeyRing::Make(int64_t sequence, const KeyDates& dates) const {
  auth::SigningKey random = auth::SigningKey::Generate("unnamed");
  ASSIGN_OR_RETURN(auth::SigningKey key, MakeTokenKey(random.seed()));
  StoredKey stored{.sequence = sequence, .kid = key.kid(), .public_key = key.public_key(), .dates = dates};
  stored.sealed_seed = auth::Seal(key_encryption_key_, key.seed(), ContextOf(stored));
  return stored;
}

std::shared_ptr<const auth::SigningKey> KeyRing::Open(const StoredKey& stored) const {
  std::optional<std::string> seed = auth::Unseal(key_encryption_key_, stored.sealed_seed, ContextOf(stored));
  if (!seed) return nullptr;
  std::string& bytes = *seed;
  auto key = MakeTokenKey(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  if (!key.ok() || key->kid() != stored.kid || key->public_key() != stored.public_key) return nullptr;
  return std::make_shared<const auth::SigningKey>(*std::move(key));
}

absl::StatusOr<std::shared_ptr<const auth::SigningKey>> KeyRing::Signer(absl::Time now) const {
  MutexLock lock(mu_);
  auto active = std::find_if(ring_.rbegin(), ring_.rend(),
                             [&](const auto& entry) { return entry.dates.StateAt(now) == KeyState::kActive; });
  if (active != ring_.rend()) return active->key;
  return WithRetryAfter(Error(absl::StatusCode::kUnavailable, "SIGNING_KEY_PENDING",
                              "a new signing key is being made known to all services; try again"),
                        kKeyPrepublishedAtLeast);
}

std::vector<auth::VerifyKey> KeyRing::Published(absl::Time now) const {
  MutexLock lock(mu_);
  std::vector<auth::VerifyKey> out;
  for (const Key& key : ring_) {
    if (key.dates.StateAt(now) == KeyState::kGone) continue;
    out.push_back({.kid = key.key->kid(),
                   .public_key = key.key->public_key(),
                   .not_before = key.dates.active - kSkew,
                   .not_after = key.dates.gone});
  }
  return out;
}

}  // namespace gridwork::identity
