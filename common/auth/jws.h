// Access tokens: strict compact JWS (RFC 7515) of type at+jwt (RFC 9068), signed with Ed25519 (RFC 8037), bound to a
// certificate (RFC 8705). Both sides are ours, so there is one way to write a token and everything else is refused.
#pragma once
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/caller.h"
#include "common/base/mutex.h"

namespace gridwork::auth {

constexpr size_t kMaxTokenBytes = 4096;
constexpr absl::Duration kMaxTokenLifetime = absl::Minutes(5);
constexpr absl::Duration kMaxTokenSkew = absl::Seconds(30);  // how far `iat` may lie in the future

using PublicKey = std::array<uint8_t, 32>;  // Ed25519, RFC 8032

// What a verifier knows of one signing key. Usable from `not_before` until `not_after`, exclusive.
struct VerifyKey {
  std::string kid;  // 1 to 64 of A-Z a-z 0-9 - _
  PublicKey public_key{};
  absl::Time not_before = absl::InfinitePast();
  absl::Time not_after = absl::InfiniteFuture();
  bool operator==(const VerifyKey&) const = default;
};

// A private key. Its bytes are wiped from memory when it goes.
class SigningKey {
 public:
  static SigningKey Generate(std::string kid);
  // `seed`: the 32 bytes of RFC 8032 5.1.5. INVALID_ARGUMENT SIGNING_KEY when kid or seed are not of the right form.
  static absl::StatusOr<SigningKey> FromSeed(std::string kid, std::string_view seed);
  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&&) = delete;
  ~SigningKey();

  const std::string& kid() const { return kid_; }
  const PublicKey& public_key() const { return public_key_; }
  std::string seed() const;  // for the key store only
  std::array<uint8_t, 64> Sign(std::string_view message) const;

 private:
  explicit SigningKey(std::string kid) : kid_(std::move(kid)) {}
  std::string kid_;
  PublicKey public_key_{};
  std::array<uint8_t, 64> secret_{};
};

// The keys that are good for verifying. Immutable.
class KeySet {
 public:
  KeySet() = default;  // knows no key: refuses every token
  // INVALID_ARGUMENT KEY_SET when a kid is not of the right form or appears twice.
  static absl::StatusOr<KeySet> Create(const std::vector<VerifyKey>& keys);

  // The key whose tokens begin with exactly this (encoded) header, or null.
  const VerifyKey* FindByHeader(std::string_view encoded_header) const;
  // True while the set holds the very same key: kid, public key and dates.
  bool Contains(const VerifyKey& key) const;

 private:
  std::map<std::string, VerifyKey, std::less<>> by_header_;
};

// The current key set of a process. Thread-safe.
class KeySetHolder {
 public:
  std::shared_ptr<const KeySet> Get() const;
  void Set(KeySet keys);

 private:
  mutable Mutex mu_;
  std::shared_ptr<const KeySet> keys_ GUARDED_BY(mu_) = std::make_shared<const KeySet>();
};

// Who issues and for whom; both sides must be configured alike.
struct TokenRules {
  std::string issuer;
  std::string audience;
};

// A token of `caller`, times in whole seconds, rounded down.
// FAILED_PRECONDITION TOKEN_NOT_ISSUABLE with `cause` in the metadata when VerifyToken() would refuse it: too many
// grants, too long a life, no certificate.
absl::StatusOr<std::string> SignToken(const SigningKey& key, const TokenRules& rules, const Caller& caller,
                                      absl::Time issued_at);

struct VerifiedToken {
  Caller caller;
  VerifyKey key;  // the one that signed it
};

// UNAUTHENTICATED with one of these reasons, in the order of the checks; never a part of the token in the message:
//   TOKEN_TOO_LARGE, TOKEN_MALFORMED (not three parts of canonical base64url, no JSON object), TOKEN_KEY_UNKNOWN
//   (header is not byte for byte that of a key of the set; a newer key set may help), TOKEN_KEY_INACTIVE,
//   TOKEN_SIGNATURE, TOKEN_CLAIMS (one missing, twice, unknown or of the wrong type), TOKEN_ISSUER, TOKEN_AUDIENCE,
//   TOKEN_LIFETIME, TOKEN_NOT_YET_VALID, TOKEN_EXPIRED, TOKEN_UNBOUND, TOKEN_ROLE_UNKNOWN.
// An ended grant is no reason to refuse: Decide() tells the caller so. A new claim or role reaches the verifiers before
// identity writes it.
absl::StatusOr<VerifiedToken> VerifyToken(std::string_view token, const KeySet& keys, const TokenRules& rules,
                                          absl::Time now);

// UNAUTHENTICATED TOKEN_BOUND_ELSEWHERE unless the token was issued for the certificate that the peer shows (RFC 8705
// section 3).
absl::Status CheckBinding(const Caller& caller, const Peer& peer);

// The primitive under all of it: strict Ed25519 (RFC 8032 with canonical S; small-order keys refused).
bool VerifyEd25519(std::string_view message, std::string_view signature, const PublicKey& key);

}  // namespace gridwork::auth
