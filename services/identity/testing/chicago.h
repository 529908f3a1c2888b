// The real areas and premises of tests/data/chicago.
#pragma once
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "services/identity/areas/area.h"

namespace gridwork::identity {

inline std::ifstream OpenData(const std::string& file) {
  std::ifstream in(std::string(GRIDWORK_SOURCE_DIR "/tests/data/") + file);
  if (!in) throw std::runtime_error("cannot read tests/data/" + file);
  return in;
}

inline Polygon ReadRings(const nlohmann::json& rings) {
  Polygon polygon;
  for (const auto& ring : rings) {
    Ring& points = polygon.emplace_back();
    for (const auto& point : ring) points.push_back({point[1].get<double>(), point[0].get<double>()});
    points.pop_back();  // GeoJSON repeats the first one
  }
  return polygon;
}

// The tree, parents first, with paths and geometry.
inline std::vector<Area> ChicagoAreas() {
  auto in = OpenData("chicago/areas.geojson");
  std::vector<Area> areas;
  std::map<std::string, std::string> paths;
  const nlohmann::json document = nlohmann::json::parse(in);
  for (const auto& feature : document["features"]) {
    const auto& properties = feature["properties"];
    Area& area = areas.emplace_back();
    area.code = properties["code"];
    area.display_name = properties["name"];
    area.level = properties["level"];
    area.parent = properties["parent"];
    area.path = paths[area.code] = area.is_root() ? area.code : paths[area.parent] + "/" + area.code;
    const auto& geometry = feature["geometry"];
    if (geometry["type"] == "Polygon") {
      area.geometry.push_back(ReadRings(geometry["coordinates"]));
    } else {
      for (const auto& polygon : geometry["coordinates"]) area.geometry.push_back(ReadRings(polygon));
    }
  }
  return areas;
}

// The fields of a line of CSV.
inline std::vector<std::string> SplitCsv(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

// Where the premises are: 12,329 of 12,367 say so.
inline std::vector<LatLng> ChicagoPremises() {
  auto in = OpenData("chicago/premises.csv");
  std::vector<LatLng> points;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    auto fields = SplitCsv(line);
    if (!fields[9].empty()) points.push_back({std::stod(fields[9]), std::stod(fields[10])});
  }
  return points;
}

}  // namespace gridwork::identity
