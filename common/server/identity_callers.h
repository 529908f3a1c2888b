// How a service other than identity knows its callers.
#pragma once
#include <absl/status/status.h>
#include <grpcpp/channel.h>

#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/identity_keys.h"
#include "common/server/revocation_poller.h"

namespace gridwork::server {

// An authenticator with identity's keys and its list of revocations, both kept fresh.
class IdentityCallers {
 public:
  // `clock` outlives it.
  IdentityCallers(const std::shared_ptr<grpc::Channel>& identity, auth::TokenRules rules, const Clock& clock)
      : authenticator_(std::move(rules), keys_, revoked_),
        key_fetcher_(identity, keys_),
        poller_(RevocationsOf(identity), revoked_, clock) {}

  // Waits until identity has told both, at most `patience` for each: without them a service would refuse everybody.
  absl::Status Start(absl::Duration patience) {
    RETURN_IF_ERROR(key_fetcher_.Start(patience));
    return poller_.Start(patience);
  }

  rpc::Authenticator& authenticator() { return authenticator_; }

 private:
  auth::KeySetHolder keys_;
  auth::RevocationList revoked_;
  rpc::TokenAuthenticator authenticator_;
  IdentityKeys key_fetcher_;
  RevocationPoller poller_;
};

}  // namespace gridwork::server
