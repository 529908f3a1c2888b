// Tokens that were verified a moment ago: an Ed25519 check costs as much as the rest of a small call.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "common/auth/jws.h"
#include "common/base/mutex.h"

namespace gridwork::auth {

// Keyed by SHA-256 of the token, so that no bearer token lies in memory. Bounded by two generations: when the fresh one
// is full, the old one is dropped and the fresh one becomes old; what is used meanwhile moves back into the fresh one.
// Thread-safe, 16 shards.
class TokenCache {
 public:
  // At most about `capacity` tokens; never fewer than 32.
  explicit TokenCache(size_t capacity);

  // Null when the token is not there, has expired, or was signed by a key that `keys` does not hold any more or that is
  // out of its dates.
  std::shared_ptr<const Caller> Find(std::string_view token, const KeySet& keys, absl::Time now);
  // `verified`: what VerifyToken() returned for this very token.
  std::shared_ptr<const Caller> Put(std::string_view token, VerifiedToken verified);
  size_t size() const;

 private:
  using Entry = std::shared_ptr<const VerifiedToken>;
  struct FirstBytes {  // of a digest: as good as any hash of it
    size_t operator()(const Sha256& digest) const {
      size_t hash;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  using Map = std::unordered_map<Sha256, Entry, FirstBytes>;
  struct alignas(64) Shard {
    mutable Mutex mu;
    Map fresh GUARDED_BY(mu);
    Map old GUARDED_BY(mu);
  };
  Shard& ShardOf(const Sha256& digest) { return shards_[digest.back() % shards_.size()]; }
  // Returns the generation that fell out, for the caller to free after the lock.
  Map Insert(Shard& shard, const Sha256& digest, Entry entry) REQUIRES(shard.mu);

  size_t generation_size_;  // of one shard
  std::array<Shard, 16> shards_;
};

// VerifyToken() with a cache before it and the current key set of the process. Thread-safe.
class TokenVerifier {
 public:
  // `keys` outlives this.
  TokenVerifier(TokenRules rules, const KeySetHolder& keys, size_t capacity)
      : rules_(std::move(rules)), keys_(keys), cache_(capacity) {}
  absl::StatusOr<std::shared_ptr<const Caller>> Verify(std::string_view token, absl::Time now);

 private:
  TokenRules rules_;
  const KeySetHolder& keys_;
  TokenCache cache_;
};

}  // namespace gridwork::auth
