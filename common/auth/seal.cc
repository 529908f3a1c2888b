#include "common/auth/seal.h"

#include "common/auth/sodium.h"

namespace gridwork::auth {
namespace {

constexpr size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }
uint8_t* Bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

// A key of another length is a mistake in the program.
void CheckKey(std::string_view key) {
  if (key.size() != crypto_aead_xchacha20poly1305_ietf_KEYBYTES) std::abort();
}

}  // namespace

std::string Seal(std::string_view key, std::string_view plain, std::string_view context) {
  InitSodium();
  CheckKey(key);
  std::string out(kNonce + plain.size() + kTag, '\0');
  randombytes_buf(out.data(), kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(out) + kNonce, nullptr, Bytes(plain), plain.size(), Bytes(context),
                                             context.size(), nullptr, Bytes(out), Bytes(key));
  return out;
}

std::optional<std::string> Unseal(std::string_view key, std::string_view sealed, std::string_view context) {
  InitSodium();
  CheckKey(key);
  if (sealed.size() < kNonce + kTag) return std::nullopt;
  std::string out(sealed.size() - kNonce - kTag, '\0');
  int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(out), nullptr, nullptr, Bytes(sealed) + kNonce,
                                                          sealed.size() - kNonce, Bytes(context), context.size(),
                                                          Bytes(sealed), Bytes(key));
  if (opened != 0) return std::nullopt;
  return out;
}

}  // namespace gridwork::auth
