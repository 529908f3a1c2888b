#include "common/auth/peer.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

#include "common/auth/certificate_authority.h"
#include "common/base/error.h"

namespace gridwork::auth {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// A self-signed certificate with these alternative names in the notation of x509v3_config; "" for none.
std::string WithNames(const std::string& names) {
  ssl::Key key(EVP_EC_gen("P-256"));
  ssl::Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  if (!names.empty()) {
    ssl::Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
    EXPECT_TRUE(extension) << names;
    X509_add_ext(certificate.get(), extension.get(), -1);
  }
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  return ssl::ToPem(certificate.get());
}

std::string Refusal(const std::string& pem) {
  auto peer = ParsePeer(pem);
  return peer.ok() ? "accepted" : ReasonOf(peer.status());
}

TEST(ParsePeer, ReadsTheName) {
  std::string pem = WithNames("URI:spiffe://gridwork/svc/tasks");
  auto peer = ParsePeer(pem);
  ASSERT_TRUE(peer.ok()) << peer.status();
  EXPECT_EQ(peer->kind, Peer::Kind::kService);
  EXPECT_EQ(peer->id, "tasks");
  // SHA-256 over the DER, as RFC 8705 section 3.1 wants it.
  ssl::Certificate certificate = ssl::ReadCertificate(pem);
  uint8_t* der = nullptr;
  int size = i2d_X509(certificate.get(), &der);
  EXPECT_EQ(peer->certificate, Sha256Of({reinterpret_cast<const char*>(der), static_cast<size_t>(size)}));
  OPENSSL_free(der);
  EXPECT_EQ(Refusal(WithNames("DNS:tasks,URI:spiffe://gridwork/device/0198-7,IP:127.0.0.1")), "accepted");
}

TEST(ParsePeer, RefusesOtherNames) {
  for (std::string names :
       {"",
        "DNS:spiffe://gridwork/svc/tasks",
        "email:a@b",
        "URI:spiffe://evil/svc/tasks",
        "URI:spiffe://gridwork.evil/svc/tasks",
        "URI:https://gridwork/svc/tasks",
        "URI:SPIFFE://gridwork/svc/tasks",
        "URI:spiffe://gridwork/partner/p",
        "URI:spiffe://gridwork/svc/",
        "URI:spiffe://gridwork/svc",
        "URI:spiffe://gridwork/",
        "URI:spiffe://gridwork/svc/Tasks",
        "URI:spiffe://gridwork/svc/a/b",
        "URI:spiffe://gridwork/svc/a?x",
        "URI:spiffe://gridwork//svc/a",
        "URI:spiffe://gridwork/device/svc/a",
        "URI: spiffe://x/svc/a",
        "URI:spiffe://gridwork/svc/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "URI:spiffe://gridwork/svc/a,URI:spiffe://gridwork/svc/b",
        "URI:spiffe://gridwork/svc/a,URI:spiffe://gridwork/svc/a",
        "URI:spiffe://gridwork/svc/a,URI:https://x"}) {
    EXPECT_EQ(Refusal(WithNames(names)), "CERTIFICATE_NAME") << names;
  }
}

TEST(ParsePeer, RefusesOtherText) {
  std::string pem = WithNames("URI:spiffe://gridwork/svc/a");
  for (const std::string& bad : {std::string(), std::string("x"), pem + pem, " " + pem, pem.substr(0, pem.size() / 2),
                                 MakeKeyAndCsr()->csr, MakeKeyAndCsr()->key, pem + std::string(9000, '\n'),
                                 std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")}) {
    EXPECT_EQ(Refusal(bad), "CERTIFICATE_MALFORMED") << bad;
  }
}

TEST(PeerCache, GivesTheSamePeerAgain) {
  PeerCache cache;
  std::string pem = WithNames("URI:spiffe://gridwork/svc/a"), other = WithNames("URI:spiffe://gridwork/svc/a");
  auto first = cache.Get(pem);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(*cache.Get(pem), *first);
  EXPECT_NE((*cache.Get(other))->certificate, (*first)->certificate);
  EXPECT_EQ(ReasonOf(cache.Get("x").status()), "CERTIFICATE_MALFORMED");
  EXPECT_EQ(cache.size(), 2u);
}

TEST(PeerCache, StaysBounded) {
  PeerCache cache;
  std::string pem = WithNames("URI:spiffe://gridwork/svc/a");
  for (size_t i = 0; i <= PeerCache::kCapacity; ++i) {
    ASSERT_TRUE(cache.Get(pem + std::to_string(i)).ok());  // another text of the same certificate
    ASSERT_LE(cache.size(), PeerCache::kCapacity);
  }
  EXPECT_EQ(cache.size(), 1u);
}

TEST(PeerCache, IsThreadSafe) {
  PeerCache cache;
  const std::vector<std::string> ids = {"a", "b", "c", "d"};
  std::vector<std::string> pems;
  for (const auto& id : ids) pems.push_back(WithNames("URI:spiffe://gridwork/svc/" + id));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (size_t i = 0; i < 1000; ++i) {
        auto peer = cache.Get(pems[i % 4]);
        if (!peer.ok() || (*peer)->id != ids[i % 4]) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace gridwork::auth
