// An authority for one run: the certificates of server and client, and access tokens.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "common/auth/certificate_authority.h"
#include "common/auth/jws.h"
#include "common/rpc/client.h"

namespace gridwork::bench {

class Identities {
 public:
  Identities();

  const rpc::TlsIdentity& server() const { return server_; }  // of localhost
  const rpc::TlsIdentity& client() const { return client_; }
  const auth::KeySetHolder& keys() const { return keys_; }
  static auth::TokenRules rules() { return {"gridwork", "gridwork"}; }

  // The values of `authorization` for the holder of client(): good for five minutes, no two alike, one as expensive to
  // verify as the other. 30 us each.
  std::vector<std::string> Tokens(size_t count);

 private:
  rpc::TlsIdentity Sign(const std::string& path) const;

  const auth::CertificateAuthority authority_;
  const auth::SigningKey key_ = auth::SigningKey::Generate("bench");
  const rpc::TlsIdentity server_, client_;
  auth::KeySetHolder keys_;
  uint64_t next_ = 0;
};

}  // namespace gridwork::bench
