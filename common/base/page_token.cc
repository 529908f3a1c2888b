#include "common/base/page_token.h"

#include <sodium.h>

#include "common/base/error.h"
#include "common/base/scope_limits.h"

namespace gridwork {
namespace {

constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr size_t kMaxToken = 1024;  // bytes

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Lengths keep ("ab", "c") apart from ("a", "bc").
std::string Join(const std::vector<std::string_view>& query) {
  std::string out;
  for (std::string_view part : query) out += std::to_string(part.size()) + ":" + std::string(part);
  return out;
}

}  // namespace

std::string PageTokens::Seal(const std::vector<std::string_view>& query, std::string_view next) const {
  if (next.empty()) return "";
  std::string associated = Join(query), box(kNonce + next.size() + kTag, '\0');
  randombytes_buf(box.data(), kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(box) + kNonce, nullptr, Bytes(next), next.size(), Bytes(associated),
                                             associated.size(), nullptr, Bytes(box), Bytes(key_));
  std::string text(sodium_base64_encoded_len(box.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), Bytes(box), box.size(), kBase64);
  text.pop_back();  // the terminating NUL
  return text;
}

absl::StatusOr<std::string> PageTokens::Open(const std::vector<std::string_view>& query, std::string_view token) const {
  if (token.empty()) return std::string();
  const absl::Status bad = BadField("page_token", "must be the next_page_token of the same call with the same fields");
  if (token.size() > kMaxToken) return bad;
  std::string associated = Join(query), box(token.size(), '\0');
  size_t size = 0;
  if (sodium_base642bin(Bytes(box), box.size(), token.data(), token.size(), nullptr, &size, nullptr, kBase64) != 0 ||
      size < kNonce + kTag)
    return bad;
  std::string next(size - kNonce - kTag, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(next), nullptr, nullptr, Bytes(box) + kNonce, size - kNonce,
                                                 Bytes(associated), associated.size(), Bytes(box), Bytes(key_)) != 0)
    return bad;
  return next;
}

absl::StatusOr<size_t> ParsePageSize(int32_t page_size) {
  if (page_size < 0) return BadField("page_size", "must not be negative");
  if (page_size == 0) return scope::kDefaultPageSize;
  return std::min<size_t>(page_size, scope::kPageSize);
}

}  // namespace gridwork
