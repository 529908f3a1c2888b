// Owners for the objects of OpenSSL 3, and PEM both ways.
#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

namespace gridwork::auth::ssl {

template <auto Free>
struct Deleter {
  void operator()(auto* object) const { Free(object); }
};

using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Bignum = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;
using Request = std::unique_ptr<X509_REQ, Deleter<X509_REQ_free>>;

inline Bio Reader(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// What `write` puts into a memory BIO; "" when it fails.
std::string Written(auto write) {
  Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || write(bio.get()) != 1) return "";
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

// Null when `pem` is not one block of that kind. A key with a password is refused instead of asking at the terminal.
inline Certificate ReadCertificate(std::string_view pem) {
  return Certificate(PEM_read_bio_X509(Reader(pem).get(), nullptr, nullptr, nullptr));
}
inline Request ReadRequest(std::string_view pem) {
  return Request(PEM_read_bio_X509_REQ(Reader(pem).get(), nullptr, nullptr, nullptr));
}
inline Key ReadKey(std::string_view pem) {
  auto no_password = [](char*, int, int, void*) { return -1; };
  return Key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, no_password, nullptr));
}
inline std::string ToPem(X509* certificate) {
  return Written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}
inline std::string ToPem(X509_REQ* request) {
  return Written([&](BIO* bio) { return PEM_write_bio_X509_REQ(bio, request); });
}
inline std::string ToPem(EVP_PKEY* key) {  // PKCS #8, not encrypted
  return Written(
      [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

}  // namespace gridwork::auth::ssl
