// YAML files that people write: read strictly, so that a misspelt key is found and not silently left out.
#pragma once
#include <absl/status/statusor.h>
#include <yaml-cpp/yaml.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace gridwork::ctl {

// INVALID_ARGUMENT BAD_YAML, which names the line, for what is no YAML or not UTF-8.
absl::StatusOr<YAML::Node> ParseYaml(const std::string& text);

// INVALID_ARGUMENT BAD_YAML "line 3: <what>".
absl::Status YamlError(const YAML::Node& node, std::string_view what);

// The node must be a map with no other keys than these, none of them twice.
absl::Status CheckKeys(const YAML::Node& node, std::initializer_list<std::string_view> keys);

// The scalar `key` of the map; "" when it is not there. YamlError when it is a list or a map.
absl::StatusOr<std::string> ScalarOf(const YAML::Node& map, const char* key);

}  // namespace gridwork::ctl
