// Where signing keys are kept, sealed. The fake and MySQL pass the same contract test.
#pragma once
#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "services/identity/keys/signing_key.h"

namespace gridwork::identity {

struct StoredKey {
  int64_t sequence = 1;
  std::string kid;
  std::array<uint8_t, 32> public_key{};
  std::string sealed_seed;
  KeyDates dates;
};

class SigningKeyStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~SigningKeyStore() = default;

  // All keys, by sequence.
  virtual absl::StatusOr<std::vector<StoredKey>> List() = 0;
  // ALREADY_EXISTS when another replica made the key of this sequence first.
  virtual absl::Status Insert(const StoredKey& key) = 0;
  // Private keys that nobody needs are no longer kept.
  virtual absl::Status RemoveGone(absl::Time now) = 0;
};

}  // namespace gridwork::identity
