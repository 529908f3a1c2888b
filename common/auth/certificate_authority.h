// Signs the client and server certificates of devices and services.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "common/auth/openssl.h"

namespace gridwork::auth {

// A new key and what goes to the authority. The key never leaves its owner.
struct KeyAndCsr {
  std::string key;  // EC P-256, PKCS #8, PEM
  std::string csr;  // PKCS #10, PEM; without names: the authority gives them
};
absl::StatusOr<KeyAndCsr> MakeKeyAndCsr();  // INTERNAL only
// A request for a key that is there already (PEM), as a renewal needs it. INVALID_ARGUMENT BAD_FIELD for what is no
// key.
absl::StatusOr<std::string> MakeCsr(std::string_view key_pem);

// Thread-safe.
class CertificateAuthority {
 public:
  // FAILED_PRECONDITION AUTHORITY_UNUSABLE unless the certificate may sign others and the key is its own.
  static absl::StatusOr<CertificateAuthority> Create(std::string_view certificate_pem, std::string_view key_pem);

  // A new root of its own, for development and tests: EC P-256, valid from `now`.
  static absl::StatusOr<CertificateAuthority> MakeRoot(std::string_view common_name, absl::Time now,
                                                       absl::Duration validity);

  // A certificate (PEM) for the key of `csr_pem`, named spiffe://gridwork/{spiffe_path} ("device/{id}", "svc/{id}").
  // Names and extensions of the request are ignored. Valid from `now` - 5 minutes until `now` + `validity`, but never
  // longer than the authority's own. INVALID_ARGUMENT with reason CSR_MALFORMED, CSR_KEY (not EC P-256), CSR_SIGNATURE
  // (the sender does not hold the key) or BAD_FIELD (spiffe_path, validity); FAILED_PRECONDITION AUTHORITY_EXPIRED.
  absl::StatusOr<std::string> Sign(std::string_view csr_pem, std::string_view spiffe_path, absl::Time now,
                                   absl::Duration validity) const;

  std::string certificate_pem() const;
  std::string key_pem() const;  // for the key store only

 private:
  CertificateAuthority(ssl::Certificate certificate, ssl::Key key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  ssl::Certificate certificate_;
  ssl::Key key_;
};

}  // namespace gridwork::auth
