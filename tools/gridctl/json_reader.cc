#include "tools/gridctl/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::ctl {

using nlohmann::json;

absl::Status BadJson(std::string_view where, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_JSON", fmt::format("{}: {}", where, what));
}

absl::StatusOr<json> ParseJson(std::string_view where, std::string_view text) {
  constexpr size_t kMaxDepth = 32;
  std::vector<std::set<std::string>> keys;
  std::string twice;
  bool deep = false;
  auto callback = [&](int depth, json::parse_event_t event, json& value) {
    if (static_cast<size_t>(depth) > kMaxDepth) deep = true;
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) twice = value;
    return true;
  };
  try {
    json value = json::parse(text, callback);
    if (deep) return BadJson(where, "nested too deep");
    if (!twice.empty()) return BadJson(where, fmt::format("\"{}\" stands twice in one object", twice));
    return value;
  } catch (const json::exception& error) {
    return BadJson(where, error.what());
  }
}

absl::Status CheckKeys(std::string_view where, const json& value, std::initializer_list<std::string_view> keys) {
  if (!value.is_object()) return BadJson(where, fmt::format("an object with {} is needed", fmt::join(keys, ", ")));
  for (const auto& [key, member] : value.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      return BadJson(where, fmt::format("unknown key \"{}\"; there are {}", key, fmt::join(keys, ", ")));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TextOf(std::string_view where, const json& object, const char* key) {
  auto member = object.find(key);
  if (member == object.end()) return "";
  if (!member->is_string()) return BadJson(where, fmt::format("{}: a text", key));
  return member->get<std::string>();
}

absl::StatusOr<int64_t> WholeOf(std::string_view where, const json& object, const char* key) {
  auto member = object.find(key);
  if (member == object.end()) return 0;
  bool fits =
      member->is_number_integer() && (!member->is_number_unsigned() || member->get<uint64_t>() <= uint64_t{INT64_MAX});
  if (!fits) return BadJson(where, fmt::format("{}: a whole number", key));
  return member->get<int64_t>();
}

absl::StatusOr<bool> TruthOf(std::string_view where, const json& object, const char* key) {
  auto member = object.find(key);
  if (member == object.end()) return false;
  if (!member->is_boolean()) return BadJson(where, fmt::format("{}: true or false", key));
  return member->get<bool>();
}

}  // namespace gridwork::ctl
