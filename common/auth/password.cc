#include "common/auth/password.h"

#include <fmt/format.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "common/auth/sodium.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::auth {
namespace {

// The second recommendation of RFC 9106 section 4, with one lane, since libsodium has no more; a pod can afford it
// twice at a time.
constexpr unsigned long long kPasses = 3;
constexpr size_t kMemoryBytes = 64 << 20;
constexpr absl::Duration kRetryAfter = absl::Seconds(2);
constexpr size_t kMaxPasswordBytes =
    4 * kMaxPasswordLength * 3;  // normal form C never needs more than three times the bytes

// Of at least kMinPasswordLength characters, case folded. Short ones need no list.
constexpr std::array<std::string_view, 24> kCommon = {
    "123456789012",   "1234567890123",  "12345678901234",   "123456789012345", "1234567890123456", "012345678901",
    "password1234",   "password12345",  "passwordpassword", "password123456",  "qwertyuiop12",     "qwertyuiop123",
    "qwertyuiop1234", "qwertyuiopasdf", "qwertyuiop[]",     "1q2w3e4r5t6y",    "1qaz2wsx3edc",     "abcdefghijkl",
    "abcd1234abcd",   "administrator",  "iloveyou1234",     "letmeinletmein",  "welcome12345",     "changemechangeme"};

bool IsUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (int32_t i = 0, size = static_cast<int32_t>(text.size()); i < size;) {
    UChar32 c = 0;
    U8_NEXT(bytes, i, size, c);
    if (c < 0) return false;
  }
  return true;
}

// After RFC 8265 section 4.2: every kind of space is a plain one, then normal form C. nullopt when empty, too large,
// not UTF-8, or with control characters. Unlike there, unassigned code points pass: which ones those are changes with
// every Unicode version.
std::optional<icu::UnicodeString> Normal(std::string_view password) {
  if (password.empty() || password.size() > kMaxPasswordBytes || !IsUtf8(password)) return std::nullopt;
  auto text = icu::UnicodeString::fromUTF8({password.data(), static_cast<int32_t>(password.size())});
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    UChar32 c = text.char32At(i);
    if (u_charType(c) == U_CONTROL_CHAR) return std::nullopt;
    if (u_charType(c) == U_SPACE_SEPARATOR) text.replace(i, U16_LENGTH(c), u' ');
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* form_c = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error)) return std::nullopt;
  icu::UnicodeString normal = form_c->normalize(text, error);
  if (U_FAILURE(error)) return std::nullopt;
  return normal;
}

std::string ToUtf8(const icu::UnicodeString& text) {
  std::string bytes;
  text.toUTF8String(bytes);
  return bytes;
}

bool IsOneCharacterRepeated(const icu::UnicodeString& text) {
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    if (text.char32At(i) != text.char32At(0)) return false;
  }
  return true;
}

bool IsCommon(const icu::UnicodeString& folded) {
  return IsOneCharacterRepeated(folded) || std::find(kCommon.begin(), kCommon.end(), ToUtf8(folded)) != kCommon.end();
}

absl::StatusOr<std::string> Argon2(const std::string& password) {
  InitSodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), kPasses, kMemoryBytes) != 0) {
    return Error(absl::StatusCode::kResourceExhausted, "PASSWORD_BUSY", "not enough memory to hash a password");
  }
  return std::string(hash.data());
}

}  // namespace

absl::Status CheckNewPassword(std::string_view field, std::string_view password, std::string_view username) {
  std::optional<icu::UnicodeString> normal = Normal(password);
  if (!password.empty() && password.size() <= kMaxPasswordBytes && !normal)
    return BadField(field, "text without control characters");
  if (!normal || normal->countChar32() < kMinPasswordLength || normal->countChar32() > kMaxPasswordLength) {
    return BadField(field, fmt::format("{} to {} characters", kMinPasswordLength, kMaxPasswordLength));
  }
  icu::UnicodeString folded = icu::UnicodeString(*normal).foldCase();
  std::optional<icu::UnicodeString> name = Normal(username);
  if (name && folded.indexOf(name->foldCase()) >= 0) return BadField(field, "does not contain the user name");
  if (IsCommon(folded)) return BadField(field, "not one of the passwords that everybody tries first");
  return absl::OkStatus();
}

// One of the places to hash, until the end of the block.
class PasswordHasher::Turn {
 public:
  explicit Turn(PasswordHasher& hasher) : hasher_(hasher) {}
  Turn(const Turn&) = delete;
  ~Turn() {
    MutexLock lock(hasher_.mu_);
    ++hasher_.free_;
    hasher_.freed_.notify_one();
  }

 private:
  PasswordHasher& hasher_;
};

absl::Status PasswordHasher::Wait(absl::Time deadline) {
  MutexLock lock(mu_);
  while (free_ == 0) {
    if (freed_.wait_until(mu_, absl::ToChronoTime(deadline)) == std::cv_status::timeout && free_ == 0) {
      return WithRetryAfter(
          Error(absl::StatusCode::kResourceExhausted, "PASSWORD_BUSY", "too many passwords are being checked"),
          kRetryAfter);
    }
  }
  --free_;
  return absl::OkStatus();
}

absl::StatusOr<std::string> PasswordHasher::Hash(std::string_view password, absl::Time deadline) {
  std::optional<icu::UnicodeString> normal = Normal(password);
  if (!normal) return BadField("password", "text without control characters");
  RETURN_IF_ERROR(Wait(deadline));
  Turn turn(*this);
  return Argon2(ToUtf8(*normal));
}

absl::StatusOr<PasswordCheck> PasswordHasher::Verify(std::string_view stored, std::string_view password,
                                                     absl::Time deadline) {
  InitSodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (stored.size() >= hash.size()) return absl::InternalError("not the hash of a password");
  std::memcpy(hash.data(), stored.data(), stored.size());
  // What no user can have set costs the same as any other wrong password.
  std::optional<icu::UnicodeString> normal = Normal(password);
  std::string text = normal ? ToUtf8(*normal) : "";
  RETURN_IF_ERROR(Wait(deadline));
  Turn turn(*this);
  PasswordCheck check;
  check.right = crypto_pwhash_str_verify(hash.data(), text.data(), text.size()) == 0 && normal.has_value();
  check.needs_rehash = check.right && crypto_pwhash_str_needs_rehash(hash.data(), kPasses, kMemoryBytes) != 0;
  return check;
}

absl::StatusOr<PasswordCheck> PasswordHasher::VerifyNobody(std::string_view password, absl::Time deadline) {
  // Of a random password that nobody kept; the costs are kPasses and kMemoryBytes.
  static constexpr std::string_view kNobody =
      "$argon2id$v=19$m=65536,t=3,p=1$IGghRFjvrp5jVPWmg7Nw0Q$SkQEL+UI1EJJiyCdT27/6eMM9QfdQ+RIbIkf/a4688w";
  ASSIGN_OR_RETURN(PasswordCheck check, Verify(kNobody, password, deadline));
  check = {};
  return check;
}

}  // namespace gridwork::auth
