#include "common/auth/certificate_authority.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/auth/spiffe.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::auth {
namespace {

constexpr size_t kMaxCsrBytes = 8192;
constexpr absl::Duration kBackdated = absl::Minutes(5);  // for clocks that are late

absl::Status Invalid(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status OpenSslFailed(std::string_view what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return absl::InternalError(fmt::format("OpenSSL: {}: {}", what, text.data()));
}

absl::Status Must(int result, std::string_view what) { return result > 0 ? absl::OkStatus() : OpenSslFailed(what); }

// EC P-256 by its name: explicit parameters could name another generator.
bool IsP256(EVP_PKEY* key) {
  if (!key || EVP_PKEY_is_a(key, "EC") != 1) return false;
  std::array<char, 64> group{};
  int is_explicit = 0;
  EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
  return EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         std::string_view(group.data()) == "prime256v1" && is_explicit == 0;
}

absl::Status SetTime(ASN1_TIME* field, absl::Time time) {
  return Must(ASN1_TIME_set(field, absl::ToTimeT(time)) != nullptr, "time");
}

absl::Time ToTime(const ASN1_TIME* field) {
  std::tm time{};
  return ASN1_TIME_to_tm(field, &time) == 1 ? absl::FromTM(time, absl::UTCTimeZone()) : absl::InfinitePast();
}

absl::Status SetRandomSerial(X509* certificate) {
  std::array<uint8_t, 16> bytes;
  RETURN_IF_ERROR(Must(RAND_bytes(bytes.data(), bytes.size()), "random"));
  ssl::Bignum number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
  return Must(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)), "serial");
}

absl::Status AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  ssl::Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return Must(extension && X509_add_ext(certificate, extension.get(), -1), value);
}

struct Contents {
  std::string common_name;
  absl::Time not_before, not_after;
  std::vector<std::pair<int, std::string>> extensions;  // NID, value in the notation of x509v3_config
};

// `issuer` null: signs itself.
absl::StatusOr<ssl::Certificate> Issue(const Contents& contents, EVP_PKEY* subject_key, X509* issuer,
                                       EVP_PKEY* issuer_key) {
  ssl::Certificate certificate(X509_new());
  RETURN_IF_ERROR(Must(certificate && X509_set_version(certificate.get(), X509_VERSION_3), "version"));
  RETURN_IF_ERROR(SetRandomSerial(certificate.get()));
  RETURN_IF_ERROR(SetTime(X509_getm_notBefore(certificate.get()), contents.not_before));
  RETURN_IF_ERROR(SetTime(X509_getm_notAfter(certificate.get()), contents.not_after));
  RETURN_IF_ERROR(Must(X509_set_pubkey(certificate.get(), subject_key), "key"));
  X509_NAME* name = X509_get_subject_name(certificate.get());
  RETURN_IF_ERROR(Must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                                  reinterpret_cast<const uint8_t*>(contents.common_name.data()),
                                                  static_cast<int>(contents.common_name.size()), -1, 0),
                       "name"));
  X509* signer = issuer ? issuer : certificate.get();
  RETURN_IF_ERROR(Must(X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer)), "issuer"));
  for (const auto& [nid, value] : contents.extensions) {
    RETURN_IF_ERROR(AddExtension(certificate.get(), signer, nid, value));
  }
  RETURN_IF_ERROR(Must(X509_sign(certificate.get(), issuer_key, EVP_sha256()), "sign"));
  return certificate;
}

}  // namespace

absl::StatusOr<KeyAndCsr> MakeKeyAndCsr() {
  ssl::Key key(EVP_EC_gen("P-256"));
  if (!key) return OpenSslFailed("key");
  KeyAndCsr made{.key = ssl::ToPem(key.get())};
  if (made.key.empty()) return OpenSslFailed("PEM");
  ASSIGN_OR_RETURN(made.csr, MakeCsr(made.key));
  return made;
}

absl::StatusOr<std::string> MakeCsr(std::string_view key_pem) {
  ssl::Key key = ssl::ReadKey(key_pem);
  if (!key) {
    ERR_clear_error();
    return BadField("key", "a private key in PEM");
  }
  ssl::Request request(X509_REQ_new());
  if (!request || X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
      X509_REQ_sign(request.get(), key.get(), EVP_sha256()) <= 0) {
    return OpenSslFailed("request");
  }
  std::string csr = ssl::ToPem(request.get());
  if (csr.empty()) return OpenSslFailed("PEM");
  return csr;
}

absl::StatusOr<CertificateAuthority> CertificateAuthority::Create(std::string_view certificate_pem,
                                                                  std::string_view key_pem) {
  ssl::Certificate certificate = ssl::ReadCertificate(certificate_pem);
  ssl::Key key = ssl::ReadKey(key_pem);
  if (!certificate || !key || X509_check_ca(certificate.get()) != 1 ||
      X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return Error(absl::StatusCode::kFailedPrecondition, "AUTHORITY_UNUSABLE",
                 "needs the certificate of an authority and its own key, in PEM");
  }
  return CertificateAuthority(std::move(certificate), std::move(key));
}

absl::StatusOr<CertificateAuthority> CertificateAuthority::MakeRoot(std::string_view common_name, absl::Time now,
                                                                    absl::Duration validity) {
  ssl::Key key(EVP_EC_gen("P-256"));
  if (!key) return OpenSslFailed("key");
  Contents contents{.common_name = std::string(common_name),
                    .not_before = now - kBackdated,
                    .not_after = now + validity,
                    .extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                   {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                   {NID_subject_key_identifier, "hash"}}};
  ASSIGN_OR_RETURN(ssl::Certificate certificate, Issue(contents, key.get(), nullptr, key.get()));
  return CertificateAuthority(std::move(certificate), std::move(key));
}

absl::StatusOr<std::string> CertificateAuthority::Sign(std::string_view csr_pem, std::string_view spiffe_path,
                                                       absl::Time now, absl::Duration validity) const {
  std::optional<SpiffePath> path = ParseSpiffePath(spiffe_path);
  if (!path) return BadField("spiffe_path", "svc/{id} or device/{id}, id 1 to 64 of a-z 0-9 -");
  if (validity <= absl::ZeroDuration()) return BadField("validity", "positive");

  ssl::Request request = csr_pem.size() <= kMaxCsrBytes ? ssl::ReadRequest(csr_pem) : nullptr;
  ERR_clear_error();
  if (!request) return Invalid("CSR_MALFORMED", "not a certificate request in PEM of at most 8192 bytes");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (!IsP256(key)) return Invalid("CSR_KEY", "the key must be EC P-256");
  if (X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    return Invalid("CSR_SIGNATURE", "the request is not signed by its own key");
  }

  Contents contents{.common_name = path->id,
                    .not_before = std::max(now - kBackdated, ToTime(X509_get0_notBefore(certificate_.get()))),
                    .not_after = std::min(now + validity, ToTime(X509_get0_notAfter(certificate_.get())))};
  if (contents.not_after <= now) {
    return Error(absl::StatusCode::kFailedPrecondition, "AUTHORITY_EXPIRED",
                 "the authority's own certificate has ended");
  }
  // A service is a server too. gRPC compares only DNS names with the host that a client dials, therefore the second
  // name.
  bool service = path->kind == Peer::Kind::kService;
  std::string uri = fmt::format("URI:{}{}", kSpiffeDomain, spiffe_path);
  contents.extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                         {NID_key_usage, "critical,digitalSignature"},
                         {NID_ext_key_usage, service ? "clientAuth,serverAuth" : "clientAuth"},
                         {NID_subject_alt_name, service ? fmt::format("{},DNS:{}", uri, path->id) : uri},
                         {NID_subject_key_identifier, "hash"},
                         {NID_authority_key_identifier, "keyid:always"}};
  ASSIGN_OR_RETURN(ssl::Certificate certificate, Issue(contents, key, certificate_.get(), key_.get()));
  std::string pem = ssl::ToPem(certificate.get());
  if (pem.empty()) return OpenSslFailed("PEM");
  return pem;
}

std::string CertificateAuthority::certificate_pem() const { return ssl::ToPem(certificate_.get()); }
std::string CertificateAuthority::key_pem() const { return ssl::ToPem(key_.get()); }

}  // namespace gridwork::auth
