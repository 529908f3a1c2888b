// SHA-256, as FIPS 180-4 defines it.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gridwork {

using Sha256 = std::array<uint8_t, 32>;

Sha256 Sha256Of(std::string_view bytes);

// As a field of a message or a column holds it.
inline std::string ToBytes(const Sha256& hash) { return {hash.begin(), hash.end()}; }

// Lower-case hexadecimal digits of any bytes.
std::string Hex(std::string_view bytes);

}  // namespace gridwork
