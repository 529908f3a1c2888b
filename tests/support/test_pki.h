// An authority of its own for a test program, and the identities that it signs.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "common/auth/certificate_authority.h"
#include "common/auth/jws.h"
#include "common/auth/peer.h"
#include "common/auth/revocation.h"
#include "common/rpc/client.h"

namespace gridwork::testing {

class TestPki {
 public:
  TestPki();
  // spiffe://gridwork/{path}: "svc/tasks", "device/1". "svc/localhost" is what a server in the same process needs.
  rpc::TlsIdentity Identity(const std::string& path, absl::Duration validity = absl::Hours(1)) const;
  // Another certificate for the same key.
  std::string Renewed(const rpc::TlsIdentity& identity, const std::string& path) const;
  // As Identity(), but nobody knows its authority.
  static rpc::TlsIdentity Stranger(const std::string& path);

  // A token for the holder of `identity`, signed with a key of keys().
  std::string Token(const rpc::TlsIdentity& identity, std::string subject, std::vector<auth::Grant> grants,
                    absl::Duration lifetime = absl::Minutes(5)) const;
  const auth::KeySetHolder& keys() const { return keys_; }
  // Nothing is revoked, and that never grows old.
  const auth::RevocationList& revocations() const { return revocations_; }
  static auth::TokenRules rules() { return {"gridwork", "gridwork"}; }

 private:
  auth::CertificateAuthority authority_;
  auth::SigningKey signing_key_ = auth::SigningKey::Generate("test");
  auth::KeySetHolder keys_;
  auth::RevocationList revocations_;
};

// `role` in `area` for the next hour.
auth::Grant GrantOf(auth::Role role, std::string area, absl::Duration until = absl::Hours(1));

}  // namespace gridwork::testing
