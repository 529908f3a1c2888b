// Who is at the other end of the connection, from the certificate of the TLS handshake.
#pragma once
#include <absl/status/statusor.h>

#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/auth/caller.h"

namespace gridwork::auth {

// The certificate must have exactly one URI name, spiffe://gridwork/{svc|device}/{id}. UNAUTHENTICATED
// CERTIFICATE_MALFORMED or CERTIFICATE_NAME otherwise. The chain and the dates are not checked: TLS does the first, the
// caller the second, on every call, since a connection may live longer than its certificate.
absl::StatusOr<Peer> ParsePeer(std::string_view pem);

// ParsePeer() costs 100 us, a look-up of the whole PEM text well under one. Keyed by the text and not by the
// connection, whose address may come back for another one. Bounded: forgets everything when full. Thread-safe.
class PeerCache {
 public:
  static constexpr size_t kCapacity = 16'384;

  // As ParsePeer(). Refused certificates are not kept.
  absl::StatusOr<std::shared_ptr<const Peer>> Get(std::string_view pem);
  size_t size() const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  mutable std::shared_mutex mu_;
  std::unordered_map<std::string, std::shared_ptr<const Peer>, Hash, std::equal_to<>> peers_;  // guarded by mu_
};

}  // namespace gridwork::auth
