#include "tests/support/test_pki.h"

#include <absl/time/clock.h>

namespace gridwork::testing {

TestPki::TestPki() : authority_(*auth::CertificateAuthority::MakeRoot("test", absl::Now(), absl::Hours(24))) {
  revocations_.Confirm(absl::InfiniteFuture());
  keys_.Set(*auth::KeySet::Create({{.kid = signing_key_.kid(), .public_key = signing_key_.public_key()}}));
}

rpc::TlsIdentity TestPki::Identity(const std::string& path, absl::Duration validity) const {
  auto made = *auth::MakeKeyAndCsr();
  return {.authority = authority_.certificate_pem(),
          .certificate = *authority_.Sign(made.csr, path, absl::Now(), validity),
          .key = made.key};
}

std::string TestPki::Renewed(const rpc::TlsIdentity& identity, const std::string& path) const {
  return *authority_.Sign(*auth::MakeCsr(identity.key), path, absl::Now(), absl::Hours(1));
}

rpc::TlsIdentity TestPki::Stranger(const std::string& path) { return TestPki().Identity(path); }

std::string TestPki::Token(const rpc::TlsIdentity& identity, std::string subject, std::vector<auth::Grant> grants,
                           absl::Duration lifetime) const {
  auth::Caller caller;
  caller.id = std::move(subject);
  caller.session = "session-1";
  caller.login = "login-1";
  caller.account_version = 1;
  caller.grants = std::move(grants);
  caller.certificate = auth::ParsePeer(identity.certificate)->certificate;
  caller.expires = absl::Now() + lifetime;
  return *auth::SignToken(signing_key_, rules(), caller, caller.expires - absl::Minutes(5));
}

auth::Grant GrantOf(auth::Role role, std::string area, absl::Duration until) {
  return {.role = role, .area = std::move(area), .until = absl::Now() + until};
}

}  // namespace gridwork::testing
