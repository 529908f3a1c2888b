// Secrets at rest: XChaCha20-Poly1305 (libsodium) with what the secret belongs to as associated data.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace gridwork::auth {

// `key`: 32 bytes. 40 bytes longer than the plain text; never the same twice.
std::string Seal(std::string_view key, std::string_view plain, std::string_view context);
// nullopt unless it was sealed with this key for this context.
std::optional<std::string> Unseal(std::string_view key, std::string_view sealed, std::string_view context);

}  // namespace gridwork::auth
