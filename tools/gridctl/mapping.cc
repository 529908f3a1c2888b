#include "tools/gridctl/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "tools/gridctl/values.h"
#include "tools/gridctl/yaml.h"

namespace gridwork::ctl {
namespace {

using tasks::v1::Place;
using tasks::v1::PlaceKind;

constexpr std::string_view kFields[] = {
    "source_id", "display_name", "address", "locality", "postal_code",           "latitude",
    "longitude", "kind",         "status",  "risk",     "operator.organisation", "operator.licence_number"};

std::string FieldList() { return fmt::format("{}", fmt::join(kFields, ", ")); }

bool IsField(std::string_view name) {
  return std::find(std::begin(kFields), std::end(kFields), name) != std::end(kFields);
}

// The text fields; false for those that are no plain text.
bool SetText(std::string_view field, std::string value, Place& place) {
  if (field == "source_id") {
    place.set_source_id(std::move(value));
  } else if (field == "display_name") {
    place.set_display_name(std::move(value));
  } else if (field == "address") {
    place.set_address(std::move(value));
  } else if (field == "locality") {
    place.set_locality(std::move(value));
  } else if (field == "postal_code") {
    place.set_postal_code(std::move(value));
  } else if (field == "risk") {
    place.set_risk(std::move(value));
  } else if (field == "operator.organisation") {
    place.mutable_operator_()->set_organisation(std::move(value));
  } else if (field == "operator.licence_number") {
    place.mutable_operator_()->set_licence_number(std::move(value));
  } else {
    return false;
  }
  return true;
}

// Both or neither: half a position is no position.
void SetLocation(std::string_view latitude, std::string_view longitude, Place& place, FieldErrors& errors) {
  if (latitude.empty() && longitude.empty()) return;
  if (latitude.empty() || longitude.empty()) {
    errors.Add(latitude.empty() ? "location.latitude" : "location.longitude", "latitude and longitude, or neither");
    return;
  }
  auto north = ParseNumber("location.latitude", latitude);
  auto east = ParseNumber("location.longitude", longitude);
  errors.Add(north.status());
  errors.Add(east.status());
  if (!north.ok() || !east.ok()) return;
  place.mutable_location()->set_latitude(*north);
  place.mutable_location()->set_longitude(*east);
}

}  // namespace

absl::StatusOr<Mapping> Mapping::Parse(const std::string& yaml) {
  ASSIGN_OR_RETURN(YAML::Node root, ParseYaml(yaml));
  RETURN_IF_ERROR(CheckKeys(root, {"source", "columns", "kind", "values"}));
  Mapping mapping;
  ASSIGN_OR_RETURN(mapping.source_, ScalarOf(root, "source"));
  if (mapping.source_.empty()) return YamlError(root, "source is missing: the name of the list, which never changes");
  RETURN_IF_ERROR(mapping.ReadColumns(root["columns"]));
  if (root["kind"]) RETURN_IF_ERROR(mapping.ReadKinds(root["kind"]));
  if (root["values"]) RETURN_IF_ERROR(mapping.ReadValues(root["values"]));
  RETURN_IF_ERROR(mapping.CheckComplete(root));
  return mapping;
}

absl::Status Mapping::ReadColumns(const YAML::Node& node) {
  if (!node || !node.IsMap()) {
    return YamlError(node ? node : YAML::Node(), "columns is missing: the columns and the fields that they fill");
  }
  std::set<std::string> filled;
  for (const auto& entry : node) {
    Column column;
    column.name = entry.first.Scalar();
    if (entry.second.IsScalar()) {
      column.fields.push_back(entry.second.Scalar());
    } else if (entry.second.IsSequence()) {
      for (const auto& field : entry.second) column.fields.push_back(field.IsScalar() ? field.Scalar() : "");
    }
    for (const std::string& field : column.fields) {
      if (!IsField(field)) {
        return YamlError(entry.second, fmt::format("unknown field \"{}\"; there are {}", field, FieldList()));
      }
      if (!filled.insert(field).second) return YamlError(entry.second, fmt::format("two columns fill {}", field));
    }
    if (column.fields.empty()) return YamlError(entry.second, "a field, or a list of fields, is needed here");
    columns_.push_back(std::move(column));
  }
  return absl::OkStatus();
}

absl::Status Mapping::ReadKinds(const YAML::Node& node) {
  RETURN_IF_ERROR(CheckKeys(node, {"default", "spellings"}));
  ASSIGN_OR_RETURN(std::string blank, ScalarOf(node, "default"));
  if (!blank.empty()) {
    auto kind = ParseEnum<PlaceKind>("default", blank);
    if (!kind.ok()) return YamlError(node["default"], std::string(kind.status().message()));
    kinds_.blank = *kind;
  }
  const YAML::Node lists = node["spellings"];
  if (!lists) return absl::OkStatus();
  if (!lists.IsMap()) return YamlError(lists, "a list of spellings for each kind of place is needed here");
  for (const auto& entry : lists) {
    auto kind = ParseEnum<PlaceKind>("kind", entry.first.Scalar());
    if (!kind.ok()) return YamlError(entry.first, std::string(kind.status().message()));
    if (!entry.second.IsSequence()) return YamlError(entry.second, "a list of spellings is needed here");
    for (const auto& spelling : entry.second) {
      if (!spelling.IsScalar()) return YamlError(spelling, "a spelling is one text");
      auto [known, is_new] = kinds_.spellings.emplace(Fold(spelling.Scalar()), *kind);
      if (!is_new && known->second != *kind) {
        return YamlError(spelling, fmt::format("\"{}\" is {} above", spelling.Scalar(), EnumText(known->second)));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status Mapping::ReadValues(const YAML::Node& node) {
  if (!node.IsMap()) return YamlError(node, "a map of spellings for each field is needed here");
  for (const auto& entry : node) {
    const std::string& field = entry.first.Scalar();
    if (!IsField(field) || field == "kind") {
      return YamlError(entry.first, fmt::format("unknown field \"{}\"; there are {}", field, FieldList()));
    }
    if (!entry.second.IsMap()) return YamlError(entry.second, "spelling: value, one a line, is needed here");
    for (const auto& value : entry.second) {
      if (!value.first.IsScalar() || !value.second.IsScalar()) return YamlError(value.first, "one text is needed here");
      values_[field][Fold(value.first.Scalar())] = value.second.Scalar();
    }
  }
  return absl::OkStatus();
}

bool Mapping::Fills(std::string_view field) const {
  return std::any_of(columns_.begin(), columns_.end(), [&](const Column& column) {
    return std::find(column.fields.begin(), column.fields.end(), field) != column.fields.end();
  });
}

absl::Status Mapping::CheckComplete(const YAML::Node& node) const {
  for (std::string_view field : {"source_id", "display_name"}) {
    if (!Fills(field)) return YamlError(node, fmt::format("no column fills {}", field));
  }
  if (!Fills("kind") && kinds_.blank == tasks::v1::PLACE_KIND_UNSPECIFIED) {
    return YamlError(node, "no column fills kind, and it has no default");
  }
  if (Fills("latitude") != Fills("longitude")) return YamlError(node, "latitude and longitude, or neither");
  return absl::OkStatus();
}

absl::Status Mapping::Bind(const std::vector<std::string>& header) {
  std::string missing;
  for (Column& column : columns_) {
    auto found = std::find_if(header.begin(), header.end(),
                              [&](const std::string& name) { return Trim(name) == std::string_view(column.name); });
    if (found == header.end()) missing += (missing.empty() ? "" : ", ") + column.name;
    column.index = static_cast<size_t>(found - header.begin());
  }
  width_ = header.size();
  if (missing.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "COLUMN_MISSING",
               fmt::format("the file has no column {}; it has {}", missing, fmt::join(header, ", ")));
}

std::string_view Mapping::Meaning(const std::string& field, std::string_view text) const {
  auto spellings = values_.find(field);
  if (spellings == values_.end()) return text;
  auto value = spellings->second.find(Fold(text));
  return value == spellings->second.end() ? text : std::string_view(value->second);
}

void Mapping::SetKind(std::string_view text, MappedRow& row) const {
  if (text.empty()) return row.place.set_kind(kinds_.blank);
  auto known = kinds_.spellings.find(Fold(text));
  if (known != kinds_.spellings.end()) return row.place.set_kind(known->second);
  row.unknown_kind = text;
}

MappedRow Mapping::Map(const std::vector<std::string>& record) const {
  MappedRow row;
  row.place.set_source(source_);
  row.place.set_kind(kinds_.blank);
  row.place.set_status(tasks::v1::PLACE_STATUS_OPEN);
  if (record.size() != width_) {
    row.error = BadField("row", fmt::format("{} columns as in the header, not {}", width_, record.size()));
    return row;
  }
  FieldErrors errors;
  std::string_view latitude;
  std::string_view longitude;
  for (const Column& column : columns_) {
    std::string_view raw = Trim(record[column.index]);
    if (!IsUtf8(raw)) {
      errors.Add(column.fields.front(), "UTF-8");
      continue;
    }
    for (const std::string& field : column.fields) {
      std::string_view text = Meaning(field, raw);
      if (field == "latitude") {
        latitude = text;
      } else if (field == "longitude") {
        longitude = text;
      } else if (field == "kind") {
        SetKind(text, row);
      } else if (text.empty()) {
        continue;
      } else if (!SetText(field, std::string(text), row.place)) {  // status
        auto status = ParseEnum<tasks::v1::PlaceStatus>(field, text);
        errors.Add(status.status());
        if (status.ok()) row.place.set_status(*status);
      }
    }
  }
  SetLocation(latitude, longitude, row.place, errors);
  if (!row.unknown_kind.empty()) errors.Add("kind", "a spelling that the mapping file knows");
  row.error = errors.status();
  return row;
}

}  // namespace gridwork::ctl
