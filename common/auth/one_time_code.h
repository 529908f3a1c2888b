// Codes that people read aloud or copy from paper: 80 random bits as 16 characters of Crockford's base32, in groups of
// four.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "common/auth/caller.h"

namespace gridwork::auth {

std::string NewOneTimeCode();  // "7ZK2-M0QH-..."

// The 16 characters as they are compared: upper case, without groups and spaces; O is read as 0, I and L as 1.
// BAD_FIELD `field` when it cannot be a code. Apply to what people type before its digest is taken.
absl::StatusOr<std::string> NormaliseCode(std::string_view field, std::string_view text);

// SHA-256 of a normalised code: what is stored. With 80 random bits a slow hash would add nothing.
Sha256 DigestOfCode(std::string_view normalised);

}  // namespace gridwork::auth
