// The real Authenticator: peers by their certificate, callers by a verified access token, both remembered; and what was
// revoked.
#pragma once
#include <utility>

#include "common/auth/peer.h"
#include "common/auth/revocation.h"
#include "common/auth/token_cache.h"
#include "common/rpc/authenticator.h"

namespace gridwork::rpc {

class TokenAuthenticator : public Authenticator {  // Thread-safe.
 public:
  static constexpr size_t kTokens = 65'536;

  // `keys` and `revocations` outlive this.
  TokenAuthenticator(auth::TokenRules rules, const auth::KeySetHolder& keys, const auth::RevocationList& revocations)
      : tokens_(std::move(rules), keys, kTokens), revocations_(revocations) {}

  absl::StatusOr<std::shared_ptr<const auth::Peer>> PeerOf(std::string_view certificate_pem) override {
    return peers_.Get(certificate_pem);
  }
  absl::StatusOr<std::shared_ptr<const auth::Caller>> CallerOf(std::string_view token, absl::Time now) override {
    return tokens_.Verify(token, now);
  }
  absl::Status CheckRevocation(const auth::Peer* peer, const auth::Caller* caller, bool personal,
                               absl::Time now) override {
    return revocations_.Check(peer, caller, personal, now);
  }

 private:
  auth::PeerCache peers_;
  auth::TokenVerifier tokens_;
  const auth::RevocationList& revocations_;
};

}  // namespace gridwork::rpc
