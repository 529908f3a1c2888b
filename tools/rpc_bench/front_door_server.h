// common/server as the services run it, with its default numbers of workers and its limits.
#pragma once
#include "common/rpc/token_authenticator.h"
#include "common/server/server.h"
#include "tools/rpc_bench/identities.h"

namespace gridwork::bench {

class FrontDoorServer {
 public:
  // Both outlive it, as the services that it serves do.
  FrontDoorServer(const Identities& identities, Units& units)
      : authenticator_(Identities::rules(), identities.keys(), revocations_),
        server_({.listen = "localhost:0", .tls = identities.server(), .request_log_key = std::string(32, 'k')},
                authenticator_, units, access_log_, clock_) {
    revocations_.Confirm(absl::InfiniteFuture());
  }

  server::Server* operator->() { return &server_; }

 private:
  auth::RevocationList revocations_;
  rpc::TokenAuthenticator authenticator_;
  rpc::NoAccessLog access_log_;
  SystemClock clock_;
  server::Server server_;
};

}  // namespace gridwork::bench
