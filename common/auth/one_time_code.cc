#include "common/auth/one_time_code.h"

#include <array>

#include "common/auth/sodium.h"
#include "common/base/error.h"
#include "common/base/sha256.h"

namespace gridwork::auth {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford: without I, L, O, U
constexpr size_t kLength = 16;
constexpr size_t kGroup = 4;

}  // namespace

std::string NewOneTimeCode() {
  InitSodium();
  std::array<uint8_t, kLength> random;  // five bits of each byte
  randombytes_buf(random.data(), random.size());
  std::string code;
  for (size_t i = 0; i < kLength; ++i) {
    if (i > 0 && i % kGroup == 0) code += '-';
    code += kAlphabet[random[i] % kAlphabet.size()];
  }
  return code;
}

absl::StatusOr<std::string> NormaliseCode(std::string_view field, std::string_view text) {
  const absl::Status bad = BadField(field, "a code of 16 letters and digits");
  std::string code;
  for (char c : text) {
    if (c == '-' || c == ' ') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    if (kAlphabet.find(c) == kAlphabet.npos || code.size() == kLength) return bad;
    code += c;
  }
  if (code.size() != kLength) return bad;
  return code;
}

Sha256 DigestOfCode(std::string_view normalised) { return Sha256Of(normalised); }

}  // namespace gridwork::auth
