// The reviewed vocabulary of forms and findings: code_book.yaml, compiled in. What is not in it cannot be asked
// (SCOPE.md 11).
#pragma once
#include <absl/status/statusor.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gridwork::tasks {

enum class QuestionKind { kChecklist, kChoice, kCount, kMeasurement, kPhoto, kNote };

// What an item can be about. None is a person.
enum class Subject { kPremises, kEquipment, kFood, kBuilding, kInstallation, kGround, kWater, kWaste };

struct Item {
  std::string code;  // "FOOD_COLD_HOLDING"
  std::string text;  // plain English
  Subject subject = Subject::kPremises;
  std::set<QuestionKind> kinds;                   // what may be asked about it
  std::set<std::string, std::less<>> units;       // in which it is measured
  std::set<std::string, std::less<>> code_lists;  // from which is chosen
};

struct CodeValue {
  std::string code;
  std::string text;
};

struct CodeList {
  std::string code;
  std::string text;
  std::vector<CodeValue> values;  // at least two

  bool Has(std::string_view value) const;
};

// Immutable.
class CodeBook {
 public:
  // The book of this build. A broken one stops the process, at the first call: main() makes it.
  static const CodeBook& Shipped();

  // INVALID_ARGUMENT CODE_BOOK_BROKEN names the entry: unknown or missing keys, codes that are twice or not A-Z, 0-9
  // and _, subjects, kinds, units and lists that are none.
  static absl::StatusOr<CodeBook> Parse(std::string_view yaml);

  const Item* FindItem(std::string_view code) const;      // null when it is not in the book
  const CodeList* FindList(std::string_view code) const;  // likewise
  bool HasUnit(std::string_view unit) const { return units_.contains(unit); }

  const std::map<std::string, Item, std::less<>>& items() const { return items_; }
  const std::map<std::string, CodeList, std::less<>>& lists() const { return lists_; }
  const std::set<std::string, std::less<>>& units() const { return units_; }

 private:
  std::map<std::string, Item, std::less<>> items_;
  std::map<std::string, CodeList, std::less<>> lists_;
  std::set<std::string, std::less<>> units_;
};

}  // namespace gridwork::tasks
