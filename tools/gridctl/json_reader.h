// Strict reading of JSON that people and scripts write: what is not expected is an error that names its place.
#pragma once
#include <absl/status/statusor.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace gridwork::ctl {

// INVALID_ARGUMENT BAD_JSON "<where>: <what>".
absl::Status BadJson(std::string_view where, std::string_view what);

// Refuses a key that stands twice in one object.
absl::StatusOr<nlohmann::json> ParseJson(std::string_view where, std::string_view text);

// `value` must be an object without other keys than these.
absl::Status CheckKeys(std::string_view where, const nlohmann::json& value,
                       std::initializer_list<std::string_view> keys);

// The member `key`; "" or 0 or false when it is not there.
absl::StatusOr<std::string> TextOf(std::string_view where, const nlohmann::json& object, const char* key);
absl::StatusOr<int64_t> WholeOf(std::string_view where, const nlohmann::json& object, const char* key);
absl::StatusOr<bool> TruthOf(std::string_view where, const nlohmann::json& object, const char* key);

}  // namespace gridwork::ctl
