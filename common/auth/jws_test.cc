#include "common/auth/jws.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <openssl/hmac.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "common/auth/base64url.h"
#include "common/base/error.h"

namespace gridwork::auth {
namespace {

using nlohmann::json;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const TokenRules kRules{.issuer = "https://gridwork", .audience = "gridwork"};

json Load(const std::string& name) {
  std::ifstream file(GRIDWORK_SOURCE_DIR "/tests/data/wycheproof/" + name);
  EXPECT_TRUE(file) << name;
  return json::parse(file);
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

SigningKey TestKey(const std::string& kid = "k1", char seed = 7) {
  return *SigningKey::FromSeed(kid, std::string(32, seed));
}
VerifyKey Public(const SigningKey& key) { return {.kid = key.kid(), .public_key = key.public_key()}; }
KeySet Keys() { return *KeySet::Create({Public(TestKey()), Public(TestKey("k2", 8))}); }

Caller TestCaller() {
  Caller caller{.id = "staff/0198",
                .session = "s1",
                .login = "l1",
                .account_version = 7,
                .qualifications = {{"LIFT_INSPECTOR", kNow + absl::Hours(24)}},
                .covers = {{"staff/0199", kNow + absl::Hours(48)}},
                .expires = kNow + absl::Minutes(5)};
  caller.grants = {{options::v1::ROLE_DISPATCHER, "CHI/NORTH", kNow + absl::Hours(8)},
                   {options::v1::ROLE_FIELD_WORKER, "CHI", kNow - absl::Hours(1)}};
  caller.certificate.fill(0xAB);
  return caller;
}

json TestClaims() {
  return {{"iss", kRules.issuer},
          {"aud", kRules.audience},
          {"sub", "staff/0198"},
          {"iat", 1'800'000'000},
          {"exp", 1'800'000'300},
          {"jti", "s1"},
          {"sid", "l1"},
          {"ver", 7},
          {"cnf", {{"x5t#S256", Base64Url(std::string(32, 'c'))}}},
          {"grants", {{{"role", "DISPATCHER"}, {"area", "CHI"}, {"until", 1'800'009'000}}}},
          {"qualifications", {{{"code", "LIFT_INSPECTOR"}, {"until", 1'800'009'000}}}},
          {"covers", {{{"staff", "staff/0199"}, {"until", 1'800'009'000}}}}};
}

constexpr char kHeader[] = R"({"alg":"EdDSA","typ":"at+jwt","kid":"k1"})";

// Signs whatever it is given: the attacks below come from one who holds the key, or a careless issuer.
std::string Signed(std::string_view payload, std::string_view header = kHeader) {
  std::string input = Base64Url(header) + "." + Base64Url(payload);
  auto signature = TestKey().Sign(input);
  return input + "." + Base64Url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}
std::string SignedClaims(const json& claims) { return Signed(claims.dump()); }

std::string Refusal(std::string_view token, const KeySet& keys = Keys(), absl::Time now = kNow) {
  auto verified = VerifyToken(token, keys, kRules, now);
  if (verified.ok()) return "accepted";
  EXPECT_EQ(verified.status().code(), absl::StatusCode::kUnauthenticated);
  return ReasonOf(verified.status());
}

std::string With(const std::string& key, json value) {
  json claims = TestClaims();
  claims[key] = std::move(value);
  return Refusal(SignedClaims(claims));
}

TEST(Token, ComesBackAsTheSameCaller) {
  Caller caller = TestCaller();
  auto token = SignToken(TestKey(), kRules, caller, kNow);
  ASSERT_TRUE(token.ok()) << token.status();
  auto verified = VerifyToken(*token, Keys(), kRules, kNow);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->key, Public(TestKey()));
  EXPECT_EQ(verified->caller.id, caller.id);
  EXPECT_EQ(verified->caller.session, caller.session);
  EXPECT_EQ(verified->caller.login, "l1");
  EXPECT_EQ(verified->caller.account_version, 7);
  ASSERT_EQ(verified->caller.qualifications.size(), 1u);
  EXPECT_EQ(verified->caller.qualifications[0].code, "LIFT_INSPECTOR");
  EXPECT_EQ(verified->caller.qualifications[0].until, kNow + absl::Hours(24));
  ASSERT_EQ(verified->caller.covers.size(), 1u);
  EXPECT_EQ(verified->caller.covers[0].staff, "staff/0199");
  EXPECT_EQ(verified->caller.covers[0].until, kNow + absl::Hours(48));
  EXPECT_EQ(verified->caller.expires, caller.expires);
  EXPECT_EQ(verified->caller.certificate, caller.certificate);
  ASSERT_EQ(verified->caller.grants.size(), 2u);
  EXPECT_EQ(verified->caller.grants[0].role, options::v1::ROLE_DISPATCHER);
  EXPECT_EQ(verified->caller.grants[0].area, "CHI/NORTH");
  EXPECT_EQ(verified->caller.grants[0].until, kNow + absl::Hours(8));
  EXPECT_EQ(Refusal(SignedClaims(TestClaims())), "accepted");
}

TEST(SignToken, RefusesWhatTheVerifierWould) {
  auto cause = [](auto change) {
    Caller caller = TestCaller();
    change(caller);
    absl::Status status = SignToken(TestKey(), kRules, caller, kNow).status();
    EXPECT_EQ(ReasonOf(status), "TOKEN_NOT_ISSUABLE");
    return MetadataOf(status)["cause"];
  };
  EXPECT_EQ(cause([](Caller& c) { c.certificate = {}; }), "TOKEN_UNBOUND");
  EXPECT_EQ(cause([](Caller& c) { c.expires += absl::Seconds(1); }), "TOKEN_LIFETIME");
  EXPECT_EQ(cause([](Caller& c) { c.expires = kNow; }), "TOKEN_LIFETIME");
  EXPECT_EQ(cause([](Caller& c) { c.id = "services/identity"; }), "TOKEN_CLAIMS");
  EXPECT_EQ(cause([](Caller& c) { c.id = ""; }), "TOKEN_CLAIMS");
  EXPECT_EQ(cause([](Caller& c) { c.session = ""; }), "TOKEN_CLAIMS");
  EXPECT_EQ(cause([](Caller& c) { c.login = ""; }), "TOKEN_CLAIMS");
  EXPECT_EQ(cause([](Caller& c) { c.account_version = -1; }), "TOKEN_CLAIMS");
  EXPECT_EQ(cause([](Caller& c) { c.qualifications[0].code = ""; }), "TOKEN_CLAIMS");
  EXPECT_EQ(cause([](Caller& c) { c.covers[0].staff = ""; }), "TOKEN_CLAIMS");
  EXPECT_EQ(cause([](Caller& c) { c.grants.resize(100, c.grants[0]); }), "TOKEN_TOO_LARGE");
  EXPECT_EQ(cause([](Caller& c) { c.grants[0].role = options::v1::ROLE_UNSPECIFIED; }), "TOKEN_ROLE_UNKNOWN");
  EXPECT_EQ(cause([](Caller& c) { c.grants[0].area = ""; }), "TOKEN_CLAIMS");
  EXPECT_EQ(cause([](Caller& c) { c.grants[0].until = absl::InfiniteFuture(); }), "TOKEN_CLAIMS");
}

TEST(VerifyToken, RefusesOtherAlgorithmsAndHeaders) {
  std::string payload = TestClaims().dump();
  for (std::string header :
       {R"({"alg":"none"})", R"({"alg":"none","typ":"at+jwt","kid":"k1"})", R"({"alg":"EdDSA"})",
        R"({"alg":"HS256","typ":"at+jwt","kid":"k1"})", R"({"alg":"EdDSA","typ":"at+jwt","kid":"k3"})",
        R"({"alg":"EdDSA","typ":"at+jwt","kid":""})", R"({"alg":"EdDSA", "typ":"at+jwt","kid":"k1"})",
        R"({"typ":"at+jwt","alg":"EdDSA","kid":"k1"})", R"({"alg":"EdDSA","typ":"JWT","kid":"k1"})",
        R"({"alg":"eddsa","typ":"at+jwt","kid":"k1"})", R"({"alg":"EdDSA","typ":"at+jwt","kid":"k1","crit":["exp"]})",
        R"({"alg":"EdDSA","typ":"at+jwt","kid":"k1","kid":"k1"})",
        R"({"alg":"EdDSA","typ":"at+jwt","kid":"k1","jwk":{}})", R"({"alg":"EdDSA","typ":"at+jwt","kid":"k1"} )", "",
        "{}", "null"}) {
    EXPECT_EQ(Refusal(Signed(payload, header)), "TOKEN_KEY_UNKNOWN") << header;
  }
}

TEST(VerifyToken, RefusesHmacWithThePublicKey) {
  for (std::string header : {R"({"alg":"HS256","typ":"at+jwt","kid":"k1"})", kHeader}) {
    std::string input = Base64Url(header) + "." + Base64Url(TestClaims().dump());
    PublicKey key = TestKey().public_key();
    std::string mac(32, '\0');
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const uint8_t*>(input.data()),
         input.size(), reinterpret_cast<uint8_t*>(mac.data()), nullptr);
    EXPECT_THAT(Refusal(input + "." + Base64Url(mac)), testing::AnyOf("TOKEN_KEY_UNKNOWN", "TOKEN_SIGNATURE"));
  }
}

TEST(VerifyToken, RefusesAnotherKey) {
  std::string token = SignedClaims(TestClaims());
  KeySet others = *KeySet::Create({{.kid = "k1", .public_key = TestKey("k1", 9).public_key()}});
  EXPECT_EQ(Refusal(token, others), "TOKEN_SIGNATURE");
  EXPECT_EQ(Refusal(token, KeySet()), "TOKEN_KEY_UNKNOWN");
  // Signed by k1 under the header of k2.
  EXPECT_EQ(Refusal(Signed(TestClaims().dump(), R"({"alg":"EdDSA","typ":"at+jwt","kid":"k2"})")), "TOKEN_SIGNATURE");
}

TEST(VerifyToken, KeepsTheDatesOfAKey) {
  std::string token = SignedClaims(TestClaims());
  auto with_dates = [](absl::Time from, absl::Time until) {
    VerifyKey key = Public(TestKey());
    key.not_before = from;
    key.not_after = until;
    return *KeySet::Create({key});
  };
  EXPECT_EQ(Refusal(token, with_dates(kNow, kNow + absl::Seconds(1))), "accepted");
  EXPECT_EQ(Refusal(token, with_dates(kNow + absl::Nanoseconds(1), absl::InfiniteFuture())), "TOKEN_KEY_INACTIVE");
  EXPECT_EQ(Refusal(token, with_dates(absl::InfinitePast(), kNow)), "TOKEN_KEY_INACTIVE");
}

TEST(VerifyToken, RefusesAnotherForm) {
  std::string token = SignedClaims(TestClaims());
  size_t first = token.find('.'), second = token.rfind('.');
  const std::string head = token.substr(0, first), body = token.substr(first + 1, second - first - 1);
  const std::string signature = token.substr(second + 1);
  auto join = [](const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, ".")); };
  ASSERT_EQ(join({head, body, signature}), token);
  for (const std::string& bad : std::vector<std::string>{"",
                                                         ".",
                                                         "..",
                                                         head,
                                                         join({head, body}),
                                                         join({token, ""}),
                                                         join({token, "x"}),
                                                         join({"", token}),
                                                         join({head, "", signature}),
                                                         join({"", body, signature}),
                                                         join({head, body, ""}),
                                                         token + "=",
                                                         token + "==",
                                                         token + "\n",
                                                         token + " ",
                                                         join({head, body + "=", signature}),
                                                         join({head, body + "\n", signature}),
                                                         join({head + "=", body, signature}),
                                                         join({head, body, "+" + signature.substr(1)}),
                                                         std::string("\0", 1) + token,
                                                         token + std::string("\0", 1)}) {
    EXPECT_NE(Refusal(bad), "accepted") << bad;
  }
  EXPECT_EQ(Refusal(join({head, body})), "TOKEN_MALFORMED");
  EXPECT_EQ(Refusal(join({token, ""})), "TOKEN_MALFORMED");
  EXPECT_EQ(Refusal(token + "="), "TOKEN_MALFORMED");
  EXPECT_EQ(Refusal(join({head, body, ""})), "TOKEN_SIGNATURE");
  EXPECT_EQ(Refusal(join({head, body, Base64Url(std::string(64, '\0'))})), "TOKEN_SIGNATURE");
  EXPECT_EQ(Refusal(join({head, body, Base64Url(*FromBase64Url(signature) + "x")})), "TOKEN_SIGNATURE");
  // The last character of a 64-byte signature carries four spare bits: each other text of the same bytes is refused.
  int refused = 0;
  for (char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")) {
    std::string other = token;
    other.back() = c;
    refused += Refusal(other) != "accepted";
  }
  EXPECT_EQ(refused, 63);
}

TEST(VerifyToken, RefusesTooLarge) {
  json claims = TestClaims();
  while (SignedClaims(claims).size() <= kMaxTokenBytes) claims["grants"].push_back(claims["grants"][0]);
  EXPECT_EQ(Refusal(SignedClaims(claims)), "TOKEN_TOO_LARGE");
  claims["grants"].erase(0);
  EXPECT_EQ(Refusal(SignedClaims(claims)), "accepted");
  EXPECT_EQ(Refusal(std::string(5'000'000, '.')), "TOKEN_TOO_LARGE");
}

TEST(VerifyToken, RefusesMissingAndUnknownClaims) {
  const json all = TestClaims();
  for (const auto& [key, value] : all.items()) {
    json claims = TestClaims();
    claims.erase(key);
    EXPECT_EQ(Refusal(SignedClaims(claims)), key == "cnf" ? "TOKEN_UNBOUND" : "TOKEN_CLAIMS") << key;
    EXPECT_NE(With(key, nullptr), "accepted") << key;
    EXPECT_NE(With(key, json::object()), "accepted") << key;
    EXPECT_NE(With(key, true), "accepted") << key;
    EXPECT_NE(With(key, json::array({value})), "accepted") << key;
  }
  EXPECT_EQ(With("nbf", 1), "TOKEN_CLAIMS");
  EXPECT_EQ(With("crit", json::array({"exp"})), "TOKEN_CLAIMS");
  for (std::string payload : {"", "null", "[]", "\"x\"", "{", "{}x", "{'iss':1}", "\xff"}) {
    EXPECT_EQ(Refusal(Signed(payload)), "TOKEN_CLAIMS") << payload;
  }
  EXPECT_EQ(Refusal(Signed(std::string(2900, '['))), "TOKEN_CLAIMS");
}

TEST(VerifyToken, RefusesRepeatedKeys) {
  std::string payload = TestClaims().dump();
  auto replace = [&](const std::string& from, const std::string& to) {
    std::string out = payload;
    size_t at = out.find(from);
    EXPECT_NE(at, out.npos) << from;
    return out.replace(at, from.size(), to);
  };
  for (const std::string& bad :
       {replace(R"("sub":)", R"("sub":"staff/1","sub":)"), replace(R"("exp":)", R"("exp":1800000300,"exp":)"),
        replace(R"("exp":)", R"("e\u0078p":1800000300,"exp":)"),
        replace(R"("x5t#S256":)", R"("x5t#S256":"x","x5t#S256":)"), replace(R"("role":)", R"("role":"ADMIN","role":)"),
        replace(R"("area":)", R"("area":"CHI","area":)")}) {
    EXPECT_EQ(Refusal(Signed(bad)), "TOKEN_CLAIMS") << bad;
  }
}

TEST(VerifyToken, RefusesWrongTimes) {
  EXPECT_EQ(With("exp", 1'800'000'000), "TOKEN_LIFETIME");
  EXPECT_EQ(With("exp", 1'800'000'301), "TOKEN_LIFETIME");
  EXPECT_EQ(With("exp", "1800000300"), "TOKEN_CLAIMS");
  EXPECT_EQ(With("exp", 1'800'000'300.0), "TOKEN_CLAIMS");
  EXPECT_EQ(With("exp", 1'800'000'300.5), "TOKEN_CLAIMS");
  EXPECT_EQ(With("exp", -1), "TOKEN_CLAIMS");
  EXPECT_EQ(With("exp", UINT64_MAX), "TOKEN_CLAIMS");
  EXPECT_EQ(With("iat", 1'799'999'999), "TOKEN_LIFETIME");

  std::string token = SignedClaims(TestClaims());
  EXPECT_EQ(Refusal(token, Keys(), kNow + absl::Seconds(300) - absl::Nanoseconds(1)), "accepted");
  EXPECT_EQ(Refusal(token, Keys(), kNow + absl::Seconds(300)), "TOKEN_EXPIRED");
  EXPECT_EQ(Refusal(token, Keys(), kNow + absl::Hours(1)), "TOKEN_EXPIRED");
  EXPECT_EQ(Refusal(token, Keys(), kNow - absl::Seconds(30)), "accepted");
  EXPECT_EQ(Refusal(token, Keys(), kNow - absl::Seconds(31)), "TOKEN_NOT_YET_VALID");
}

TEST(VerifyToken, RefusesOtherIssuerAudienceAndSubject) {
  EXPECT_EQ(With("iss", "https://evil"), "TOKEN_ISSUER");
  EXPECT_EQ(With("iss", "https://gridwork/"), "TOKEN_ISSUER");
  EXPECT_EQ(With("aud", "other"), "TOKEN_AUDIENCE");
  EXPECT_EQ(With("aud", "Gridwork"), "TOKEN_AUDIENCE");
  EXPECT_EQ(With("aud", json::array({"gridwork"})), "TOKEN_CLAIMS");
  EXPECT_EQ(With("sub", "services/tasks"), "TOKEN_CLAIMS");
  EXPECT_EQ(With("sub", ""), "TOKEN_CLAIMS");
  EXPECT_EQ(With("sub", std::string(257, 'a')), "TOKEN_CLAIMS");
}

TEST(VerifyToken, RefusesTheUnbound) {
  std::string good = Base64Url(std::string(32, 'c'));
  for (const json& cnf :
       {json(nullptr), json::object(), json{{"x5t#S256", ""}}, json{{"x5t#S256", 1}},
        json{{"x5t#S256", Base64Url(std::string(31, 'c'))}}, json{{"x5t#S256", Base64Url(std::string(33, 'c'))}},
        json{{"x5t#S256", Base64Url(std::string(32, '\0'))}}, json{{"x5t#S256", good + "="}}, json{{"x5t", good}},
        json{{"jkt", good}}, json{{"x5t#S256", good}, {"jkt", good}}, json(good)}) {
    EXPECT_EQ(With("cnf", cnf), "TOKEN_UNBOUND") << cnf;
  }
}

TEST(VerifyToken, RefusesOddGrants) {
  auto grant = [](const json& change) {
    json out = TestClaims()["grants"][0];
    out.update(change);
    return With("grants", json::array({out}));
  };
  EXPECT_EQ(With("grants", json::array()), "accepted");
  EXPECT_EQ(grant({{"until", 1}}), "accepted");  // ended: Decide() says so
  for (std::string role : {"UNSPECIFIED", "EMPEROR", "dispatcher", "ROLE_DISPATCHER", "2", " DISPATCHER"}) {
    EXPECT_EQ(grant({{"role", role}}), "TOKEN_ROLE_UNKNOWN") << role;
  }
  for (const json& change : {json{{"role", 2}}, json{{"role", ""}}, json{{"area", ""}}, json{{"area", nullptr}},
                             json{{"until", "1"}}, json{{"until", 1.5}}, json{{"more", 1}}}) {
    EXPECT_EQ(grant(change), "TOKEN_CLAIMS") << change;
  }
  EXPECT_EQ(With("grants", json::array({json::array()})), "TOKEN_CLAIMS");
  EXPECT_EQ(With("grants", json::array({json{{"role", "DISPATCHER"}, {"area", "CHI"}}})), "TOKEN_CLAIMS");
}

TEST(VerifyToken, RefusesOddQualificationsAndCovers) {
  for (std::string key : {"qualifications", "covers"}) {
    const std::string name = key == "covers" ? "staff" : "code";
    auto with = [&](const json& change) {
      json out = TestClaims()[key][0];
      out.update(change);
      return With(key, json::array({out}));
    };
    EXPECT_EQ(With(key, json::array()), "accepted") << key;
    EXPECT_EQ(with({{"until", 1}}), "accepted") << "ended: the service that asks for it says so";
    for (const json& change : {json{{name, 2}}, json{{name, ""}}, json{{name, std::string(257, 'A')}},
                               json{{"until", "1"}}, json{{"until", -1}}, json{{"more", 1}}}) {
      EXPECT_EQ(with(change), "TOKEN_CLAIMS") << change;
    }
    EXPECT_EQ(With(key, json::array({json{{name, "X"}}})), "TOKEN_CLAIMS") << "every right has an end";
    EXPECT_EQ(With(key, json::array({1})), "TOKEN_CLAIMS");
  }
  EXPECT_EQ(With("ver", 0), "accepted");
  EXPECT_EQ(With("ver", -1), "TOKEN_CLAIMS");
  EXPECT_EQ(With("ver", 1.0), "TOKEN_CLAIMS");
  EXPECT_EQ(With("ver", UINT64_MAX), "TOKEN_CLAIMS");
  EXPECT_EQ(With("sid", ""), "TOKEN_CLAIMS");
}

TEST(VerifyToken, NeverShowsTheToken) {
  json claims = TestClaims();
  claims["sub"] = "staff/secretive";
  claims["iss"] = "https://evil";
  std::string text = VerifyToken(SignedClaims(claims), Keys(), kRules, kNow).status().ToString();
  EXPECT_EQ(text.find("secretive"), text.npos);
  EXPECT_EQ(text.find("evil"), text.npos);
}

TEST(VerifyToken, RefusesEveryChangedByte) {
  std::string token = *SignToken(TestKey(), kRules, TestCaller(), kNow);
  KeySet keys = Keys();
  std::mt19937 random(1);
  for (int i = 0; i < 100'000; ++i) {
    std::string other = token;
    other[random() % other.size()] = static_cast<char>(random());
    if (other == token) continue;
    ASSERT_FALSE(VerifyToken(other, keys, kRules, kNow).ok()) << other;
  }
}

TEST(CheckBinding, NeedsTheSameCertificate) {
  Peer peer;
  peer.certificate.fill(0xAB);
  EXPECT_TRUE(CheckBinding(TestCaller(), peer).ok());
  peer.certificate[31] ^= 1;
  EXPECT_EQ(ReasonOf(CheckBinding(TestCaller(), peer)), "TOKEN_BOUND_ELSEWHERE");
}

TEST(KeySet, RefusesOddKids) {
  for (const std::string& kid :
       {std::string(), std::string("a b"), std::string("\""), std::string("\xc3\xa9"), std::string(65, 'k')}) {
    EXPECT_EQ(ReasonOf(KeySet::Create({{.kid = kid}}).status()), "KEY_SET") << kid;
    EXPECT_EQ(ReasonOf(SigningKey::FromSeed(kid, std::string(32, 's')).status()), "SIGNING_KEY");
  }
  EXPECT_FALSE(KeySet::Create({{.kid = "a"}, {.kid = "a"}}).ok());
  EXPECT_FALSE(SigningKey::FromSeed("a", "short").ok());
}

TEST(SigningKey, ComesBackFromItsSeed) {
  SigningKey key = SigningKey::Generate("k");
  SigningKey again = *SigningKey::FromSeed("k", key.seed());
  EXPECT_EQ(again.public_key(), key.public_key());
  EXPECT_EQ(again.Sign("m"), key.Sign("m"));
}

TEST(Wycheproof, Ed25519) {
  int valid = 0, invalid = 0;
  const json file = Load("ed25519_test.json");
  for (const auto& group : file["testGroups"]) {
    PublicKey key;
    std::string bytes = FromHex(group["publicKey"]["pk"]);
    ASSERT_EQ(bytes.size(), key.size());
    std::copy(bytes.begin(), bytes.end(), key.begin());
    for (const auto& test : group["tests"]) {
      bool want = test["result"] == "valid";
      EXPECT_EQ(VerifyEd25519(FromHex(test["msg"]), FromHex(test["sig"]), key), want) << test;
      (want ? valid : invalid)++;
    }
  }
  EXPECT_EQ(valid, 88);
  EXPECT_EQ(invalid, 63);
}

// None of them is EdDSA, so that all are refused, the valid ones too.
TEST(Wycheproof, EveryOtherJws) {
  int refused = 0;
  for (const char* name : {"json_web_signature_test.json", "json_web_key_test.json"}) {
    const json file = Load(name);
    for (const auto& group : file["testGroups"]) {
      for (const auto& test : group["tests"]) {
        const std::string jws = test["jws"].is_string() ? test["jws"].get<std::string>() : test["jws"].dump();
        EXPECT_NE(Refusal(jws), "accepted") << test;
        ++refused;
      }
    }
  }
  EXPECT_EQ(refused, 401 + 26);
}

}  // namespace
}  // namespace gridwork::auth
