#include "common/auth/refresh_token.h"

#include <algorithm>
#include <array>

#include "common/auth/base64url.h"
#include "common/auth/sodium.h"
#include "common/base/sha256.h"

namespace gridwork::auth {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr size_t kIdBytes = 16;
constexpr std::string_view kSealedFor = "gridwork refresh token successor";

const uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

using Key = std::array<uint8_t, crypto_secretbox_KEYBYTES>;

// A key that only the holder of the used token can make; its stored SHA-256 does not lead to it.
Key KeyOf(const RefreshToken& used) {
  Key key;
  crypto_generichash(key.data(), key.size(), Bytes(kSealedFor), kSealedFor.size(), Bytes(used.secret),
                     used.secret.size());
  return key;
}

// Each key seals one message, so that one nonce does.
constexpr std::array<uint8_t, crypto_secretbox_NONCEBYTES> kNonce{};

}  // namespace

std::string RefreshToken::ToText() const { return Base64Url(login.ToBytes() + secret); }

Sha256 RefreshToken::DigestOfSecret() const { return Sha256Of(secret); }

RefreshToken NewRefreshToken(const Uuid& login) {
  InitSodium();
  RefreshToken token{.login = login, .secret = std::string(kSecretBytes, '\0')};
  randombytes_buf(token.secret.data(), token.secret.size());
  return token;
}

std::optional<RefreshToken> ParseRefreshToken(std::string_view text) {
  std::optional<std::string> bytes = FromBase64Url(text);
  if (!bytes || bytes->size() != kIdBytes + kSecretBytes) return std::nullopt;
  auto login = Uuid::FromBytes(bytes->substr(0, kIdBytes));
  if (!login.ok()) return std::nullopt;
  return RefreshToken{.login = *login, .secret = bytes->substr(kIdBytes)};
}

bool SameDigest(const Sha256& a, const Sha256& b) { return sodium_memcmp(a.data(), b.data(), a.size()) == 0; }

std::string SealSuccessor(const RefreshToken& used, const RefreshToken& successor) {
  InitSodium();
  Key key = KeyOf(used);
  std::string sealed(crypto_secretbox_MACBYTES + successor.secret.size(), '\0');
  crypto_secretbox_easy(reinterpret_cast<uint8_t*>(sealed.data()), Bytes(successor.secret), successor.secret.size(),
                        kNonce.data(), key.data());
  sodium_memzero(key.data(), key.size());
  return sealed;
}

std::optional<RefreshToken> OpenSuccessor(const RefreshToken& used, std::string_view sealed) {
  if (sealed.size() != crypto_secretbox_MACBYTES + kSecretBytes) return std::nullopt;
  Key key = KeyOf(used);
  RefreshToken successor{.login = used.login, .secret = std::string(kSecretBytes, '\0')};
  int opened = crypto_secretbox_open_easy(reinterpret_cast<uint8_t*>(successor.secret.data()), Bytes(sealed),
                                          sealed.size(), kNonce.data(), key.data());
  sodium_memzero(key.data(), key.size());
  if (opened != 0) return std::nullopt;
  return successor;
}

}  // namespace gridwork::auth
