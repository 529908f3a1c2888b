#include "common/objects/object_store.h"

#include <fmt/format.h>

#include "common/base/error.h"

namespace gridwork::objects {

bool IsObjectKey(std::string_view key) {
  constexpr size_t kLongest = 200;
  if (key.empty() || key.size() > kLongest || key.back() == '/') return false;
  char before = '/';
  for (char c : key) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!letter && (c != '/' || before == '/')) return false;
    before = c;
  }
  return true;
}

absl::Status ObjectsAway(std::string_view why) {
  return WithRetryAfter(
      Error(absl::StatusCode::kUnavailable, "OBJECTS_AWAY", fmt::format("the object store cannot be used: {}", why)),
      absl::Seconds(1));
}

}  // namespace gridwork::objects
