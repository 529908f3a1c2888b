#include "common/auth/token_cache.h"

#include <algorithm>
#include <utility>

#include "common/base/sha256.h"
#include "common/base/status_macros.h"

namespace gridwork::auth {
namespace {

bool StillGood(const VerifiedToken& verified, const KeySet& keys, absl::Time now) {
  return verified.caller.expires > now && verified.key.not_before <= now && verified.key.not_after > now &&
         keys.Contains(verified.key);
}

std::shared_ptr<const Caller> CallerOf(std::shared_ptr<const VerifiedToken> verified) {
  const Caller* caller = &verified->caller;
  return {std::move(verified), caller};
}

}  // namespace

TokenCache::TokenCache(size_t capacity) : generation_size_(std::max<size_t>(1, capacity / (2 * shards_.size()))) {}

TokenCache::Map TokenCache::Insert(Shard& shard, const Sha256& digest, Entry entry) {
  Map fallen;
  if (shard.fresh.size() >= generation_size_) {
    fallen.swap(shard.old);
    shard.old.swap(shard.fresh);
  }
  shard.fresh.insert_or_assign(digest, std::move(entry));
  return fallen;
}

std::shared_ptr<const Caller> TokenCache::Find(std::string_view token, const KeySet& keys, absl::Time now) {
  Sha256 digest = Sha256Of(token);
  Shard& shard = ShardOf(digest);
  Map fallen;  // freed after the lock
  Entry found;
  {
    MutexLock lock(shard.mu);
    if (auto it = shard.fresh.find(digest); it != shard.fresh.end()) {
      found = it->second;
    } else if (auto old = shard.old.find(digest); old != shard.old.end()) {
      found = std::move(old->second);
      shard.old.erase(old);
      fallen = Insert(shard, digest, found);
    }
    if (found && !StillGood(*found, keys, now)) {
      shard.fresh.erase(digest);
      return nullptr;
    }
  }
  return found ? CallerOf(std::move(found)) : nullptr;
}

std::shared_ptr<const Caller> TokenCache::Put(std::string_view token, VerifiedToken verified) {
  Sha256 digest = Sha256Of(token);
  Shard& shard = ShardOf(digest);
  auto entry = std::make_shared<const VerifiedToken>(std::move(verified));
  Map fallen;
  {
    MutexLock lock(shard.mu);
    fallen = Insert(shard, digest, entry);
  }
  return CallerOf(std::move(entry));
}

size_t TokenCache::size() const {
  size_t size = 0;
  for (const Shard& shard : shards_) {
    MutexLock lock(shard.mu);
    size += shard.fresh.size() + shard.old.size();
  }
  return size;
}

absl::StatusOr<std::shared_ptr<const Caller>> TokenVerifier::Verify(std::string_view token, absl::Time now) {
  auto keys = keys_.Get();
  if (auto caller = cache_.Find(token, *keys, now)) return caller;
  ASSIGN_OR_RETURN(VerifiedToken verified, VerifyToken(token, *keys, rules_, now));
  return cache_.Put(token, std::move(verified));
}

}  // namespace gridwork::auth
