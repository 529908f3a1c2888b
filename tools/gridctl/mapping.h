// The mapping file of `gridctl place import`: which column of a list is which field of a place, and what its spellings
// mean. mappings/chicago-premises.yaml is an example with every key.
#pragma once
#include <absl/status/statusor.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <vector>

#include "gridwork/tasks/v1/place.pb.h"

namespace gridwork::ctl {

// What became of a row. A row with an error never reaches the server; every rule that the server knows is left to it.
struct MappedRow {
  tasks::v1::Place place;
  absl::Status error;        // BAD_FIELD, or OK
  std::string unknown_kind;  // the spelling that is in no list, or ""
};

class Mapping {
 public:
  // INVALID_ARGUMENT BAD_YAML names the line.
  static absl::StatusOr<Mapping> Parse(const std::string& yaml);

  const std::string& source() const { return source_; }

  // Finds the columns in the header line; INVALID_ARGUMENT COLUMN_MISSING names those that are not there. Before Map().
  absl::Status Bind(const std::vector<std::string>& header);

  // Blanks at the ends of fields are dropped; an empty field sets nothing.
  MappedRow Map(const std::vector<std::string>& record) const;

 private:
  struct Column {
    std::string name;
    std::vector<std::string> fields;
    size_t index = 0;
  };
  struct Kinds {
    tasks::v1::PlaceKind blank = tasks::v1::PLACE_KIND_UNSPECIFIED;
    std::map<std::string, tasks::v1::PlaceKind> spellings;  // folded
  };

  absl::Status ReadColumns(const YAML::Node& node);
  absl::Status ReadKinds(const YAML::Node& node);
  absl::Status ReadValues(const YAML::Node& node);
  absl::Status CheckComplete(const YAML::Node& node) const;
  bool Fills(std::string_view field) const;
  void SetKind(std::string_view text, MappedRow& row) const;
  std::string_view Meaning(const std::string& field, std::string_view text) const;

  std::string source_;
  std::vector<Column> columns_;
  size_t width_ = 0;
  Kinds kinds_;
  std::map<std::string, std::map<std::string, std::string>> values_;  // field -> folded spelling -> value
};

}  // namespace gridwork::ctl
