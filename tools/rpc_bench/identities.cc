#include "tools/rpc_bench/identities.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/auth/base64url.h"
#include "common/auth/peer.h"

namespace gridwork::bench {

Identities::Identities()
    : authority_(*auth::CertificateAuthority::MakeRoot("bench", absl::Now(), absl::Hours(24))),
      server_(Sign("svc/localhost")),
      client_(Sign("device/1")) {
  keys_.Set(*auth::KeySet::Create({{.kid = key_.kid(), .public_key = key_.public_key()}}));
}

rpc::TlsIdentity Identities::Sign(const std::string& path) const {
  auto made = *auth::MakeKeyAndCsr();
  return {.authority = authority_.certificate_pem(),
          .certificate = *authority_.Sign(made.csr, path, absl::Now(), absl::Hours(24)),
          .key = made.key};
}

std::vector<std::string> Identities::Tokens(size_t count) {
  const absl::Time now = absl::Now();
  const std::string placeholder = "00000000-0000-0000-0000-000000000000";
  const std::string model =
      *auth::SignToken(key_, rules(),
                       {.id = "staff/018f0000-0000-7000-8000-000000000001",
                        .session = placeholder,
                        .login = "018f0000-0000-7000-8000-000000000002",
                        .account_version = 1,
                        .grants = {{options::v1::ROLE_FIELD_WORKER, "CHI/SIDE-CENTRAL", now + absl::Hours(8)},
                                   {options::v1::ROLE_INSPECTOR, "CHI/SIDE-NORTH", now + absl::Hours(8)}},
                        .certificate = auth::ParsePeer(client_.certificate)->certificate,
                        .expires = now + auth::kMaxTokenLifetime},
                       now);
  // SignToken() verifies each one, which would take longer than the run that uses them: only the model goes through it.
  const size_t first = model.find('.') + 1;
  const std::string header = model.substr(0, first);
  std::string claims = *auth::FromBase64Url(model.substr(first, model.rfind('.') - first));
  const size_t id = claims.find(placeholder);
  std::vector<std::string> out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    claims.replace(id, placeholder.size(), fmt::format("00000000-0000-7000-8000-{:012}", next_++));
    std::string text = header + auth::Base64Url(claims);
    auto signature = key_.Sign(text);
    out.push_back(fmt::format("Bearer {}.{}", text,
                              auth::Base64Url({reinterpret_cast<const char*>(signature.data()), signature.size()})));
  }
  return out;
}

}  // namespace gridwork::bench
