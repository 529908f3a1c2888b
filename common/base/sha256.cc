#include "common/base/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <stdexcept>

namespace gridwork {

// OpenSSL's, which uses the instructions that processors have for it; libsodium's does not.
Sha256 Sha256Of(std::string_view bytes) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // slower than a short hash
  Sha256 out;
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, algorithm, nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  return out;
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (char c : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace gridwork
