// The 515 hostile strings of tests/data/naughty-strings.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "services/identity/testing/chicago.h"

namespace gridwork::identity {

inline std::vector<std::string> NaughtyStrings() {
  auto in = OpenData("naughty-strings/blns.json");
  return nlohmann::json::parse(in).get<std::vector<std::string>>();
}

}  // namespace gridwork::identity
