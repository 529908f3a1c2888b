#include "common/auth/certificate_authority.h"

#include <gmock/gmock.h>
#include <openssl/rsa.h>

#include "common/auth/peer.h"
#include "common/base/error.h"

namespace gridwork::auth {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

CertificateAuthority Authority() { return *CertificateAuthority::MakeRoot("Test root", kNow, absl::Hours(24 * 365)); }

std::string RequestFor(ssl::Key key, bool with_names = false) {
  ssl::Request request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), key.get());
  if (with_names) {
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const uint8_t*>("admin"), -1, -1, 0);
    STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, nullptr, nullptr, request.get(), nullptr, 0);
    for (auto [nid, value] :
         {std::pair{NID_subject_alt_name, "URI:spiffe://gridwork/svc/identity"}, {NID_basic_constraints, "CA:TRUE"}}) {
      sk_X509_EXTENSION_push(extensions, X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    }
    EXPECT_EQ(X509_REQ_add_extensions(request.get(), extensions), 1);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  }
  EXPECT_GT(X509_REQ_sign(request.get(), key.get(), EVP_PKEY_is_a(key.get(), "ED25519") ? nullptr : EVP_sha256()), 0);
  return ssl::ToPem(request.get());
}

// What a TLS server (or client) checks: signature, dates at `at`, purpose.
int VerifyError(const CertificateAuthority& authority, const std::string& pem, absl::Time at, int purpose) {
  ssl::Certificate root = ssl::ReadCertificate(authority.certificate_pem()), leaf = ssl::ReadCertificate(pem);
  std::unique_ptr<X509_STORE, ssl::Deleter<X509_STORE_free>> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), root.get());
  std::unique_ptr<X509_STORE_CTX, ssl::Deleter<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context.get()), absl::ToTimeT(at));
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

TEST(CertificateAuthority, SignsADevice) {
  CertificateAuthority authority = Authority();
  KeyAndCsr made = *MakeKeyAndCsr();
  auto pem = authority.Sign(made.csr, "device/0198-ab", kNow, absl::Hours(24 * 30));
  ASSERT_TRUE(pem.ok()) << pem.status();
  EXPECT_EQ(VerifyError(authority, *pem, kNow, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  EXPECT_EQ(VerifyError(authority, *pem, kNow - absl::Minutes(5), X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  EXPECT_EQ(VerifyError(authority, *pem, kNow - absl::Minutes(6), X509_PURPOSE_SSL_CLIENT),
            X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_EQ(VerifyError(authority, *pem, kNow + absl::Hours(24 * 30 + 1), X509_PURPOSE_SSL_CLIENT),
            X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(VerifyError(authority, *pem, kNow, X509_PURPOSE_SSL_SERVER), X509_V_ERR_INVALID_PURPOSE);
  EXPECT_NE(VerifyError(Authority(), *pem, kNow, X509_PURPOSE_SSL_CLIENT), X509_V_OK);  // another root
  EXPECT_EQ(X509_check_private_key(ssl::ReadCertificate(*pem).get(), ssl::ReadKey(made.key).get()), 1);

  auto peer = ParsePeer(*pem);
  ASSERT_TRUE(peer.ok()) << peer.status();
  EXPECT_EQ(peer->kind, Peer::Kind::kDevice);
  EXPECT_EQ(peer->id, "0198-ab");
  EXPECT_EQ(peer->not_after, kNow + absl::Hours(24 * 30));
}

TEST(CertificateAuthority, SignsAService) {
  CertificateAuthority authority = Authority();
  auto pem = authority.Sign(MakeKeyAndCsr()->csr, "svc/tasks", kNow, absl::Hours(24));
  ASSERT_TRUE(pem.ok()) << pem.status();
  EXPECT_EQ(VerifyError(authority, *pem, kNow, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  EXPECT_EQ(VerifyError(authority, *pem, kNow, X509_PURPOSE_SSL_SERVER), X509_V_OK);
  EXPECT_EQ(X509_check_host(ssl::ReadCertificate(*pem).get(), "tasks", 0, 0, nullptr), 1);
  EXPECT_EQ(ParsePeer(*pem)->kind, Peer::Kind::kService);
  EXPECT_EQ(ParsePeer(*pem)->id, "tasks");
}

TEST(CertificateAuthority, IgnoresTheNamesOfTheRequest) {
  auto pem = Authority().Sign(RequestFor(ssl::Key(EVP_EC_gen("P-256")), true), "device/d", kNow, absl::Hours(1));
  ASSERT_TRUE(pem.ok()) << pem.status();
  EXPECT_EQ(ParsePeer(*pem)->id, "d");
  ssl::Certificate certificate = ssl::ReadCertificate(*pem);
  EXPECT_EQ(X509_check_ca(certificate.get()), 0);
  EXPECT_EQ(X509_get_ext_count(certificate.get()), 6);
}

TEST(CertificateAuthority, GivesEachItsOwnSerial) {
  CertificateAuthority authority = Authority();
  KeyAndCsr made = *MakeKeyAndCsr();
  std::string one = *authority.Sign(made.csr, "device/d", kNow, absl::Hours(1)),
              two = *authority.Sign(made.csr, "device/d", kNow, absl::Hours(1));
  EXPECT_NE(ParsePeer(one)->certificate, ParsePeer(two)->certificate);
  ssl::Certificate certificate = ssl::ReadCertificate(one);
  ssl::Bignum serial(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate.get()), nullptr));
  EXPECT_GT(BN_num_bits(serial.get()), 64);
  EXPECT_FALSE(BN_is_negative(serial.get()));
}

TEST(CertificateAuthority, RefusesOtherKeys) {
  CertificateAuthority authority = Authority();
  auto reason = [&](ssl::Key key) {
    return ReasonOf(authority.Sign(RequestFor(std::move(key)), "device/d", kNow, absl::Hours(1)).status());
  };
  EXPECT_EQ(reason(ssl::Key(EVP_RSA_gen(2048))), "CSR_KEY");
  EXPECT_EQ(reason(ssl::Key(EVP_EC_gen("P-384"))), "CSR_KEY");
  EXPECT_EQ(reason(ssl::Key(EVP_EC_gen("secp256k1"))), "CSR_KEY");
  EXPECT_EQ(reason(ssl::Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))), "CSR_KEY");
  ssl::Key with_parameters(EVP_EC_gen("P-256"));  // all of the curve written out instead of its name
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(with_parameters.get(), "encoding", "explicit"), 1);
  EXPECT_EQ(reason(std::move(with_parameters)), "CSR_KEY");
}

TEST(CertificateAuthority, RefusesABrokenSignature) {
  CertificateAuthority authority = Authority();
  // The key of one, the signature of another: whoever asks does not hold the key.
  ssl::Key victim(EVP_EC_gen("P-256")), thief(EVP_EC_gen("P-256"));
  ssl::Request request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), victim.get());
  X509_REQ_sign(request.get(), thief.get(), EVP_sha256());
  EXPECT_EQ(ReasonOf(authority.Sign(ssl::ToPem(request.get()), "device/d", kNow, absl::Hours(1)).status()),
            "CSR_SIGNATURE");
}

TEST(CertificateAuthority, RefusesOtherText) {
  CertificateAuthority authority = Authority();
  std::string csr = MakeKeyAndCsr()->csr;
  for (const std::string& bad : {std::string(), std::string("x"), csr.substr(0, csr.size() / 2),
                                 authority.certificate_pem(), csr + std::string(9000, '\n')}) {
    EXPECT_EQ(ReasonOf(authority.Sign(bad, "device/d", kNow, absl::Hours(1)).status()), "CSR_MALFORMED");
  }
}

TEST(CertificateAuthority, RefusesOtherPathsAndTimes) {
  CertificateAuthority authority = Authority();
  std::string csr = MakeKeyAndCsr()->csr;
  for (std::string path : {"", "device/", "device", "partner/a", "device/A", "device/a/b",
                           "device/a,URI:spiffe://gridwork/svc/x", "/device/a", "device/..", "svc/a b"}) {
    EXPECT_EQ(ReasonOf(authority.Sign(csr, path, kNow, absl::Hours(1)).status()), "BAD_FIELD") << path;
  }
  EXPECT_EQ(ReasonOf(authority.Sign(csr, "device/" + std::string(65, 'a'), kNow, absl::Hours(1)).status()),
            "BAD_FIELD");
  EXPECT_TRUE(authority.Sign(csr, "device/" + std::string(64, 'a'), kNow, absl::Hours(1)).ok());
  EXPECT_EQ(ReasonOf(authority.Sign(csr, "device/a", kNow, absl::ZeroDuration()).status()), "BAD_FIELD");
  EXPECT_EQ(ReasonOf(authority.Sign(csr, "device/a", kNow + absl::Hours(24 * 366), absl::Hours(1)).status()),
            "AUTHORITY_EXPIRED");
  auto last = authority.Sign(csr, "device/a", kNow + absl::Hours(24 * 364), absl::Hours(24 * 30));
  EXPECT_EQ(ParsePeer(*last)->not_after, kNow + absl::Hours(24 * 365));
}

TEST(CertificateAuthority, ComesBackFromPem) {
  CertificateAuthority authority = Authority();
  auto again = CertificateAuthority::Create(authority.certificate_pem(), authority.key_pem());
  ASSERT_TRUE(again.ok()) << again.status();
  std::string pem = *again->Sign(MakeKeyAndCsr()->csr, "device/d", kNow, absl::Hours(1));
  EXPECT_EQ(VerifyError(authority, pem, kNow, X509_PURPOSE_SSL_CLIENT), X509_V_OK);

  KeyAndCsr made = *MakeKeyAndCsr();
  std::string leaf = *authority.Sign(made.csr, "device/d", kNow, absl::Hours(1));
  for (const auto& [certificate, key] : {std::pair<std::string, std::string>{"", ""},
                                         {authority.certificate_pem(), made.key},
                                         {leaf, made.key},
                                         {authority.certificate_pem(), authority.certificate_pem()}}) {
    EXPECT_EQ(ReasonOf(CertificateAuthority::Create(certificate, key).status()), "AUTHORITY_UNUSABLE");
  }
}

TEST(MakeCsr, IsForTheKeyThatIsThere) {
  auto authority = CertificateAuthority::MakeRoot("test", kNow, absl::Hours(1)).value();
  auto made = MakeKeyAndCsr().value();
  auto again = MakeCsr(made.key);
  ASSERT_TRUE(again.ok()) << again.status();
  auto certificate = authority.Sign(*again, "device/1", kNow, absl::Hours(1));
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_EQ(X509_check_private_key(ssl::ReadCertificate(*certificate).get(), ssl::ReadKey(made.key).get()), 1);
  EXPECT_EQ(ReasonOf(MakeCsr("no key").status()), "BAD_FIELD");
}

}  // namespace
}  // namespace gridwork::auth
