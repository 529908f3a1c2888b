// Refresh tokens: opaque to their holder, single use. They name their log-in, so that a used one is recognised although
// only hashes are kept.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "common/auth/caller.h"
#include "common/base/uuid.h"

namespace gridwork::auth {

struct RefreshToken {
  Uuid login;
  std::string secret;  // 32 random bytes

  std::string ToText() const;     // 64 characters of base64url
  Sha256 DigestOfSecret() const;  // what is stored: with 256 random bits a slow hash would add nothing
};

RefreshToken NewRefreshToken(const Uuid& login);
// nullopt for anything that ToText() does not write.
std::optional<RefreshToken> ParseRefreshToken(std::string_view text);

// In constant time.
bool SameDigest(const Sha256& a, const Sha256& b);

// The successor's secret as it is stored beside the hash of `used`: who shows the used token again gets the same
// successor, and who steals the database gets nothing.
std::string SealSuccessor(const RefreshToken& used, const RefreshToken& successor);
// nullopt when it was sealed for another token.
std::optional<RefreshToken> OpenSuccessor(const RefreshToken& used, std::string_view sealed);

}  // namespace gridwork::auth
