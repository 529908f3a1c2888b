// SigningKeyStore in memory.
#pragma once
#include <functional>
#include <map>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "services/identity/keys/signing_key_store.h"

namespace gridwork::identity {

class FakeSigningKeyStore : public SigningKeyStore {
 public:
  absl::StatusOr<std::vector<StoredKey>> List() override {
    MutexLock lock(mu_);
    if (away_) return Away();
    std::vector<StoredKey> keys;
    for (const auto& [sequence, key] : keys_) keys.push_back(key);
    return keys;
  }
  absl::Status Insert(const StoredKey& key) override {
    MutexLock lock(mu_);
    if (away_) return Away();
    for (const auto& [sequence, other] : keys_) {
      if (sequence == key.sequence || other.kid == key.kid) {
        return Error(absl::StatusCode::kAlreadyExists, "SIGNING_KEY_MADE", "another replica made this key");
      }
    }
    keys_[key.sequence] = key;
    return absl::OkStatus();
  }
  absl::Status RemoveGone(absl::Time now) override {
    MutexLock lock(mu_);
    if (away_) return Away();
    std::erase_if(keys_, [&](const auto& key) { return key.second.dates.gone <= now; });
    return absl::OkStatus();
  }

  void SetAway(bool away) {
    MutexLock lock(mu_);
    away_ = away;
  }
  // As somebody who can write to the database would.
  void Spoil(const std::function<void(StoredKey&)>& change) {
    MutexLock lock(mu_);
    for (auto& [sequence, key] : keys_) change(key);
  }

 private:
  static absl::Status Away() { return absl::UnavailableError("away"); }

  Mutex mu_;
  bool away_ GUARDED_BY(mu_) = false;
  std::map<int64_t, StoredKey> keys_ GUARDED_BY(mu_);
};

}  // namespace gridwork::identity
