#include "services/tasks/form_schema.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "common/base/error.h"

namespace gridwork::tasks {
namespace {

using nlohmann::json;

const CodeBook& Book() { return CodeBook::Shipped(); }

Form Kitchen() {
  return {.version = 3,
          .questions = {
              {.key = "sinks", .item = "FOOD_HAND_WASH_SINKS", .required = true, .kind = Checklist{}},
              {.key = "sinks_note",
               .item = "FOOD_HAND_WASH_SINKS",
               .required = true,
               .condition = Condition{"sinks", "FAIL"},
               .kind = Note{}},
              {.key = "sinks_photo",
               .item = "FOOD_HAND_WASH_SINKS",
               .condition = Condition{"sinks", "FAIL"},
               .kind = Photo{}},
              {.key = "sinks_choice", .item = "FOOD_HAND_WASH_SINKS", .kind = Choice{"CONDITION"}},
              {.key = "sinks_count", .item = "FOOD_HAND_WASH_SINKS", .kind = Count{1, 20}},
              {.key = "cold", .item = "FOOD_COLD_HOLDING", .kind = Measurement{"Cel", -30, 7.5}},
          }};
}

TEST(FormSchema, SaysWhatTheFormAsks) {
  EXPECT_EQ(json::parse(SchemaOf(Kitchen(), Book())), json::parse(R"({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Answers to version 3 of the form",
    "type": "object",
    "properties": {
      "sinks": {"title": "Hand-wash sinks are free to reach", "type": "string", "enum": ["PASS", "FAIL", "NOT_APPLICABLE"]},
      "sinks_note": {"title": "Hand-wash sinks are free to reach", "type": "string", "minLength": 1, "maxLength": 300},
      "sinks_photo": {"title": "Hand-wash sinks are free to reach", "description": "SHA-256 of the picture", "type": "string",
                "maxLength": 64, "pattern": "^[0-9a-f]{64}$"},
      "sinks_choice": {"title": "Hand-wash sinks are free to reach", "type": "string", "enum": ["GOOD", "WORN", "DAMAGED", "MISSING"],
                "enumNames": ["Good", "Worn, still works", "Damaged", "Missing"]},
      "sinks_count": {"title": "Hand-wash sinks are free to reach", "type": "integer", "minimum": 1, "maximum": 20},
      "cold": {"title": "Holding of cold food", "description": "Cel", "type": "number", "minimum": -30.0, "maximum": 7.5}
    },
    "additionalProperties": false,
    "required": ["sinks"],
    "allOf": [
      {"if": {"properties": {"sinks": {"const": "FAIL"}}, "required": ["sinks"]},
       "then": {"required": ["sinks_note"]}, "else": {"not": {"required": ["sinks_note"]}}},
      {"if": {"properties": {"sinks": {"const": "FAIL"}}, "required": ["sinks"]}, "else": {"not": {"required": ["sinks_photo"]}}}
    ]})"));
  FormSchema schema(Kitchen());
  EXPECT_EQ(schema.text(), SchemaOf(Kitchen(), Book()));
  EXPECT_LT(schema.text().find("\"sinks_note\":"),
            schema.text().find("\"cold\":"));  // in the order in which they are asked
}

TEST(FormSchema, ChecksWhatClientsWrite) {
  const FormSchema schema(Kitchen());
  const std::string digest(64, 'a');
  for (const std::string& good :
       {std::string(R"({"sinks": "PASS"})"),
        R"({"sinks": "FAIL", "sinks_note": "dry", "sinks_photo": ")" + digest + "\"}",
        std::string(R"({"sinks": "PASS", "sinks_count": 20, "cold": 7.5, "sinks_choice": "WORN"})"),
        std::string(R"({"sinks": "PASS", "cold": -30})")}) {
    EXPECT_TRUE(schema.CheckJson(good).ok()) << good;
  }
  for (const std::string& bad :
       {std::string("{}"),
        std::string("[]"),
        std::string("null"),
        std::string("\"PASS\""),
        std::string(R"({"sinks": "pass"})"),
        std::string(R"({"sinks": null})"),
        std::string(R"({"sinks": ["PASS"]})"),
        std::string(R"({"sinks": "PASS", "religion": "x"})"),
        std::string(R"({"sinks": "FAIL"})"),
        std::string(R"({"sinks": "PASS", "sinks_note": "x"})"),
        std::string(R"({"sinks": "FAIL", "sinks_note": ""})"),
        R"({"sinks": "FAIL", "sinks_note": "dry", "sinks_photo": ")" + digest + "\\n\"}",
        R"({"sinks": "FAIL", "sinks_note": "dry", "sinks_photo": ")" + digest + "a\"}",
        R"({"sinks": "FAIL", "sinks_note": "dry", "sinks_photo": ")" + std::string(64, 'A') + "\"}",
        std::string(R"({"sinks": "PASS", "sinks_count": 0})"),
        std::string(R"({"sinks": "PASS", "sinks_count": 2.5})"),
        std::string(R"({"sinks": "PASS", "sinks_count": "2"})"),
        std::string(R"({"sinks": "PASS", "sinks_count": 18446744073709551615})"),
        std::string(R"({"sinks": "PASS", "cold": 7.6})"),
        std::string(R"({"sinks": "PASS", "cold": "4"})"),
        std::string(R"({"sinks": "PASS", "cold": 1e999})"),
        std::string(R"({"sinks": "PASS", "cold": NaN})"),
        std::string(R"({"sinks": "PASS")"),
        std::string("{\"sinks\": \"\xff\"}"),
        std::string(),
        std::string(100'000, '[')}) {
    EXPECT_EQ(ReasonOf(schema.CheckJson(bad)), "BAD_FIELD") << bad.substr(0, 200);
  }
}

// ---- What JSON cannot say: the list in form_schema.h

bool ByFields(const Form& form, const std::vector<Answer>& answers) {
  return CheckAnswers(form, answers, {}, Book()).ok();
}

TEST(FormSchema, CannotSayThatAnAnswerIsGivenTwice) {
  std::vector<Answer> answers = {{"sinks", Checked{"PASS"}}, {"sinks", Checked{"PASS"}}};
  EXPECT_FALSE(ByFields(Kitchen(), answers));
  EXPECT_TRUE(FormSchema(Kitchen()).Check(answers).ok());
}

TEST(FormSchema, CannotTellKindsThatJsonWritesAlike) {
  for (const Answer& answer : {Answer{"sinks", Chosen{"PASS"}}, Answer{"sinks", Noted{"PASS"}}}) {
    EXPECT_FALSE(ByFields(Kitchen(), {answer}));
    EXPECT_TRUE(FormSchema(Kitchen()).Check({answer}).ok());
  }
  std::vector<Answer> whole = {{"sinks", Checked{"PASS"}}, {"cold", Counted{4}}};
  EXPECT_FALSE(ByFields(Kitchen(), whole));
  EXPECT_TRUE(FormSchema(Kitchen()).Check(whole).ok());
}

TEST(FormSchema, CannotSayTheTextRulesOfANote) {
  auto with = [](const std::string& note) {
    return std::vector<Answer>{{"sinks", Checked{"FAIL"}}, {"sinks_note", Noted{note}}};
  };
  const FormSchema schema(Kitchen());
  for (const std::string& note :
       {std::string(" "), std::string("a\x01"), std::string("a\0b", 3), std::string("\xEE\x80\x80")}) {
    EXPECT_FALSE(ByFields(Kitchen(), with(note)));
    EXPECT_TRUE(schema.Check(with(note)).ok());
  }
  // Longer than 300 characters only until it is trimmed or normalised: here the schema is the stricter one.
  std::string decomposed;
  for (int i = 0; i < 151; ++i) decomposed += "e\xCC\x81";
  for (const std::string& note : {std::string(300, 'x') + "\n", decomposed}) {
    EXPECT_TRUE(ByFields(Kitchen(), with(note)));
    EXPECT_FALSE(schema.Check(with(note)).ok());
  }
}

TEST(FormSchema, RefusesWhatIsNoJson) {
  const FormSchema schema(Kitchen());
  EXPECT_FALSE(schema.Check({{"sinks", Checked{"\xff"}}}).ok());
  EXPECT_FALSE(schema.Check({{"sinks", Checked{"FAIL"}}, {"sinks_note", Noted{std::string(1000, '\x80')}}}).ok());
  EXPECT_FALSE(schema.Check({{"sinks", Checked{"PASS"}}, {"cold", Measured{std::nan("")}}}).ok());
  EXPECT_FALSE(schema.Check({{"sinks", Checked{"PASS"}}, {"cold", Measured{-HUGE_VAL}}}).ok());
}

// ---- Both checks agree on random forms and answers

int Below(int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); }
bool OneIn(int n) { return Below(n) == 0; }

template <class Container>
auto AnyOf(const Container& container) {
  return *std::next(std::begin(container), Below(static_cast<int>(std::size(container))));
}

double AnyDouble() {
  static constexpr double kDoubles[] = {0, -0.0, 1, -1, 0.1, -30, 4.5, 60, 1e-300, 1e308, -1e308, 123456.789, 1.0 / 3};
  return kDoubles[Below(std::size(kDoubles))];
}

Question AnyQuestion(int number, const Form& earlier) {
  const Item item = AnyOf(Book().items()).second;
  Question question{.item = item.code, .required = OneIn(2)};
  switch (AnyOf(item.kinds)) {
    case QuestionKind::kChecklist:
      question.kind = Checklist{};
      break;
    case QuestionKind::kChoice:
      question.kind = Choice{AnyOf(item.code_lists)};
      break;
    case QuestionKind::kCount: {
      auto [minimum, maximum] = std::minmax({Below(30), Below(1'000'001)});
      question.kind = Count{minimum, maximum};
      break;
    }
    case QuestionKind::kMeasurement: {
      auto [minimum, maximum] = std::minmax({AnyDouble(), AnyDouble()});
      question.kind = Measurement{AnyOf(item.units), minimum, maximum};
      break;
    }
    case QuestionKind::kPhoto:
      question.kind = Photo{};
      break;
    case QuestionKind::kNote:
      question.kind = Note{};
      break;
  }
  question.key = fmt::format("{}_{}", QuestionFieldOf(question.kind_of()), number);
  for (const Question& asked : earlier.questions) {
    auto possible = PossibleAnswers(asked, Book());
    if (!possible.empty() && OneIn(3)) question.condition = Condition{asked.key, AnyOf(possible)};
  }
  return question;
}

Form AnyForm() {
  Form form;
  int questions = 1 + Below(10);
  for (int i = 0; i < questions; ++i) form.questions.push_back(AnyQuestion(i, form));
  return form;
}

std::string AnyNote() {
  static const std::string kNotes[] = {
      "x", "Caf\xC3\xA9", "two\nlines", "\xF0\x9F\x9A\x92", std::string(300, 'x'), "PASS", std::string(64, 'a'), "\"}"};
  return AnyOf(kNotes);
}

// A value of the question's kind, good or, sometimes, at or over a limit.
decltype(Answer::value) AnyValue(const Question& question, bool good) {
  static const std::string kCodes[] = {"", "PASS", "pass", "FAIL", "UNSAFE", "GOOD", "NONE", "RELIGION", "PASS "};
  auto code = [&] { return good ? AnyOf(PossibleAnswers(question, Book())) : AnyOf(kCodes); };
  switch (question.kind_of()) {
    case QuestionKind::kChecklist:
      return Checked{code()};
    case QuestionKind::kChoice:
      return Chosen{code()};
    case QuestionKind::kCount: {
      const auto& range = std::get<Count>(question.kind);
      if (!good)
        return Counted{
            AnyOf(std::vector<int64_t>{range.minimum - 1, range.maximum + 1, INT64_MIN, INT64_MAX, range.minimum})};
      return Counted{OneIn(2) ? range.minimum : range.maximum};
    }
    case QuestionKind::kMeasurement: {
      const auto& range = std::get<Measurement>(question.kind);
      if (!good) {
        return Measured{
            AnyOf(std::vector<double>{std::nextafter(range.minimum, -HUGE_VAL), std::nextafter(range.maximum, HUGE_VAL),
                                      AnyDouble(), std::nan(""), HUGE_VAL, -HUGE_VAL, 5e-324})};
      }
      return Measured{AnyOf(std::vector<double>{range.minimum, range.maximum, range.minimum / 2 + range.maximum / 2})};
    }
    case QuestionKind::kPhoto:
      return Pictured{std::string(good ? 32 : static_cast<size_t>(Below(40)), static_cast<char>(Below(256)))};
    case QuestionKind::kNote:
      if (good) return Noted{AnyNote()};
      return Noted{OneIn(2) ? "" : std::string(299 + static_cast<size_t>(Below(4)), 'y')};
  }
  return Checked{};
}

std::vector<Answer> AnyGoodAnswers(const Form& form) {
  std::vector<Answer> answers;
  std::map<std::string, std::string> codes;
  for (const Question& question : form.questions) {
    bool asked = !question.condition || (codes.contains(question.condition->key) &&
                                         codes[question.condition->key] == question.condition->equals);
    if (!asked || (!question.required && OneIn(3))) continue;
    Answer answer{question.key, AnyValue(question, true)};
    if (const auto* checked = std::get_if<Checked>(&answer.value)) codes[question.key] = checked->value;
    if (const auto* chosen = std::get_if<Chosen>(&answer.value)) codes[question.key] = chosen->code;
    answers.push_back(std::move(answer));
  }
  return answers;
}

void Mutate(const Form& form, std::vector<Answer>& answers) {
  const Question question = AnyOf(form.questions);
  const int which = Below(7);
  if (which == 0) {  // a question that perhaps is not asked, or answered already
    answers.push_back({question.key, AnyValue(question, true)});
  } else if (which == 1) {
    answers.push_back({AnyOf(std::vector<std::string>{"q99", "", "religion", "Q0", "$ref"}), Checked{"PASS"}});
  } else if (answers.empty()) {
    return;
  } else {
    auto at = std::next(answers.begin(), Below(static_cast<int>(answers.size())));
    auto asked =
        std::find_if(form.questions.begin(), form.questions.end(), [&](const Question& q) { return q.key == at->key; });
    if (which == 2) {
      answers.erase(at);
    } else if (which == 3) {
      at->value = AnyValue(question, true);  // of another kind, perhaps
    } else if (asked != form.questions.end()) {
      at->value = AnyValue(*asked, which < 5);  // another answer may change what is asked
    }
  }
}

// True if the answers hold something of which form_schema.h says that the schema cannot say it.
bool BeyondJson(const Form& form, const std::vector<Answer>& answers) {
  std::map<std::string, QuestionKind> kinds;
  for (const Question& question : form.questions) kinds[question.key] = question.kind_of();
  std::set<std::string> seen;
  return std::any_of(answers.begin(), answers.end(), [&](const Answer& answer) {
    auto kind = kinds.find(answer.key);
    return !seen.insert(answer.key).second || (kind != kinds.end() && kind->second != answer.kind_of());
  });
}

TEST(FormSchema, AgreesWithTheCheckOfFields) {
  int valid = 0;
  int refused = 0;
  int beyond_json = 0;
  EXPECT_TRUE(rc::check([&] {
    const Form form = AnyForm();
    RC_ASSERT(CheckForm(form, Book()).ok());
    const FormSchema schema(form);
    for (int i = 0; i < 100; ++i) {
      std::vector<Answer> answers = AnyGoodAnswers(form);
      RC_ASSERT(ByFields(form, answers));
      RC_ASSERT(schema.Check(answers).ok());

      int mutations = 1 + Below(2);
      for (int m = 0; m < mutations; ++m) Mutate(form, answers);
      bool good = ByFields(form, answers);
      bool beyond = BeyondJson(form, answers);
      if (beyond) {
        RC_ASSERT(!good);
      } else {
        RC_ASSERT(schema.Check(answers).ok() == good);
      }
      ++(beyond ? beyond_json : good ? valid : refused);
    }
  }));
  // The mutants are worth something: 10,000 of all sorts.
  EXPECT_GT(valid, 1'000);
  EXPECT_GT(refused, 3'000);
  EXPECT_GT(beyond_json, 1'000);
}

}  // namespace
}  // namespace gridwork::tasks
