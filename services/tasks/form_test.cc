#include "services/tasks/form.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "common/base/error.h"

namespace gridwork::tasks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const CodeBook& Book() { return CodeBook::Shipped(); }

// One question of each kind, and a note that is asked only when the checklist says FAIL.
Form Kitchen() {
  return {
      .version = 3,
      .questions = {
          {.key = "sinks", .item = "FOOD_HAND_WASH_SINKS", .required = true, .kind = Checklist{}},
          {.key = "sinks_note",
           .item = "FOOD_HAND_WASH_SINKS",
           .required = true,
           .condition = Condition{"sinks", "FAIL"},
           .kind = Note{}},
          {.key = "pest", .item = "FOOD_PEST_EVIDENCE", .kind = Choice{"PEST_TRACE"}},
          {.key = "pest_photo", .item = "FOOD_PEST_EVIDENCE", .condition = Condition{"pest", "NEST"}, .kind = Photo{}},
          {.key = "toilets", .item = "FOOD_TOILETS", .kind = Count{0, 20}},
          {.key = "cold", .item = "FOOD_COLD_HOLDING", .required = true, .kind = Measurement{"Cel", -30, 60}},
      }};
}

std::vector<Answer> GoodAnswers() {
  return {{"sinks", Checked{"FAIL"}}, {"sinks_note", Noted{"No water at the second sink"}},
          {"pest", Chosen{"NEST"}},   {"pest_photo", Pictured{std::string(32, '\xab')}},
          {"toilets", Counted{2}},    {"cold", Measured{4.5}}};
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& [field, rule] : FieldViolationsOf(status)) fields.push_back(field);
  if (!status.ok() && fields.empty()) fields.push_back(status.ToString());
  return fields;
}

// ---- Forms

std::vector<std::string> WrongWith(const std::function<void(Form&)>& change) {
  Form form = Kitchen();
  change(form);
  return FieldsOf(CheckForm(form, Book()));
}

TEST(CheckForm, TakesEveryKindOfQuestion) { EXPECT_TRUE(CheckForm(Kitchen(), Book()).ok()); }

TEST(CheckForm, TakesOneTo250Questions) {
  EXPECT_THAT(FieldsOf(CheckForm({}, Book())), ElementsAre("form.questions"));
  Form form;
  for (int i = 0; i < 250; ++i)
    form.questions.push_back({.key = fmt::format("tree_{}", i), .item = "STREET_TREE", .kind = Note{}});
  EXPECT_TRUE(CheckForm(form, Book()).ok());
  form.questions.push_back({.key = "tree_250", .item = "STREET_TREE", .kind = Note{}});
  EXPECT_THAT(FieldsOf(CheckForm(form, Book())), ElementsAre("form.questions"));
}

TEST(CheckForm, NamesEachViolation) {
  for (const char* key : {"", "Sinks", "a-b", "a b", "\xD0\xB0", "abcdefghijklmnopqrstuvwxyz0123456", "Cold",
                          "cold-holding", "cold holding", "cold_", "_cold", "cold__1", "col\xD0\xB0", "religion",
                          "cold_religion", "cold1", "1", "2_cold", "cold_holding_measurement_12345678"}) {
    EXPECT_THAT(WrongWith([&](Form& form) { form.questions[5].key = key; }), ElementsAre("form.questions[5].key"))
        << key;
  }
  EXPECT_THAT(WrongWith([](Form& form) { form.questions[1].key = "sinks"; }), ElementsAre("form.questions[1].key"));
  EXPECT_THAT(WrongWith([](Form& form) { form.questions[4].item = "TOILETS"; }), ElementsAre("form.questions[4].item"));

  // A kind, list or unit of another item.
  EXPECT_THAT(WrongWith([](Form& form) { form.questions[5].kind = Count{}; }), ElementsAre("form.questions[5].count"));
  EXPECT_THAT(WrongWith([](Form& form) { form.questions[3].item = "FOOD_COOKING"; }),
              ElementsAre("form.questions[3].key", "form.questions[3].photo"));
  EXPECT_THAT(WrongWith([](Form& form) { form.questions[2].kind = Choice{"LAMP_FAULT"}; }),
              ElementsAre("form.questions[2].choice.code_list", "form.questions[3].condition.equals"));
  EXPECT_THAT(WrongWith([](Form& form) {
                form.questions[5].kind = Measurement{"lx", 0, 1};
              }),
              ElementsAre("form.questions[5].measurement.unit"));
}

TEST(CheckForm, TakesKeysOfTheItemsWords) {
  for (const char* key : {"cold", "holding", "food_cold_holding", "cold_2", "measurement", "holding_measurement_1",
                          "cold_holding_measurement_1234567"}) {
    EXPECT_THAT(WrongWith([&](Form& form) { form.questions[5].key = key; }), IsEmpty()) << key;
  }
}

TEST(CheckForm, TakesRangesThatCanBeAnswered) {
  for (Count good : {Count{0, 0}, Count{0, 1'000'000}, Count{5, 5}}) {
    EXPECT_THAT(WrongWith([&](Form& form) { form.questions[4].kind = good; }), IsEmpty());
  }
  for (Count bad : {Count{-1, 5}, Count{0, 1'000'001}, Count{6, 5}, Count{0, -1}}) {
    EXPECT_THAT(WrongWith([&](Form& form) { form.questions[4].kind = bad; }), ElementsAre("form.questions[4].count"));
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(WrongWith([&](Form& form) { form.questions[5].kind = Measurement{"Cel", -1e308, 1e308}; }), IsEmpty());
  for (Measurement bad :
       {Measurement{"Cel", 2, 1}, Measurement{"Cel", std::nan(""), 1}, Measurement{"Cel", 0, std::nan("")},
        Measurement{"Cel", -kInfinity, 0}, Measurement{"Cel", 0, kInfinity}}) {
    EXPECT_THAT(WrongWith([&](Form& form) { form.questions[5].kind = bad; }),
                ElementsAre("form.questions[5].measurement"));
  }
}

TEST(CheckForm, TakesConditionsOnEarlierAnswersOnly) {
  auto with = [](Condition condition) {
    return WrongWith([&](Form& form) { form.questions[3].condition = condition; });
  };
  EXPECT_THAT(with({"sinks", "NOT_APPLICABLE"}), IsEmpty());
  for (const char* key :
       {"pest_photo", "toilets", "cold", "", "nobody", "sinks_note"}) {  // itself, later, unknown, no choice
    EXPECT_THAT(with({key, "PASS"}), ElementsAre("form.questions[3].condition.key")) << key;
  }
  for (const char* equals : {"", "pass", "NEST", "YES"}) {
    EXPECT_THAT(with({"sinks", equals}), ElementsAre("form.questions[3].condition.equals")) << equals;
  }
  EXPECT_THAT(with({"pest", "PASS"}), ElementsAre("form.questions[3].condition.equals"));
}

TEST(CheckForm, NamesAllViolationsAtOnceBelowItsField) {
  Form form = Kitchen();
  form.questions[0].key = "Sinks";
  form.questions[4].item = "X";
  EXPECT_THAT(FieldsOf(CheckForm(form, Book(), "task_kind.form")),
              ElementsAre("task_kind.form.questions[0].key", "task_kind.form.questions[1].condition.key",
                          "task_kind.form.questions[4].item"));
}

// ---- No question about a person (SCOPE.md 11)

TEST(CheckForm, RefusesAQuestionAboutAPerson) {
  for (const std::string item : {"RESIDENT_NAME",
                                 "RELIGION",
                                 "RESIDENTS",
                                 "NUMBER_OF_RESIDENTS",
                                 "PETITIONER",
                                 "PHONE",
                                 "",
                                 " ",
                                 "*",
                                 "OTHER",
                                 "CUSTOM",
                                 "FOOD",
                                 "FOOD_",
                                 "FOOD_COLD_HOLDIN",
                                 "FOOD_COLD_HOLDINGS",
                                 "food_cold_holding",
                                 "Food_Cold_Holding",
                                 "FOOD_C\xD0\x9ELD_HOLDING",       // a Cyrillic O
                                 "F\xCE\x9FOD_COLD_HOLDING",       // a Greek O
                                 "\xEF\xBC\xA6OOD_COLD_HOLDING",   // a full-width F
                                 "FOOD_COLD_HOLDING\xE2\x80\x8B",  // a zero-width space
                                 "FOOD_COLD_HOLDING ",
                                 " FOOD_COLD_HOLDING",
                                 "FOOD_COLD_HOLDING\n",
                                 "FOOD_COLD_HOLDING RELIGION",
                                 "FOOD_COLD_HOLDING/RELIGION",
                                 "FOOD_COLD_HOLDING:RELIGION",
                                 "FOOD_COLD_HOLDING,RELIGION",
                                 "RELIGION,FOOD_COLD_HOLDING",
                                 "items.FOOD_COLD_HOLDING",
                                 "DAMAGE_PLACARD",
                                 "Cel",
                                 "Holding of cold food",
                                 "PREMISES"}) {
    EXPECT_THAT(WrongWith([&](Form& form) { form.questions[5].item = item; }), ElementsAre("form.questions[5].item"))
        << item;
  }
  EXPECT_THAT(WrongWith([](Form& form) { form.questions[5].item = std::string("FOOD_COLD_HOLDING\0RELIGION", 26); }),
              ElementsAre("form.questions[5].item"));
}

TEST(CheckForm, RefusesAListOfPersons) {
  for (const char* list : {"RELIGION", "ETHNICITY", "RESIDENT", "GENDER", "", "pest_trace", "PEST_TRACE ",
                           "PEST_TR\xD0\x90\x43\x45", "FOOD_PEST_EVIDENCE", "PEST_TRACE,RELIGION", "DAMAGE_LEVEL"}) {
    Form form = Kitchen();
    form.questions.erase(form.questions.begin() + 3);
    form.questions[2].kind = Choice{list};
    EXPECT_THAT(FieldsOf(CheckForm(form, Book())), ElementsAre("form.questions[2].choice.code_list")) << list;
  }
  for (const char* unit : {"", "persons", "{persons}", "{people}", "1", "cel", "Cel{of_residents}"}) {
    EXPECT_THAT(WrongWith([&](Form& form) {
                  form.questions[5].kind = Measurement{unit, 0, 1};
                }),
                ElementsAre("form.questions[5].measurement.unit"))
        << unit;
  }
}

// Deep inside: a good question before and after, and the planted one asked only on a condition.
TEST(CheckForm, FindsAPlantedQuestionAnywhere) {
  for (size_t at = 0; at < Kitchen().questions.size(); ++at) {
    Form form = Kitchen();
    Question planted{.key = "planted", .item = "RELIGION", .kind = Choice{"RELIGION"}};
    if (at > 0) planted.condition = Condition{"sinks", "NOT_APPLICABLE"};
    form.questions.insert(form.questions.begin() + static_cast<std::ptrdiff_t>(at), planted);
    EXPECT_THAT(FieldsOf(CheckForm(form, Book())), ElementsAre(fmt::format("form.questions[{}].item", at)));
  }
  EXPECT_THAT(WrongWith([](Form& form) {
                form.questions[1].condition = Condition{"RELIGION", "FAIL"};
              }),
              ElementsAre("form.questions[1].condition.key"));
}

// An item that is not in the book, made from one that is, or from nothing.
std::string MutantItem(std::mt19937& random) {
  static const std::vector<std::string> kCodes = [] {
    std::vector<std::string> codes;
    for (const auto& [code, item] : Book().items()) codes.push_back(code);
    return codes;
  }();
  static constexpr std::string_view kInserts[] = {
      "_", " ", "\n", "\xD0\x90", "\xD0\x9E",  "\xCE\x91",  "\xE2\x80\x8B", "\xE2\x80\xAE", "A",
      "9", "/", ",",  "a",        "_RESIDENT", "RESIDENT_", "_NAME",        "RELIGION"};
  auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  std::string item = kCodes[below(kCodes.size())];
  switch (below(7)) {
    case 0:
      item[below(item.size())] ^= static_cast<char>(1 << below(8));
      break;
    case 1:
      item.insert(below(item.size() + 1), kInserts[below(std::size(kInserts))]);
      break;
    case 2:
      item.replace(below(item.size()), 1, kInserts[below(std::size(kInserts))]);
      break;
    case 3:
      item.erase(below(item.size()), 1 + below(4));
      break;
    case 4:
      item += kCodes[below(kCodes.size())];
      break;
    case 5:
      std::shuffle(item.begin(), item.end(), random);
      break;
    default:
      item.resize(below(40));
      for (char& c : item) c = static_cast<char>(below(256));
  }
  return item;
}

TEST(CheckForm, AcceptsNoneOf100000FormsWithAnItemThatIsNotInTheBook) {
  std::mt19937 random(20240711);
  int mutants = 0;
  int accepted = 0;
  while (mutants < 100'000) {
    Form form = Kitchen();
    size_t at = std::uniform_int_distribution<size_t>(0, form.questions.size() - 1)(random);
    form.questions[at].item = MutantItem(random);
    if (Book().items().contains(form.questions[at].item)) continue;  // no mutant
    ++mutants;
    if (CheckForm(form, Book()).ok()) ++accepted;
  }
  EXPECT_EQ(accepted, 0);
}

// ---- Answers

std::vector<std::string> WrongAnswers(const std::function<void(std::vector<Answer>&)>& change) {
  std::vector<Answer> answers = GoodAnswers();
  change(answers);
  return FieldsOf(CheckAnswers(Kitchen(), answers, {}, Book()));
}

TEST(CheckAnswers, TakesGoodOnes) {
  EXPECT_THAT(WrongAnswers([](auto&) {}), IsEmpty());
  EXPECT_TRUE(CheckAnswers(Kitchen(), {{"cold", Measured{-30}}, {"sinks", Checked{"PASS"}}}, {}, Book()).ok());
}

TEST(CheckAnswers, TakesOneAnswerToEachQuestionThatIsAsked) {
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers[4].key = "nobody"; }), ElementsAre("answers[4].key"));
  EXPECT_THAT(WrongAnswers([](auto& answers) {
                answers.push_back({"toilets", Counted{2}});
              }),
              ElementsAre("answers[6].key"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers[2].value = Chosen{"NONE"}; }), ElementsAre("answers[3].key"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers.erase(answers.begin() + 2); }), ElementsAre("answers[2].key"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers.pop_back(); }), ElementsAre("answers"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers.erase(answers.begin() + 1); }), ElementsAre("answers"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers.clear(); }), ElementsAre("answers", "answers"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers.resize(251); }), ElementsAre("answers"));
}

TEST(CheckAnswers, TakesAnAnswerOfTheKindOfItsQuestion) {
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers[4].value = Measured{2}; }),
              ElementsAre("answers[4].measurement"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers[4].value = Noted{"2"}; }), ElementsAre("answers[4].note"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers[5].value = Counted{4}; }), ElementsAre("answers[5].count"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers[3].value = Checked{"PASS"}; }),
              ElementsAre("answers[3].checklist"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers[1].value = Pictured{std::string(32, 'x')}; }),
              ElementsAre("answers[1].photo_sha256"));
  EXPECT_THAT(WrongAnswers([](auto& answers) { answers[0].value = Chosen{"FAIL"}; }), ElementsAre("answers[0].choice"));
}

TEST(CheckAnswers, TakesValuesWithinTheLimits) {
  auto with = [](size_t i, auto value) { return WrongAnswers([&](auto& answers) { answers[i].value = value; }); };
  EXPECT_THAT(with(4, Counted{0}), IsEmpty());
  EXPECT_THAT(with(4, Counted{20}), IsEmpty());
  for (int64_t bad : {int64_t{-1}, int64_t{21}, INT64_MIN, INT64_MAX})
    EXPECT_THAT(with(4, Counted{bad}), ElementsAre("answers[4].count")) << bad;
  EXPECT_THAT(with(5, Measured{-30}), IsEmpty());
  EXPECT_THAT(with(5, Measured{60}), IsEmpty());
  for (double bad : {-30.1, std::nextafter(60.0, 61.0), std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    EXPECT_THAT(with(5, Measured{bad}), ElementsAre("answers[5].measurement")) << bad;
  }
  for (size_t size : {size_t{0}, size_t{31}, size_t{33}, size_t{64}}) {
    EXPECT_THAT(with(3, Pictured{std::string(size, 'x')}), ElementsAre("answers[3].photo_sha256")) << size;
  }
  for (const char* bad : {"", "pass", "PASS ", "YES", "NEST"}) {
    EXPECT_THAT(WrongAnswers([&](auto& answers) {
                  answers[0].value = Checked{bad};
                  answers.erase(answers.begin() + 1);
                }),
                ElementsAre("answers[0].checklist"))
        << bad;
  }
  EXPECT_THAT(WrongAnswers([&](auto& answers) {
                answers[2].value = Chosen{"DARK"};
                answers.erase(answers.begin() + 3);
              }),
              ElementsAre("answers[2].choice"));
}

TEST(CheckAnswers, TakesNotesThatAreText) {
  auto with = [](const std::string& note) {
    return WrongAnswers([&](auto& answers) { answers[1].value = Noted{note}; });
  };
  EXPECT_THAT(with("two\nlines"), IsEmpty());
  EXPECT_THAT(with(std::string(300, 'x')), IsEmpty());
  EXPECT_THAT(with("  " + std::string(300, 'x') + "  "), IsEmpty());  // trimmed before it is measured
  for (const std::string& bad : {std::string(), std::string("  "), std::string(301, 'x'), std::string("\xff"),
                                 std::string("a\0b", 3), std::string("\x1b[2J")}) {
    EXPECT_THAT(with(bad), ElementsAre("answers[1].note")) << bad;
  }
}

TEST(CheckAnswers, TakesFindingsOfTheBook) {
  auto with = [](const std::vector<Finding>& findings) {
    return FieldsOf(CheckAnswers(Kitchen(), GoodAnswers(), findings, Book()));
  };
  EXPECT_THAT(with({{"FOOD_ICE", Severity::kMinor, true}, {"FOOD_COVER", Severity::kCritical}}), IsEmpty());
  EXPECT_THAT(with({{"FOOD_ICE", Severity::kMinor}, {"RESIDENT_NAME", Severity::kMinor}}),
              ElementsAre("findings[1].item"));
  EXPECT_THAT(with({{"FOOD_ICE", Severity::kMinor}, {"FOOD_ICE", Severity::kSerious}}),
              ElementsAre("findings[1].item"));
  EXPECT_THAT(with({{"FOOD_ICE"}}), ElementsAre("findings[0].severity"));
  EXPECT_THAT(with({{"x"}}), ElementsAre("findings[0].item", "findings[0].severity"));
  EXPECT_THAT(with(std::vector<Finding>(251, {"FOOD_ICE", Severity::kMinor})), ElementsAre("findings"));
}

TEST(CheckAnswers, NamesAllViolationsAtOnce) {
  std::vector<Answer> answers = GoodAnswers();
  answers[4].value = Counted{99};
  answers[5].value = Measured{99};
  EXPECT_THAT(FieldsOf(CheckAnswers(Kitchen(), answers, {{"x", Severity::kMinor}}, Book())),
              ElementsAre("answers[4].count", "answers[5].measurement", "findings[0].item"));
}

}  // namespace
}  // namespace gridwork::tasks
