#include "common/auth/jws.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "common/auth/base64url.h"
#include "common/auth/sodium.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::auth {
namespace {

using nlohmann::json;

constexpr std::string_view kRolePrefix = "ROLE_";
constexpr size_t kMaxClaimBytes = 256;                // of sub, jti, sid, area and the like
constexpr int64_t kMaxUnixSeconds = 253'402'300'799;  // end of the year 9999

const uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }
std::string_view Text(const auto& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

bool IsKid(std::string_view kid) {
  auto allowed = [](unsigned char c) { return (c < 0x80 && std::isalnum(c)) || c == '-' || c == '_'; };
  return !kid.empty() && kid.size() <= 64 && std::all_of(kid.begin(), kid.end(), allowed);
}

// A kid needs no escapes, so that this is the only header of its key.
std::string EncodedHeader(std::string_view kid) {
  return Base64Url(fmt::format(R"({{"alg":"EdDSA","typ":"at+jwt","kid":"{}"}})", kid));
}

absl::Status Refused(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, reason, message);
}

// nullopt unless `text` is one JSON object without a repeated key at any depth: two readers may take different ones of
// a pair.
std::optional<json> ParseStrictly(std::string_view text) {
  std::vector<std::set<std::string>> open;  // keys seen of the objects that are not closed yet
  bool repeated = false;
  json parsed = json::parse(
      text,
      [&](int, json::parse_event_t event, json& value) {
        if (event == json::parse_event_t::object_start) open.emplace_back();
        if (event == json::parse_event_t::object_end) open.pop_back();
        if (event == json::parse_event_t::key) repeated |= !open.back().insert(value.get<std::string>()).second;
        return true;
      },
      /*allow_exceptions=*/false);
  if (repeated || !parsed.is_object()) return std::nullopt;
  return parsed;
}

bool HasExactly(const json& object, std::initializer_list<const char*> keys) {
  return object.is_object() && object.size() == keys.size() &&
         std::all_of(keys.begin(), keys.end(), [&](const char* key) { return object.contains(key); });
}

// The value of a key that is there: null unless it is a string of 1 to kMaxClaimBytes bytes.
const std::string* StringAt(const json& object, const char* key) {
  const auto* text = object.find(key)->get_ptr<const std::string*>();
  return text != nullptr && !text->empty() && text->size() <= kMaxClaimBytes ? text : nullptr;
}

// The same for a point in time: whole seconds since 1970, written as an integer.
std::optional<absl::Time> TimeAt(const json& object, const char* key) {
  const json& value = *object.find(key);
  if (!value.is_number_unsigned() || value.get<uint64_t>() > kMaxUnixSeconds) return std::nullopt;
  return absl::FromUnixSeconds(value.get<int64_t>());
}

absl::StatusOr<Grant> ParseGrant(const json& object) {
  const absl::Status bad = Refused("TOKEN_CLAIMS", "a grant is not of the expected form");
  if (!HasExactly(object, {"role", "area", "until"})) return bad;
  const std::string* role = StringAt(object, "role");
  const std::string* area = StringAt(object, "area");
  std::optional<absl::Time> until = TimeAt(object, "until");
  if (!role || !area || !until) return bad;
  Grant grant{.area = *area, .until = *until};
  if (!options::v1::Role_Parse(std::string(kRolePrefix) + *role, &grant.role) ||
      grant.role == options::v1::ROLE_UNSPECIFIED) {
    return Refused("TOKEN_ROLE_UNKNOWN", "a grant names a role that is not known here");
  }
  return grant;
}

absl::StatusOr<Qualification> ParseQualification(const json& object) {
  const absl::Status bad = Refused("TOKEN_CLAIMS", "a qualification is not of the expected form");
  if (!HasExactly(object, {"code", "until"})) return bad;
  const std::string* code = StringAt(object, "code");
  std::optional<absl::Time> until = TimeAt(object, "until");
  if (!code || !until) return bad;
  return Qualification{.code = *code, .until = *until};
}

absl::StatusOr<Cover> ParseCover(const json& object) {
  const absl::Status bad = Refused("TOKEN_CLAIMS", "a cover is not of the expected form");
  if (!HasExactly(object, {"staff", "until"})) return bad;
  const std::string* staff = StringAt(object, "staff");
  std::optional<absl::Time> until = TimeAt(object, "until");
  if (!staff || !until) return bad;
  return Cover{.staff = *staff, .until = *until};
}

// The rights of the token.
absl::Status ParseRights(const json& claims, Caller& caller) {
  for (const json& object : *claims.find("grants")) {
    ASSIGN_OR_RETURN(caller.grants.emplace_back(), ParseGrant(object));
  }
  for (const json& object : *claims.find("qualifications")) {
    ASSIGN_OR_RETURN(caller.qualifications.emplace_back(), ParseQualification(object));
  }
  for (const json& object : *claims.find("covers")) {
    ASSIGN_OR_RETURN(caller.covers.emplace_back(), ParseCover(object));
  }
  return absl::OkStatus();
}

absl::StatusOr<Caller> ParseClaims(std::string_view payload, const TokenRules& rules, absl::Time now) {
  std::optional<json> claims = ParseStrictly(payload);
  if (!claims) return Refused("TOKEN_CLAIMS", "the payload is not a JSON object with unique keys");
  if (!claims->contains("cnf")) return Refused("TOKEN_UNBOUND", "bound to no certificate");
  if (!HasExactly(*claims, {"iss", "aud", "sub", "iat", "exp", "jti", "sid", "ver", "cnf", "grants", "qualifications",
                            "covers"})) {
    return Refused("TOKEN_CLAIMS", "a claim is missing or unknown");
  }
  const std::string* issuer = StringAt(*claims, "iss");
  const std::string* audience = StringAt(*claims, "aud");
  const std::string* subject = StringAt(*claims, "sub");
  const std::string* id = StringAt(*claims, "jti");
  const std::string* login = StringAt(*claims, "sid");
  const json& version = *claims->find("ver");
  std::optional<absl::Time> issued_at = TimeAt(*claims, "iat");
  std::optional<absl::Time> expires = TimeAt(*claims, "exp");
  auto is_list = [&](const char* key) { return claims->find(key)->is_array(); };
  bool counts = version.is_number_unsigned() && version.get<uint64_t>() <= INT64_MAX;
  if (!issuer || !audience || !subject || !id || !login || !counts || !issued_at || !expires || !is_list("grants") ||
      !is_list("qualifications") || !is_list("covers")) {
    return Refused("TOKEN_CLAIMS", "a claim is of the wrong type");
  }
  Caller caller{
      .id = *subject, .session = *id, .login = *login, .account_version = version.get<int64_t>(), .expires = *expires};
  // Services show their own certificate; a token that made a service of its holder would pass every policy that names
  // one.
  if (caller.is_service()) return Refused("TOKEN_CLAIMS", "the subject must not be a service");

  if (*issuer != rules.issuer) return Refused("TOKEN_ISSUER", "from another issuer");
  if (*audience != rules.audience) return Refused("TOKEN_AUDIENCE", "for another audience");
  if (*expires <= *issued_at || *expires - *issued_at > kMaxTokenLifetime) {
    return Refused("TOKEN_LIFETIME", "lifetime must be positive and at most 5 minutes");
  }
  if (*issued_at > now + kMaxTokenSkew) return Refused("TOKEN_NOT_YET_VALID", "issued in the future");
  if (*expires <= now) return Refused("TOKEN_EXPIRED", "expired");

  const json& confirmation = *claims->find("cnf");
  const std::string* thumbprint = HasExactly(confirmation, {"x5t#S256"}) ? StringAt(confirmation, "x5t#S256") : nullptr;
  std::optional<std::string> digest = thumbprint ? FromBase64Url(*thumbprint) : std::nullopt;
  if (!digest || digest->size() != caller.certificate.size() || sodium_is_zero(Bytes(*digest), digest->size())) {
    return Refused("TOKEN_UNBOUND", "bound to no certificate");
  }
  std::copy(digest->begin(), digest->end(), caller.certificate.begin());

  RETURN_IF_ERROR(ParseRights(*claims, caller));
  return caller;
}

std::string Claims(const TokenRules& rules, const Caller& caller, absl::Time issued_at) {
  json grants = json::array();
  for (const Grant& grant : caller.grants) {
    std::string role = options::v1::Role_Name(grant.role);
    grants.push_back({{"role", role.substr(std::min(role.size(), kRolePrefix.size()))},
                      {"area", grant.area},
                      {"until", absl::ToUnixSeconds(grant.until)}});
  }
  json qualifications = json::array(), covers = json::array();
  for (const Qualification& held : caller.qualifications) {
    qualifications.push_back({{"code", held.code}, {"until", absl::ToUnixSeconds(held.until)}});
  }
  for (const Cover& cover : caller.covers) {
    covers.push_back({{"staff", cover.staff}, {"until", absl::ToUnixSeconds(cover.until)}});
  }
  json claims = {{"iss", rules.issuer},
                 {"aud", rules.audience},
                 {"sub", caller.id},
                 {"iat", absl::ToUnixSeconds(issued_at)},
                 {"exp", absl::ToUnixSeconds(caller.expires)},
                 {"jti", caller.session},
                 {"sid", caller.login},
                 {"ver", caller.account_version},
                 {"cnf", {{"x5t#S256", Base64Url(Text(caller.certificate))}}},
                 {"grants", std::move(grants)},
                 {"qualifications", std::move(qualifications)},
                 {"covers", std::move(covers)}};
  return claims.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

SigningKey SigningKey::Generate(std::string kid) {
  InitSodium();
  SigningKey key(std::move(kid));
  crypto_sign_keypair(key.public_key_.data(), key.secret_.data());
  return key;
}

absl::StatusOr<SigningKey> SigningKey::FromSeed(std::string kid, std::string_view seed) {
  InitSodium();
  if (!IsKid(kid) || seed.size() != crypto_sign_SEEDBYTES) {
    return Error(absl::StatusCode::kInvalidArgument, "SIGNING_KEY",
                 "needs a kid of 1 to 64 letters, digits, - or _ and a seed of 32 bytes");
  }
  SigningKey key(std::move(kid));
  crypto_sign_seed_keypair(key.public_key_.data(), key.secret_.data(), Bytes(seed));
  return key;
}

SigningKey::SigningKey(SigningKey&& other) noexcept
    : kid_(std::move(other.kid_)), public_key_(other.public_key_), secret_(other.secret_) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

std::string SigningKey::seed() const { return std::string(Text(secret_).substr(0, crypto_sign_SEEDBYTES)); }

std::array<uint8_t, 64> SigningKey::Sign(std::string_view message) const {
  std::array<uint8_t, 64> signature;
  crypto_sign_detached(signature.data(), nullptr, Bytes(message), message.size(), secret_.data());
  return signature;
}

absl::StatusOr<KeySet> KeySet::Create(const std::vector<VerifyKey>& keys) {
  InitSodium();
  KeySet set;
  for (const VerifyKey& key : keys) {
    if (!IsKid(key.kid) || !set.by_header_.emplace(EncodedHeader(key.kid), key).second) {
      return Error(absl::StatusCode::kInvalidArgument, "KEY_SET",
                   "each kid must be unique and 1 to 64 letters, digits, - or _");
    }
  }
  return set;
}

const VerifyKey* KeySet::FindByHeader(std::string_view encoded_header) const {
  auto it = by_header_.find(encoded_header);
  return it == by_header_.end() ? nullptr : &it->second;
}

bool KeySet::Contains(const VerifyKey& key) const {
  return std::any_of(by_header_.begin(), by_header_.end(), [&](const auto& entry) { return entry.second == key; });
}

std::shared_ptr<const KeySet> KeySetHolder::Get() const {
  MutexLock lock(mu_);
  return keys_;
}

void KeySetHolder::Set(KeySet keys) {
  auto next = std::make_shared<const KeySet>(std::move(keys));
  MutexLock lock(mu_);
  keys_.swap(next);
}

absl::StatusOr<std::string> SignToken(const SigningKey& key, const TokenRules& rules, const Caller& caller,
                                      absl::Time issued_at) {
  std::string token = fmt::format("{}.{}", EncodedHeader(key.kid()), Base64Url(Claims(rules, caller, issued_at)));
  token = fmt::format("{}.{}", token, Base64Url(Text(key.Sign(token))));
  // What the verifier refuses is never issued. It also catches a signature that a fault in the hardware spoiled.
  ASSIGN_OR_RETURN(KeySet keys, KeySet::Create({{.kid = key.kid(), .public_key = key.public_key()}}));
  if (auto verified = VerifyToken(token, keys, rules, issued_at); !verified.ok()) {
    return Error(absl::StatusCode::kFailedPrecondition, "TOKEN_NOT_ISSUABLE", "no verifier would accept this token",
                 {{"cause", ReasonOf(verified.status())}});
  }
  return token;
}

absl::StatusOr<VerifiedToken> VerifyToken(std::string_view token, const KeySet& keys, const TokenRules& rules,
                                          absl::Time now) {
  if (token.size() > kMaxTokenBytes) return Refused("TOKEN_TOO_LARGE", "more than 4096 bytes");
  size_t first = token.find('.');
  size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos)
    return Refused("TOKEN_MALFORMED", "not three parts");

  const VerifyKey* key = keys.FindByHeader(token.substr(0, first));
  if (key == nullptr) return Refused("TOKEN_KEY_UNKNOWN", "the header is not that of a known key");
  if (now < key->not_before || now >= key->not_after)
    return Refused("TOKEN_KEY_INACTIVE", "the key is not in use at this time");

  auto payload = FromBase64Url(token.substr(first + 1, second - first - 1));
  auto signature = FromBase64Url(token.substr(second + 1));
  if (!payload || !signature) return Refused("TOKEN_MALFORMED", "not canonical base64url");
  if (!VerifyEd25519(token.substr(0, second), *signature, key->public_key))
    return Refused("TOKEN_SIGNATURE", "wrong signature");

  ASSIGN_OR_RETURN(Caller caller, ParseClaims(*payload, rules, now));
  return VerifiedToken{std::move(caller), *key};
}

absl::Status CheckBinding(const Caller& caller, const Peer& peer) {
  if (sodium_memcmp(caller.certificate.data(), peer.certificate.data(), caller.certificate.size()) == 0)
    return absl::OkStatus();
  return Refused("TOKEN_BOUND_ELSEWHERE", "the token belongs to another certificate");
}

bool VerifyEd25519(std::string_view message, std::string_view signature, const PublicKey& key) {
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(Bytes(signature), Bytes(message), message.size(), key.data()) == 0;
}

}  // namespace gridwork::auth
