#include "tools/gridctl/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/base/error.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

absl::Status Bad(int line, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_YAML", fmt::format("line {}: {}", line, what));
}

}  // namespace

absl::StatusOr<YAML::Node> ParseYaml(const std::string& text) {
  if (!IsUtf8(text)) return Error(absl::StatusCode::kInvalidArgument, "BAD_YAML", "the file is not UTF-8");
  try {
    return YAML::Load(text);
  } catch (const YAML::ParserException& error) {
    return Bad(error.mark.line + 1, error.msg);
  } catch (const YAML::Exception& error) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_YAML", error.what());
  }
}

absl::Status YamlError(const YAML::Node& node, std::string_view what) { return Bad(node.Mark().line + 1, what); }

absl::Status CheckKeys(const YAML::Node& node, std::initializer_list<std::string_view> keys) {
  std::string list;
  for (auto key : keys) list += (list.empty() ? "" : ", ") + std::string(key);
  if (!node.IsMap()) return YamlError(node, "a map with the keys " + list + " is needed here");
  std::set<std::string> seen;
  for (const auto& entry : node) {
    std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      return YamlError(entry.first, fmt::format("unknown key \"{}\"; there are {}", key, list));
    }
    if (!seen.insert(key).second) return YamlError(entry.first, fmt::format("\"{}\" stands here twice", key));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ScalarOf(const YAML::Node& map, const char* key) {
  const YAML::Node value = map[key];
  if (!value || value.IsNull()) return "";
  if (!value.IsScalar()) return YamlError(value, fmt::format("{} must be one value", key));
  return value.Scalar();
}

}  // namespace gridwork::ctl
