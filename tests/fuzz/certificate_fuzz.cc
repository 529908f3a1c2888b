// The certificate of a peer. (The header in which an edge will hand one on does not exist yet.)
#include "common/auth/peer.h"
#include "common/base/error.h"
#include "tests/fuzz/der.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork;
  auto peer = auth::ParsePeer(fuzz::PemOf("CERTIFICATE", fuzz::TextOf(data, size)));
  if (!peer.ok()) {
    const std::string reason = ReasonOf(peer.status());
    fuzz::Must(reason == "CERTIFICATE_MALFORMED" || reason == "CERTIFICATE_NAME",
               "refused for another reason: " + reason);
    return 0;
  }
  fuzz::Must(!peer->id.empty() && peer->id.size() <= 64, "a peer without a name");
  return 0;
}
