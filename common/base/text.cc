#include "common/base/text.h"

#include <fmt/format.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <charconv>

#include "common/base/error.h"
#include "common/base/uuid.h"

namespace gridwork {
namespace {

bool IsUtf8(std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  int32_t length = 0;
  u_strFromUTF8(nullptr, 0, &length, text.data(), static_cast<int32_t>(text.size()), &error);
  return U_SUCCESS(error) != 0 || error == U_BUFFER_OVERFLOW_ERROR;
}

bool IsAllowed(UChar32 c, bool multiline) {
  if (c == '\n' || c == '\t') return multiline;
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_UNASSIGNED:  // noncharacters too
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
      return false;
    default:
      return true;
  }
}

}  // namespace

absl::StatusOr<std::string> ParseText(std::string_view field, std::string_view text, TextRule rule) {
  const std::string length = fmt::format("must have {} to {} characters", rule.min, rule.max);
  if (text.size() > static_cast<size_t>(rule.max) * 16) return BadField(field, length);  // before any work on it
  if (!IsUtf8(text)) return BadField(field, "must be valid UTF-8");

  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  icu::UnicodeString normal =
      nfc->normalize(icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())}), error);
  if (U_FAILURE(error) != 0) return BadField(field, "must be text that Unicode can normalise");
  normal.trim();
  if (int32_t n = normal.countChar32(); n < rule.min || n > rule.max) return BadField(field, length);
  for (int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1)) {
    if (!IsAllowed(normal.char32At(i), rule.multiline))
      return BadField(field, "must not hold control, unassigned or private-use characters");
  }
  std::string out;
  normal.toUTF8String(out);
  return out;
}

absl::StatusOr<std::string> ParseCode(std::string_view field, std::string_view text, std::string_view also,
                                      size_t max) {
  auto allowed = [&](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || also.find(c) != also.npos; };
  if (text.empty() || text.size() > max || !std::all_of(text.begin(), text.end(), allowed))
    return BadField(field, fmt::format("must have 1 to {} characters of A-Z, 0-9 and \"{}\"", max, also));
  return std::string(text);
}

absl::StatusOr<Uuid> ParseName(std::string_view field, std::string_view collection, std::string_view name) {
  auto bad = [&] { return BadField(field, fmt::format("must be {}/{{uuid}}", collection)); };
  if (name.size() != collection.size() + 37 || !name.starts_with(collection) || name[collection.size()] != '/')
    return bad();
  auto id = Uuid::Parse(name.substr(collection.size() + 1));
  if (!id.ok()) return bad();
  return id;
}

absl::StatusOr<std::string> ParseAreaPath(std::string_view field, std::string_view path) {
  auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '/'; };
  bool slashes_join = !path.empty() && path.front() != '/' && path.back() != '/' && path.find("//") == path.npos;
  if (!slashes_join || path.size() > 200 || !std::all_of(path.begin(), path.end(), allowed))
    return BadField(field, "must be the path of an area: codes joined by slashes");
  return std::string(path);
}

std::string EtagOf(int64_t version) { return std::to_string(version); }

absl::StatusOr<int64_t> ParseEtag(std::string_view field, std::string_view etag) {
  int64_t version = 0;
  auto [end, error] = std::from_chars(etag.data(), etag.data() + etag.size(), version);
  if (error != std::errc() || end != etag.data() + etag.size() || version < 1)
    return BadField(field, "must be the etag that you read");
  return version;
}

}  // namespace gridwork
