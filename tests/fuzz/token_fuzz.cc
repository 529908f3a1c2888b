// An access token: as it comes, and as the payload of one that is signed with our key, which gets past the signature.
#include <algorithm>

#include "common/auth/base64url.h"
#include "common/auth/jws.h"
#include "common/base/error.h"
#include "tests/fuzz/fuzz.h"

namespace gridwork::fuzz {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr char kHeader[] = R"({"alg":"EdDSA","typ":"at+jwt","kid":"k1"})";

const auth::SigningKey& Key() {
  static const auth::SigningKey key = auth::SigningKey::FromSeed("k1", std::string(32, 's')).value();
  return key;
}
const auth::KeySet& Keys() {
  static const auth::KeySet keys =
      auth::KeySet::Create({{.kid = Key().kid(), .public_key = Key().public_key()}}).value();
  return keys;
}

std::string Signed(std::string_view payload) {
  const std::string input = auth::Base64Url(kHeader) + "." + auth::Base64Url(payload);
  const auto signature = Key().Sign(input);
  return input + "." + auth::Base64Url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

absl::StatusOr<auth::VerifiedToken> Verified(std::string_view token) {
  auto verified = auth::VerifyToken(token, Keys(), {"gridwork", "gridwork"}, kNow);
  if (verified.ok()) return verified;
  Must(absl::IsUnauthenticated(verified.status()), "refused with another code");
  Must(ReasonOf(verified.status()).starts_with("TOKEN_"), "refused for another reason");
  return verified;
}

}  // namespace
}  // namespace gridwork::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork::fuzz;
  const std::string_view text = TextOf(data, size);
  Must(!Verified(text).ok(), "a token that nobody signed is believed");
  auto ours = Verified(Signed(text));
  if (!ours.ok()) return 0;
  Must(ours->caller.expires > kNow, "it is over, and believed");
  Must(ours->caller.expires <= kNow + gridwork::auth::kMaxTokenLifetime + gridwork::auth::kMaxTokenSkew,
       "it lives too long");
  const auto& bound = ours->caller.certificate;
  Must(!ours->caller.id.empty(), "it is nobody's");
  Must(std::any_of(bound.begin(), bound.end(), [](uint8_t byte) { return byte != 0; }), "it is bound to nothing");
  return 0;
}
