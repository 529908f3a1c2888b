#include "services/tasks/code_book.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "common/base/error.h"

namespace gridwork::tasks {
namespace {

using testing::HasSubstr;

constexpr char kBook[] = R"(
units: [Cel, "%"]
code_lists:
  - {code: LEVEL, text: Level, values: [{code: LOW, text: Low}, {code: HIGH, text: High}]}
items:
  - {code: TANK, subject: WATER, kinds: [checklist, photo], units: [Cel], lists: [LEVEL], text: "A tank"}
)";

// `from` replaced by `to` in a book that is right.
std::string With(std::string_view from, std::string_view to) {
  std::string book = kBook;
  size_t at = book.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return book.replace(at, from.size(), to);
}

TEST(CodeBook, IsReadAsItStands) {
  auto book = CodeBook::Parse(kBook);
  ASSERT_TRUE(book.ok()) << book.status();
  const Item* item = book->FindItem("TANK");
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->text, "A tank");
  EXPECT_EQ(item->subject, Subject::kWater);
  EXPECT_EQ(item->kinds, (std::set{QuestionKind::kChecklist, QuestionKind::kPhoto, QuestionKind::kMeasurement,
                                   QuestionKind::kChoice}));
  ASSERT_NE(book->FindList("LEVEL"), nullptr);
  EXPECT_TRUE(book->FindList("LEVEL")->Has("HIGH"));
  EXPECT_FALSE(book->FindList("LEVEL")->Has("high"));
  EXPECT_TRUE(book->HasUnit("%"));
  EXPECT_FALSE(book->HasUnit("K"));
  EXPECT_EQ(book->FindItem("TANKS"), nullptr);
  EXPECT_EQ(book->FindList(""), nullptr);
}

TEST(CodeBook, RefusesABrokenBook) {
  const std::string item =
      "{code: TANK, subject: WATER, kinds: [checklist, photo], units: [Cel], lists: [LEVEL], text: \"A tank\"}";
  const std::pair<std::string, std::string> broken[] = {
      {"", "must be a mapping"},
      {"a: [", "book"},
      {"[]", "must be a mapping"},
      {"units: [Cel]", "code_lists"},
      {With("units:", "persons: []\nunits:"), "persons"},
      {With("[Cel, \"%\"]", "[Cel, Cel]"), "twice"},
      {With("[Cel, \"%\"]", "[Cel, \"a b\"]"), "UCUM"},
      {With("[Cel, \"%\"]", "Cel"), "must be a list"},
      {With("units: [Cel],", "units: [K],"), "unit K"},
      {With("lists: [LEVEL]", "lists: [RELIGION]"), "list RELIGION"},
      {With("lists: [LEVEL]", "lists: LEVEL"), "lists"},
      {With("subject: WATER", "subject: PERSON"), "subject PERSON"},
      {With("subject: WATER, ", ""), "TANK"},
      {With("photo]", "video]"), "kind video"},
      {With("photo]", "checklist]"), "twice"},
      {With("code: TANK", "code: tank"), "A-Z"},
      {With("code: TANK", "code: \"T\xD0\x90NK\""), "A-Z"},  // a Cyrillic A
      {With("code: TANK, ", ""), "code"},
      {With("text: \"A tank\"", "text: \"\""), "text"},
      {With("text: \"A tank\"", "text: \"A tank\", text: \"B\""), "twice"},
      {With("text: \"A tank\"", "text: \"A tank\", about: PERSON"), "about"},
      {With(", text: \"A tank\"", ""), "text"},
      {With(item, item + "\n  - " + item), "TANK: is twice"},
      {With(item, "TANK"), "must be a mapping"},
      {With("kinds: [checklist, photo], units: [Cel], lists: [LEVEL], ", ""), "nothing may be asked"},
      {With("{code: HIGH, text: High}", "{code: LOW, text: High}"), "value LOW is twice"},
      {With(", {code: HIGH, text: High}", ""), "two values"},
      {With("{code: HIGH, text: High}", "HIGH"), "LEVEL"},
  };
  for (const auto& [yaml, why] : broken) {
    auto book = CodeBook::Parse(yaml);
    EXPECT_EQ(ReasonOf(book.status()), "CODE_BOOK_BROKEN") << yaml;
    EXPECT_THAT(std::string(book.status().message()), HasSubstr(why)) << yaml;
  }
}

// Words of persons and of what SCOPE.md 10 names. A tripwire: the book is reviewed by people.
constexpr std::string_view kTripwire[] = {
    "person",      "people",        "resident",  "tenant",     "occupant",   "inhabitant",  "household", "family",
    "child",       "children",      "pupil",     "man",        "men",        "woman",       "women",     "guest",
    "visitor",     "customer",      "patron",    "worker",     "employee",   "staff",       "owner",     "operator",
    "manager",     "neighbour",     "citizen",   "migrant",    "foreigner",  "religion",    "religious", "belief",
    "faith",       "worship",       "church",    "mosque",     "temple",     "ethnic",      "ethnicity", "race",
    "nationality", "nation",        "language",  "political",  "politics",   "party",       "opinion",   "petition",
    "protest",     "union",         "member",    "membership", "assembly",   "gathering",   "crowd",     "sex",
    "sexual",      "gender",        "marital",   "married",    "pregnant",   "pregnancy",   "disease",   "ill",
    "illness",     "sick",          "diagnosis", "health",     "disability", "medication",  "drug",      "crime",
    "criminal",    "offender",      "suspect",   "suspicious", "conviction", "debt",        "income",    "benefit",
    "name",        "surname",       "birth",     "born",       "age",        "phone",       "passport",  "identity",
    "id",          "licence_plate", "vehicle",   "car",        "face",       "fingerprint", "biometric", "camera",
    "video",       "score",         "ranking",   "who",        "whom",       "whose",       "he",        "she",
    "his",         "her",           "they",      "lives",      "sleeps",     "behaviour",   "speech"};

std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words(1);
  for (char c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

// The word of `text` that trips, or "".
std::string Trips(std::string_view text) {
  for (const std::string& word : WordsOf(text)) {
    for (std::string_view forbidden : kTripwire) {
      if (word == forbidden || word == fmt::format("{}s", forbidden)) return word;
    }
  }
  return "";
}

TEST(ShippedCodeBook, IsWholeAndAboutThings) {
  const CodeBook& book = CodeBook::Shipped();
  auto food = std::count_if(book.items().begin(), book.items().end(),
                            [](const auto& entry) { return entry.first.starts_with("FOOD_"); });
  EXPECT_GE(food, 44);
  for (const char* family : {"FIRE_", "PLAY_", "LIFT_", "DAMAGE_", "STREET_"}) {
    EXPECT_TRUE(book.items().lower_bound(family)->first.starts_with(family)) << family;
  }
  for (const char* placard : {"INSPECTED", "RESTRICTED", "UNSAFE"}) {
    EXPECT_TRUE(book.FindList("DAMAGE_PLACARD")->Has(placard)) << placard;
  }
}

TEST(ShippedCodeBook, HasNoWordOfPersons) {
  EXPECT_EQ(Trips("RESIDENT_NAME"), "resident");
  EXPECT_EQ(Trips("Number of tenants"), "tenants");
  EXPECT_EQ(Trips("Storage"), "");
  for (const auto& [code, item] : CodeBook::Shipped().items()) {
    EXPECT_EQ(Trips(code), "") << code;
    EXPECT_EQ(Trips(item.text), "") << code;
  }
  for (const auto& [code, list] : CodeBook::Shipped().lists()) {
    EXPECT_EQ(Trips(code), "") << code;
    EXPECT_EQ(Trips(list.text), "") << code;
    for (const CodeValue& value : list.values) {
      EXPECT_EQ(Trips(value.code), "") << code << " " << value.code;
      EXPECT_EQ(Trips(value.text), "") << code << " " << value.code;
    }
  }
}

TEST(ShippedCodeBook, HasNoListOrUnitThatNoItemUses) {
  const CodeBook& book = CodeBook::Shipped();
  std::set<std::string, std::less<>> units;
  std::set<std::string, std::less<>> lists;
  for (const auto& [code, item] : book.items()) {
    units.insert(item.units.begin(), item.units.end());
    lists.insert(item.code_lists.begin(), item.code_lists.end());
  }
  EXPECT_EQ(units, book.units());
  for (const auto& [code, list] : book.lists()) EXPECT_TRUE(lists.contains(code)) << code;
}

}  // namespace
}  // namespace gridwork::tasks
