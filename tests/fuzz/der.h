// DER as text, for corpora that people read and for mutations that hit bytes: hexadecimal digits, or PEM as it is.
#pragma once
#include <sodium.h>

#include <string>
#include <string_view>

namespace gridwork::fuzz {

// What stands between the lines of PEM. Other characters than digits are left out, so that everything is a document.
inline std::string PemOf(std::string_view label, std::string_view text) {
  if (text.starts_with("-----")) return std::string(text);
  std::string der(text.size() / 2 + 1, '\0');
  size_t size = 0, digits = 0;
  for (char c : text) {
    const char lower = static_cast<char>(c | 0x20);
    int value = c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    if (value < 0) continue;
    der[size] = static_cast<char>((static_cast<unsigned char>(der[size]) << 4) | static_cast<unsigned>(value));
    if (++digits % 2 == 0) ++size;
  }
  std::string base64(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(base64.data(), base64.size(), reinterpret_cast<const unsigned char*>(der.data()), size,
                    sodium_base64_VARIANT_ORIGINAL);
  base64.pop_back();
  for (size_t at = 64; at < base64.size(); at += 65) base64.insert(at, 1, '\n');
  return "-----BEGIN " + std::string(label) + "-----\n" + base64 + "\n-----END " + std::string(label) + "-----\n";
}

}  // namespace gridwork::fuzz
