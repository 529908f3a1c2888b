// The keys of access tokens on one replica: makes the next one in time, signs with the one whose turn it is, publishes
// what verifiers need.
#pragma once
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "common/auth/jws.h"
#include "common/base/clock.h"
#include "common/base/every.h"
#include "common/base/mutex.h"
#include "services/identity/keys/signing_key_store.h"

namespace gridwork::identity {

// Thread-safe.
class KeyRing {
 public:
  static constexpr absl::Duration kEvery = absl::Seconds(30);

  // `key_encryption_key`: 32 bytes, the same on all replicas. The rest outlives it; `keys` gets what it publishes.
  KeyRing(SigningKeyStore& store, std::string key_encryption_key, const Clock& clock, auth::KeySetHolder& keys)
      : store_(store), key_encryption_key_(std::move(key_encryption_key)), clock_(clock), keys_(keys) {}

  // Reads the keys once, or fails; then goes on by itself. While the database is away the last ones stay in use.
  absl::Status Start();
  // Reads the keys, after making the next one if its time has come. A stored key that does not open, or is not what was
  // sealed, is neither used nor published. FAILED_PRECONDITION KEY_ENCRYPTION_KEY when none of several opens.
  absl::Status Refresh();

  // The key that signs at `now`. UNAVAILABLE SIGNING_KEY_PENDING, with a time to retry, while there is none: after all
  // replicas were away for long.
  absl::StatusOr<std::shared_ptr<const auth::SigningKey>> Signer(absl::Time now) const;
  // The keys whose tokens may be believed, now or soon.
  std::vector<auth::VerifyKey> Published(absl::Time now) const;

 private:
  struct Key {
    KeyDates dates;
    std::shared_ptr<const auth::SigningKey> key;
  };
  absl::StatusOr<StoredKey> Make(int64_t sequence, const KeyDates& dates) const;
  // Null when the stored key is not what was sealed.
  std::shared_ptr<const auth::SigningKey> Open(const StoredKey& stored) const;
  absl::Status MakeNext(const std::vector<StoredKey>& stored, absl::Time now);

  SigningKeyStore& store_;
  const std::string key_encryption_key_;
  const Clock& clock_;
  auth::KeySetHolder& keys_;
  mutable Mutex mu_;
  std::vector<Key> ring_ GUARDED_BY(mu_);
  Every refresh_;
};

// A key of 32 bytes, named after its public key: who has the same seed has the same name for it.
absl::StatusOr<auth::SigningKey> MakeTokenKey(std::string_view seed);

}  // namespace gridwork::identity
