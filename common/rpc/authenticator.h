// Turns what a connection shows into who calls. common/auth has the real one; tests bring their own.
#pragma once
#include <absl/status/statusor.h>

#include <memory>
#include <string_view>

#include "common/auth/caller.h"

namespace gridwork::rpc {

class Authenticator {  // Thread-safe.
 public:
  virtual ~Authenticator() = default;
  // Of the PEM text of the peer's certificate, whose chain the TLS handshake has checked. UNAUTHENTICATED when it is
  // none of ours.
  virtual absl::StatusOr<std::shared_ptr<const auth::Peer>> PeerOf(std::string_view certificate_pem) = 0;
  // Of an access token, verified. UNAUTHENTICATED with a reason of its own for every fault.
  virtual absl::StatusOr<std::shared_ptr<const auth::Caller>> CallerOf(std::string_view token, absl::Time now) = 0;
  // Of every call, after the two above; a null `peer` or `caller`: there is none, or the call does not ask for it.
  // UNAUTHENTICATED DEVICE_REVOKED or TOKEN_REVOKED; UNAVAILABLE REVOCATIONS_STALE for a `personal` call (its reply may
  // hold data of persons; staff in their work are none) while nobody knows what was revoked lately. A call that lasts
  // asks again.
  virtual absl::Status CheckRevocation(const auth::Peer* peer, const auth::Caller* caller, bool personal,
                                       absl::Time now) = 0;
};

}  // namespace gridwork::rpc
