#include "tools/gridctl/geojson.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "tools/gridctl/output.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using nlohmann::json;

constexpr int64_t kMaxInhabitants = 100'000'000'000;  // so that it fits; the rule is the server's

using VisitFeature = std::function<absl::Status(int number, const json& feature)>;

absl::Status BadFile(std::string_view what) { return Error(absl::StatusCode::kInvalidArgument, "BAD_GEOJSON", what); }

const json* Find(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string TextOf(const json& object, const char* key) {
  const json* value = Find(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

// The collection itself, when all features were seen and dropped.
absl::Status CheckCollection(const json& root) {
  if (TextOf(root, "type") != "FeatureCollection") return BadFile("not a GeoJSON FeatureCollection");
  const json* features = Find(root, "features");
  if (features == nullptr || !features->is_array()) return BadFile("the FeatureCollection has no list of features");
  if (const json* crs = Find(root, "crs")) {
    const json* properties = Find(*crs, "properties");
    std::string name = properties == nullptr ? "" : TextOf(*properties, "name");
    if (!name.ends_with("CRS84") && !name.ends_with("4326")) {
      return BadFile(fmt::format("coordinates in {}; WGS84 degrees are needed (RFC 7946)", Printable(name)));
    }
  }
  return absl::OkStatus();
}

// Parses the file and drops each feature from memory as soon as it was visited.
absl::Status ForEachFeature(const std::string& path, const VisitFeature& visit) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE", path + ": cannot be opened");
  absl::Status failed;
  int number = 0;
  bool in_features = false;
  auto callback = [&](int depth, json::parse_event_t event, json& value) {
    if (depth == 1 && event == json::parse_event_t::key) in_features = value == "features";
    bool ends = event == json::parse_event_t::object_end || event == json::parse_event_t::array_end ||
                event == json::parse_event_t::value;
    if (depth != 2 || !in_features || !ends) return true;
    ++number;
    if (failed.ok()) failed = visit(number, value);
    return false;
  };
  json root;
  try {
    root = json::parse(in, callback);
  } catch (const json::exception& error) {
    return BadFile(fmt::format("{}: {}", path, error.what()));
  }
  RETURN_IF_ERROR(CheckCollection(root));
  return failed;
}

// Knows where in a feature it is, for its errors.
class FeatureReader {
 public:
  FeatureReader(int number, const json& feature) : feature_(feature) {
    const json* properties = Find(feature, "properties");
    std::string code = properties == nullptr ? "" : TextOf(*properties, "code");
    label_ = code.empty() ? fmt::format("feature {}", number) : fmt::format("feature {} ({})", number, Printable(code));
  }

  absl::Status Bad(std::string_view where, std::string_view rule) const {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FEATURE", fmt::format("{}: {}: {}", label_, where, rule),
                 {{"field", where}, {"rule", rule}});
  }

  absl::StatusOr<identity::v1::Area> Read() const {
    if (TextOf(feature_, "type") != "Feature") return Bad("type", "\"Feature\"");
    const json* properties = Find(feature_, "properties");
    if (properties == nullptr || !properties->is_object()) return Bad("properties", "an object");
    identity::v1::Area area;
    ASSIGN_OR_RETURN(*area.mutable_code(), Text(*properties, "code", true));
    ASSIGN_OR_RETURN(*area.mutable_display_name(), Text(*properties, "name", true));
    ASSIGN_OR_RETURN(*area.mutable_level(), Text(*properties, "level", true));
    ASSIGN_OR_RETURN(std::string parent, Text(*properties, "parent", false));
    area.set_parent(NameIn("areas", parent));
    if (const json* inhabitants = Find(*properties, "inhabitants")) {
      if (!inhabitants->is_number_integer() || *inhabitants < 0 || *inhabitants > kMaxInhabitants) {
        return Bad("properties.inhabitants", "a whole number, not negative");
      }
      area.set_inhabitants(inhabitants->get<int64_t>());
    }
    if (const json* geometry = Find(feature_, "geometry")) {
      RETURN_IF_ERROR(ReadGeometry(*geometry, *area.mutable_geometry()));
    }
    return area;
  }

 private:
  absl::StatusOr<std::string> Text(const json& properties, const char* key, bool required) const {
    const json* value = Find(properties, key);
    if (value == nullptr && !required) return "";
    if (value == nullptr || !value->is_string() || (required && value->get_ref<const std::string&>().empty()))
      return Bad(fmt::format("properties.{}", key), required ? "a text, not empty" : "a text");
    return value->get<std::string>();
  }

  absl::Status ReadGeometry(const json& geometry, common::v1::MultiPolygon& out) const {
    std::string type = TextOf(geometry, "type");
    const json* coordinates = Find(geometry, "coordinates");
    const std::string where = "geometry.coordinates";
    if (coordinates == nullptr || !coordinates->is_array()) return Bad(where, "a list");
    if (type == "Polygon") return ReadPolygon(where, *coordinates, *out.add_polygons());
    if (type != "MultiPolygon") return Bad("geometry.type", "Polygon or MultiPolygon");
    for (size_t i = 0; i < coordinates->size(); ++i) {
      RETURN_IF_ERROR(ReadPolygon(fmt::format("{}[{}]", where, i), (*coordinates)[i], *out.add_polygons()));
    }
    return absl::OkStatus();
  }

  absl::Status ReadPolygon(const std::string& where, const json& rings, common::v1::Polygon& out) const {
    if (!rings.is_array() || rings.empty()) return Bad(where, "a list of rings, the outer one first");
    for (size_t i = 0; i < rings.size(); ++i) {
      RETURN_IF_ERROR(ReadRing(fmt::format("{}[{}]", where, i), rings[i], *out.add_rings()));
    }
    return absl::OkStatus();
  }

  absl::Status ReadRing(const std::string& where, const json& positions, common::v1::Ring& out) const {
    if (!positions.is_array() || positions.size() < 4) return Bad(where, "at least four positions");
    for (size_t i = 0; i < positions.size(); ++i) {
      const json& position = positions[i];
      bool good = position.is_array() && position.size() >= 2 && position[0].is_number() && position[1].is_number();
      if (!good) return Bad(fmt::format("{}[{}]", where, i), "[longitude, latitude]");
      auto* point = out.add_points();
      point->set_longitude(position[0].get<double>());
      point->set_latitude(position[1].get<double>());
    }
    const auto& first = out.points(0);
    const auto& last = out.points(out.points_size() - 1);
    if (first.latitude() != last.latitude() || first.longitude() != last.longitude()) {
      return Bad(where, "closed: the last position is the first");
    }
    out.mutable_points()->RemoveLast();
    return absl::OkStatus();
  }

  const json& feature_;
  std::string label_;
};

}  // namespace

absl::StatusOr<identity::v1::Area> AreaOfFeature(int number, const json& feature) {
  return FeatureReader(number, feature).Read();
}

absl::StatusOr<AreaFile> AreaFile::Open(std::string path) {
  struct Entry {
    std::string parent;
    int number = 0;
    int depth = -1;
  };
  AreaFile file(std::move(path));
  std::map<std::string, Entry> entries;
  RETURN_IF_ERROR(ForEachFeature(file.path_, [&](int number, const json& feature) -> absl::Status {
    file.size_ = number;
    ASSIGN_OR_RETURN(auto area, AreaOfFeature(number, feature));
    auto [known, is_new] = entries.emplace(area.code(), Entry{LastPart(area.parent()), number});
    if (is_new) return absl::OkStatus();
    return FeatureReader(number, feature)
        .Bad("properties.code", fmt::format("unique; feature {} has it too", known->second.number));
  }));

  for (auto& [code, entry] : entries) {
    std::vector<Entry*> way = {&entry};
    while (way.back()->depth < 0) {
      auto parent = entries.find(way.back()->parent);
      if (parent == entries.end()) {  // the root, or an area that the server knows
        way.back()->depth = 0;
        break;
      }
      if (way.size() > entries.size()) {
        return Error(absl::StatusCode::kInvalidArgument, "BAD_FEATURE",
                     fmt::format("feature {} ({}): properties.parent: no circle", entry.number, code));
      }
      way.push_back(&parent->second);
    }
    int depth = way.back()->depth;
    for (size_t i = way.size(); i-- > 0; ++depth) way[i]->depth = depth;
    size_t level = static_cast<size_t>(entry.depth);
    while (file.levels_.size() <= level) file.levels_.emplace_back(static_cast<size_t>(file.size_) + 1);
    file.levels_[level][static_cast<size_t>(entry.number)] = true;
  }
  return file;
}

absl::Status AreaFile::ForEach(const std::function<absl::Status(int, identity::v1::Area)>& visit) const {
  for (const auto& level : levels_) {
    RETURN_IF_ERROR(ForEachFeature(path_, [&](int number, const json& feature) -> absl::Status {
      if (static_cast<size_t>(number) >= level.size() || !level[static_cast<size_t>(number)]) return absl::OkStatus();
      ASSIGN_OR_RETURN(auto area, AreaOfFeature(number, feature));
      return visit(number, std::move(area));
    }));
  }
  return absl::OkStatus();
}

}  // namespace gridwork::ctl
