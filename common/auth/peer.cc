#include "common/auth/peer.h"

#include <ctime>
#include <mutex>
#include <utility>

#include "common/auth/openssl.h"
#include "common/auth/spiffe.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::auth {
namespace {

constexpr size_t kMaxPemBytes = 8192;
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";

absl::Status Refused(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, reason, message);
}

bool IsOneBlock(std::string_view pem) {
  return pem.size() <= kMaxPemBytes && pem.starts_with(kBegin) && pem.find("-----BEGIN", 1) == pem.npos;
}

// The only URI among the subject's alternative names; nullopt when there is none or another. Other kinds of names may
// stand beside it.
std::optional<std::string> OnlyUri(X509* certificate) {
  int position = -2;  // -2 afterwards: the extension is there more than once
  ssl::Names names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, &position, nullptr)));
  std::optional<std::string> uri;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type != GEN_URI) continue;
    if (uri) return std::nullopt;
    const auto* text = static_cast<const ASN1_IA5STRING*>(value);
    uri.emplace(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                static_cast<size_t>(ASN1_STRING_length(text)));
  }
  return uri;
}

}  // namespace

absl::StatusOr<Peer> ParsePeer(std::string_view pem) {
  ssl::Certificate certificate = IsOneBlock(pem) ? ssl::ReadCertificate(pem) : nullptr;
  if (!certificate) return Refused("CERTIFICATE_MALFORMED", "not one certificate in PEM");

  std::optional<std::string> uri = OnlyUri(certificate.get());
  bool ours = uri && uri->starts_with(kSpiffeDomain);
  std::optional<SpiffePath> path =
      ours ? ParseSpiffePath(std::string_view(*uri).substr(kSpiffeDomain.size())) : std::nullopt;
  if (!path)
    return Refused("CERTIFICATE_NAME", "needs exactly one URI name of the form spiffe://gridwork/{svc|device}/{id}");

  Peer peer{.kind = path->kind, .id = path->id};
  std::tm end{};
  if (X509_digest(certificate.get(), EVP_sha256(), peer.certificate.data(), nullptr) != 1 ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    return Refused("CERTIFICATE_MALFORMED", "unreadable end of validity");
  }
  peer.not_after = absl::FromTM(end, absl::UTCTimeZone());
  return peer;
}

absl::StatusOr<std::shared_ptr<const Peer>> PeerCache::Get(std::string_view pem) {
  {
    std::shared_lock lock(mu_);
    if (auto it = peers_.find(pem); it != peers_.end()) return it->second;
  }
  ASSIGN_OR_RETURN(Peer parsed, ParsePeer(pem));
  auto peer = std::make_shared<const Peer>(std::move(parsed));
  decltype(peers_) dropped;  // freed after the lock
  std::unique_lock lock(mu_);
  if (peers_.size() >= kCapacity) peers_.swap(dropped);
  peers_.emplace(pem, peer);
  lock.unlock();
  return peer;
}

size_t PeerCache::size() const {
  std::shared_lock lock(mu_);
  return peers_.size();
}

}  // namespace gridwork::auth
