// Text that people type: what is accepted, and in which form it is kept.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace gridwork {

struct TextRule {
  int min = 1;             // characters (code points) after trimming
  int max = 100;           // characters
  bool multiline = false;  // line feeds and tabs are kept
};

// `text` in Unicode normal form C, without white space at its ends. BAD_FIELD `field` when it is too short or too long,
// not UTF-8, or holds control characters, unassigned code points or noncharacters. Any script, emoji and right-to-left
// text are welcome.
absl::StatusOr<std::string> ParseText(std::string_view field, std::string_view text, TextRule rule);

// A code: A-Z, 0-9 and the characters of `also`, 1 to `max` of them. BAD_FIELD otherwise.
absl::StatusOr<std::string> ParseCode(std::string_view field, std::string_view text, std::string_view also, size_t max);

// "places/018f..." -> the id. BAD_FIELD `field` unless it is `collection`, a slash and a UUID.
struct Uuid;
absl::StatusOr<Uuid> ParseName(std::string_view field, std::string_view collection, std::string_view name);

// "CHI/SIDE-CENTRAL/CA32": codes of A-Z, 0-9 and "-" joined by slashes, at most 200 characters. BAD_FIELD otherwise.
absl::StatusOr<std::string> ParseAreaPath(std::string_view field, std::string_view path);

// An etag is the version of its row.
std::string EtagOf(int64_t version);
absl::StatusOr<int64_t> ParseEtag(std::string_view field, std::string_view etag);

}  // namespace gridwork
