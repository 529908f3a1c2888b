// Messages for the tests of places.
#pragma once
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gridwork/tasks/v1/place_service.pb.h"

namespace gridwork::tasks::testing {

// With every field that a client may set.
inline v1::Place SampleMessage(int number) {
  v1::Place out;
  out.set_kind(v1::PLACE_KIND_FOOD);
  out.set_display_name(fmt::format("Cosi {}", number));
  out.set_address("230 W Monroe St");
  out.set_locality("Chicago");
  out.set_postal_code("60606");
  out.mutable_location()->set_latitude(41.880757);
  out.mutable_location()->set_longitude(-87.634709);
  out.set_status(v1::PLACE_STATUS_OPEN);
  out.mutable_operator_()->set_organisation("Cosi Inc");
  out.mutable_operator_()->set_licence_number("L-1");
  out.set_risk("RISK_1");
  out.set_source("licences");
  out.set_source_id(fmt::format("{:05}", number));
  return out;
}

inline v1::ImportPlacesRequest SampleImport(int places) {
  v1::ImportPlacesRequest out;
  out.set_root("CHI");
  for (int i = 0; i < places; ++i) *out.add_places() = SampleMessage(i);
  return out;
}

// tests/data/naughty-strings.
inline std::vector<std::string> NaughtyStrings(const std::string& source_dir) {
  std::ifstream in(source_dir + "/tests/data/naughty-strings/blns.json");
  return nlohmann::json::parse(in).get<std::vector<std::string>>();
}

// Sets each text of a place that people write.
inline void SetTexts(const std::string& text, v1::Place& place) {
  place.set_display_name(text);
  place.set_address(text);
  place.set_locality(text);
  place.set_postal_code(text);
  place.mutable_operator_()->set_organisation(text);
  place.mutable_operator_()->set_licence_number(text);
}

}  // namespace gridwork::tasks::testing
