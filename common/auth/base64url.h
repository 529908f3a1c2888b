// base64url without padding (RFC 4648 section 5, RFC 7515 section 2).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace gridwork::auth {

std::string Base64Url(std::string_view bytes);

// Strict: no padding, no white space, and only the one canonical text of the bytes, so that no two texts mean the same
// token. nullopt otherwise. Not constant time: for tokens, which are no secret from the one who sends them.
std::optional<std::string> FromBase64Url(std::string_view text);

}  // namespace gridwork::auth
