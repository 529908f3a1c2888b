// YAML to CodeBook.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/tasks/code_book.h"

namespace gridwork::tasks {
namespace {

constexpr int kCodeCharacters = 48;
constexpr int kTextCharacters = 100;
constexpr int kUnitCharacters = 16;

constexpr std::pair<std::string_view, Subject> kSubjects[] = {
    {"PREMISES", Subject::kPremises},
    {"EQUIPMENT", Subject::kEquipment},
    {"FOOD", Subject::kFood},
    {"BUILDING", Subject::kBuilding},
    {"INSTALLATION", Subject::kInstallation},
    {"GROUND", Subject::kGround},
    {"WATER", Subject::kWater},
    {"WASTE", Subject::kWaste},
};

// Those that need nothing else; units make it measurable, lists make it a choice.
constexpr std::pair<std::string_view, QuestionKind> kKinds[] = {
    {"checklist", QuestionKind::kChecklist},
    {"count", QuestionKind::kCount},
    {"photo", QuestionKind::kPhoto},
    {"note", QuestionKind::kNote},
};

template <class T, size_t n>
std::optional<T> Lookup(const std::pair<std::string_view, T> (&table)[n], std::string_view name) {
  for (const auto& [key, value] : table) {
    if (key == name) return value;
  }
  return std::nullopt;
}

absl::Status Broken(std::string_view where, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "CODE_BOOK_BROKEN", fmt::format("{}: {}", where, why),
               {{"entry", where}});
}

// The entries of a mapping; refuses other keys than `keys`, and a key that is twice.
absl::Status CheckKeys(std::string_view where, const YAML::Node& node, std::set<std::string> keys) {
  if (!node.IsMap()) return Broken(where, "must be a mapping");
  for (const auto& entry : node) {
    auto key = entry.first.as<std::string>();
    if (keys.erase(key) == 0) return Broken(where, fmt::format("key \"{}\" is unknown, or twice", key));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadCode(std::string_view where, const YAML::Node& node) {
  if (!node.IsDefined() || !node.IsScalar()) return Broken(where, "must have a code");
  auto code = ParseCode("code", node.Scalar(), "_", kCodeCharacters);
  if (!code.ok()) return Broken(where, "a code is A-Z, 0-9 and _");
  return code;
}

absl::StatusOr<std::string> ReadText(std::string_view where, const YAML::Node& node) {
  if (!node.IsDefined() || !node.IsScalar()) return Broken(where, "must have a text");
  auto text = ParseText("text", node.Scalar(), {.max = kTextCharacters});
  if (!text.ok()) return Broken(where, fmt::format("a text has 1 to {} characters", kTextCharacters));
  return text;
}

// A list of different strings; nothing when it is left out.
absl::StatusOr<std::set<std::string, std::less<>>> ReadNames(std::string_view where, const YAML::Node& node) {
  std::set<std::string, std::less<>> names;
  if (!node.IsDefined()) return names;
  if (!node.IsSequence() || node.size() == 0) return Broken(where, "kinds, units and lists are lists with an entry");
  for (const YAML::Node& name : node) {
    if (!name.IsScalar() || !names.insert(name.Scalar()).second) return Broken(where, "a list has an entry twice");
  }
  return names;
}

absl::StatusOr<CodeList> ReadList(const YAML::Node& node) {
  ASSIGN_OR_RETURN(std::string code, ReadCode("code_lists", node.IsMap() ? node["code"] : node));
  RETURN_IF_ERROR(CheckKeys(code, node, {"code", "text", "values"}));
  ASSIGN_OR_RETURN(std::string text, ReadText(code, node["text"]));
  CodeList list{code, std::move(text), {}};

  const YAML::Node values = node["values"];
  if (!values.IsDefined() || !values.IsSequence() || values.size() < 2) return Broken(code, "must have two values");
  for (const YAML::Node& value : values) {
    RETURN_IF_ERROR(CheckKeys(code, value, {"code", "text"}));
    ASSIGN_OR_RETURN(std::string value_code, ReadCode(code, value["code"]));
    ASSIGN_OR_RETURN(std::string value_text, ReadText(code, value["text"]));
    if (list.Has(value_code)) return Broken(code, fmt::format("value {} is twice", value_code));
    list.values.push_back({std::move(value_code), std::move(value_text)});
  }
  return list;
}

absl::StatusOr<Item> ReadItem(const YAML::Node& node, const CodeBook& book) {
  ASSIGN_OR_RETURN(std::string code, ReadCode("items", node.IsMap() ? node["code"] : node));
  RETURN_IF_ERROR(CheckKeys(code, node, {"code", "subject", "text", "kinds", "units", "lists"}));
  ASSIGN_OR_RETURN(std::string text, ReadText(code, node["text"]));
  ASSIGN_OR_RETURN(std::string subject_name, ReadCode(code, node["subject"]));
  auto subject = Lookup(kSubjects, subject_name);
  if (!subject) return Broken(code, fmt::format("subject {} is none of the list", subject_name));
  Item item{.code = code, .text = std::move(text), .subject = *subject};

  ASSIGN_OR_RETURN(auto kinds, ReadNames(code, node["kinds"]));
  for (const std::string& name : kinds) {
    auto kind = Lookup(kKinds, name);
    if (!kind) return Broken(code, fmt::format("kind {} is none of the list", name));
    item.kinds.insert(*kind);
  }
  ASSIGN_OR_RETURN(item.units, ReadNames(code, node["units"]));
  for (const std::string& unit : item.units) {
    if (!book.HasUnit(unit)) return Broken(code, fmt::format("unit {} is not in the book", unit));
    item.kinds.insert(QuestionKind::kMeasurement);
  }
  ASSIGN_OR_RETURN(item.code_lists, ReadNames(code, node["lists"]));
  for (const std::string& list : item.code_lists) {
    if (book.FindList(list) == nullptr) return Broken(code, fmt::format("list {} is not in the book", list));
    item.kinds.insert(QuestionKind::kChoice);
  }
  if (item.kinds.empty()) return Broken(code, "nothing may be asked about it");
  return item;
}

bool IsUnit(std::string_view unit) {
  return !unit.empty() && unit.size() <= kUnitCharacters &&
         std::all_of(unit.begin(), unit.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

absl::StatusOr<CodeBook> CodeBook::Parse(std::string_view yaml) try {
  const YAML::Node root = YAML::Load(std::string(yaml));
  RETURN_IF_ERROR(CheckKeys("book", root, {"units", "code_lists", "items"}));
  for (const char* part : {"units", "code_lists", "items"}) {
    if (!root[part].IsDefined() || !root[part].IsSequence()) return Broken(part, "must be a list");
  }

  CodeBook book;
  ASSIGN_OR_RETURN(book.units_, ReadNames("units", root["units"]));
  for (const std::string& unit : book.units_) {
    if (!IsUnit(unit)) return Broken("units", "a unit is a UCUM code");
  }
  for (const YAML::Node& node : root["code_lists"]) {
    ASSIGN_OR_RETURN(CodeList list, ReadList(node));
    std::string code = list.code;
    if (!book.lists_.emplace(code, std::move(list)).second) return Broken(code, "is twice");
  }
  for (const YAML::Node& node : root["items"]) {
    ASSIGN_OR_RETURN(Item item, ReadItem(node, book));
    std::string code = item.code;
    if (!book.items_.emplace(code, std::move(item)).second) return Broken(code, "is twice");
  }
  return book;
} catch (const YAML::Exception& e) {
  return Broken("book", e.what());
}

}  // namespace gridwork::tasks
