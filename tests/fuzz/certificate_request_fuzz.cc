// The certificate request of a phone that enrols.
#include "common/auth/certificate_authority.h"
#include "common/auth/peer.h"
#include "common/base/error.h"
#include "tests/fuzz/der.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork;
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  static const auto authority = auth::CertificateAuthority::MakeRoot("Fuzz", now, absl::Hours(24 * 365)).value();
  const std::string request = fuzz::PemOf("CERTIFICATE REQUEST", fuzz::TextOf(data, size));
  auto certificate = authority.Sign(request, "device/1", now, absl::Hours(24));
  if (!certificate.ok()) {
    fuzz::Must(absl::IsInvalidArgument(certificate.status()), "refused with another code");
    fuzz::Must(ReasonOf(certificate.status()).starts_with("CSR_"), "refused for another reason");
    return 0;
  }
  auto peer = auth::ParsePeer(*certificate);
  fuzz::Must(peer.ok() && peer->id == "1" && peer->kind == auth::Peer::Kind::kDevice, "signed for somebody else");
  return 0;
}
