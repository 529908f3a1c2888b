#include "services/tasks/form.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/text.h"

namespace gridwork::tasks {
namespace {

constexpr std::string_view kChecklistAnswers[] = {"PASS", "FAIL", "NOT_APPLICABLE"};
constexpr QuestionKind kQuestionKinds[] = {QuestionKind::kChecklist,   QuestionKind::kChoice, QuestionKind::kCount,
                                           QuestionKind::kMeasurement, QuestionKind::kPhoto,  QuestionKind::kNote};
constexpr size_t kKeyCharacters = 32;

bool IsKey(std::string_view key) {
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !key.empty() && key.size() <= kKeyCharacters && std::all_of(key.begin(), key.end(), allowed);
}

bool IsNumber(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), absl::ascii_isdigit);
}

bool IsKind(std::string_view word) {
  return std::any_of(std::begin(kQuestionKinds), std::end(kQuestionKinds),
                     [&](QuestionKind kind) { return QuestionFieldOf(kind) == word; });
}

// A key is shown beside answers, so it could ask what the item does not: "religion". Its words are therefore those of
// the item, kinds of questions, and numbers: not as the first, JavaScript would put "7" before other keys.
bool IsKeyFor(const std::string& item, const std::string& key) {
  std::vector<std::string> words = absl::StrSplit(absl::AsciiStrToLower(item), '_');
  std::vector<std::string> asked = absl::StrSplit(key, '_');
  return !IsNumber(asked.front()) && std::all_of(asked.begin(), asked.end(), [&](const std::string& word) {
    return IsNumber(word) || IsKind(word) || std::find(words.begin(), words.end(), word) != words.end();
  });
}

// ---- Forms

class FormCheck {
 public:
  FormCheck(const Form& form, const CodeBook& book, std::string_view field) : form_(form), book_(book), field_(field) {}

  absl::Status Run() {
    if (form_.questions.empty() || form_.questions.size() > kFormQuestions) {
      return BadField(fmt::format("{}.questions", field_), fmt::format("must be 1 to {}", kFormQuestions));
    }
    for (const Question& question : form_.questions) {
      path_ = fmt::format("{}.questions[{}]", field_, earlier_.size());
      CheckQuestion(question);
      earlier_.push_back(&question);
    }
    return errors_.status();
  }

 private:
  void Add(std::string_view part, std::string_view rule) { errors_.Add(fmt::format("{}.{}", path_, part), rule); }

  const Question* Earlier(std::string_view key) const {
    auto found = std::find_if(earlier_.begin(), earlier_.end(), [&](const Question* q) { return q->key == key; });
    return found == earlier_.end() ? nullptr : *found;
  }

  void CheckQuestion(const Question& question) {
    const Item* item = book_.FindItem(question.item);
    if (!IsKey(question.key)) {
      Add("key", fmt::format("must have 1 to {} characters of a-z, 0-9 and _", kKeyCharacters));
    } else if (item != nullptr && !IsKeyFor(item->code, question.key)) {
      Add("key",
          "must be words of the item's code in lower case, kinds of questions or numbers (not first), with _ between");
    }
    if (Earlier(question.key) != nullptr) Add("key", "must be unique in the form");
    if (question.condition) CheckCondition(*question.condition);

    if (item == nullptr) return Add("item", "must be an item of the code book");
    if (!item->kinds.contains(question.kind_of())) {
      return Add(QuestionFieldOf(question.kind_of()), "must be a kind of question that the code book has for the item");
    }
    std::visit([&](const auto& kind) { CheckKind(*item, kind); }, question.kind);
  }

  void CheckCondition(const Condition& condition) {
    const Question* asked = Earlier(condition.key);
    if (asked == nullptr) return Add("condition.key", "must be the key of an earlier question");
    auto possible = PossibleAnswers(*asked, book_);
    if (possible.empty()) return Add("condition.key", "must be the key of a checklist or choice question");
    if (std::find(possible.begin(), possible.end(), condition.equals) == possible.end()) {
      Add("condition.equals", "must be an answer that the earlier question can get");
    }
  }

  void CheckKind(const Item& item, const Choice& choice) {
    if (!item.code_lists.contains(choice.code_list)) {
      Add("choice.code_list", "must be a list that the code book has for the item");
    }
  }
  void CheckKind(const Item&, const Count& count) {
    if (count.minimum < 0 || count.maximum > kCountMaximum || count.minimum > count.maximum) {
      Add("count", fmt::format("must be a range within 0 to {}", kCountMaximum));
    }
  }
  void CheckKind(const Item& item, const Measurement& measurement) {
    if (!item.units.contains(measurement.unit)) {
      Add("measurement.unit", "must be a unit that the code book has for the item");
    }
    if (!std::isfinite(measurement.minimum) || !std::isfinite(measurement.maximum) ||
        measurement.minimum > measurement.maximum) {
      Add("measurement", "must be a range of finite numbers");
    }
  }
  void CheckKind(const Item&, const Checklist&) {}
  void CheckKind(const Item&, const Photo&) {}
  void CheckKind(const Item&, const Note&) {}

  const Form& form_;
  const CodeBook& book_;
  std::string field_;
  std::string path_;  // of the question at hand
  std::vector<const Question*> earlier_;
  FieldErrors errors_;
};

// ---- Answers

// What is wrong with a value of the right kind; "" when nothing is.
std::string WrongIn(const std::vector<std::string>& possible, std::string_view value) {
  bool found = std::find(possible.begin(), possible.end(), value) != possible.end();
  return found ? "" : "must be one of the question's answers";
}

std::string WrongIn(const Question& question, const Answer& answer, const CodeBook& book) {
  switch (answer.kind_of()) {
    case QuestionKind::kChecklist:
      return WrongIn(PossibleAnswers(question, book), std::get<Checked>(answer.value).value);
    case QuestionKind::kChoice:
      return WrongIn(PossibleAnswers(question, book), std::get<Chosen>(answer.value).code);
    case QuestionKind::kCount: {
      const auto& range = std::get<Count>(question.kind);
      int64_t value = std::get<Counted>(answer.value).value;
      return value >= range.minimum && value <= range.maximum
                 ? ""
                 : fmt::format("must be {} to {}", range.minimum, range.maximum);
    }
    case QuestionKind::kMeasurement: {
      const auto& range = std::get<Measurement>(question.kind);
      double value = std::get<Measured>(answer.value).value;
      return value >= range.minimum && value <= range.maximum  // false for NaN
                 ? ""
                 : fmt::format("must be {} to {} {}", range.minimum, range.maximum, range.unit);
    }
    case QuestionKind::kPhoto:
      return std::get<Pictured>(answer.value).sha256.size() == kDigestBytes ? "" : "must be a SHA-256 of 32 bytes";
    case QuestionKind::kNote: {
      TextRule rule{.max = scope::kItemNoteCharacters, .multiline = true};
      auto violations = FieldViolationsOf(ParseText("note", std::get<Noted>(answer.value).text, rule).status());
      return violations.empty() ? "" : violations.front().second;
    }
  }
  return "must be of a kind that is known";
}

class AnswersCheck {
 public:
  AnswersCheck(const Form& form, const std::vector<Answer>& answers, const CodeBook& book)
      : form_(form), answers_(answers), book_(book) {
    for (const Answer& answer : answers) by_key_.emplace(answer.key, &answer);  // of two, the first
  }

  void Run(FieldErrors& errors) {
    for (size_t i = 0; i < answers_.size(); ++i) CheckAnswer(answers_[i], fmt::format("answers[{}]", i), errors);
    for (const Question& question : form_.questions) {
      if (question.required && IsAsked(question) && !by_key_.contains(question.key)) {
        errors.Add("answers", fmt::format("must answer the question \"{}\"", question.key));
      }
    }
  }

 private:
  const Question* Find(std::string_view key) const {
    auto found = std::find_if(form_.questions.begin(), form_.questions.end(),
                              [&](const Question& question) { return question.key == key; });
    return found == form_.questions.end() ? nullptr : &*found;
  }

  bool IsAsked(const Question& question) const {
    if (!question.condition) return true;
    auto found = by_key_.find(question.condition->key);
    if (found == by_key_.end()) return false;
    const auto& value = found->second->value;
    if (const auto* checked = std::get_if<Checked>(&value)) return checked->value == question.condition->equals;
    if (const auto* chosen = std::get_if<Chosen>(&value)) return chosen->code == question.condition->equals;
    return false;
  }

  void CheckAnswer(const Answer& answer, const std::string& path, FieldErrors& errors) const {
    const Question* question = Find(answer.key);
    if (question == nullptr) return errors.Add(path + ".key", "must be the key of a question of the form");
    if (by_key_.at(answer.key) != &answer) return errors.Add(path + ".key", "must be answered only once");
    if (!IsAsked(*question)) return errors.Add(path + ".key", "must not be answered: its condition is not met");

    std::string value_path = fmt::format("{}.{}", path, AnswerFieldOf(answer.kind_of()));
    if (answer.kind_of() != question->kind_of()) {
      return errors.Add(value_path, fmt::format("must be a {} answer", QuestionFieldOf(question->kind_of())));
    }
    if (std::string rule = WrongIn(*question, answer, book_); !rule.empty()) errors.Add(value_path, rule);
  }

  const Form& form_;
  const std::vector<Answer>& answers_;
  const CodeBook& book_;
  std::map<std::string_view, const Answer*> by_key_;
};

void CheckFindings(const std::vector<Finding>& findings, const CodeBook& book, FieldErrors& errors) {
  std::set<std::string_view> found;
  for (size_t i = 0; i < findings.size(); ++i) {
    const Finding& finding = findings[i];
    if (book.FindItem(finding.item) == nullptr) {
      errors.Add(fmt::format("findings[{}].item", i), "must be an item of the code book");
    } else if (!found.insert(finding.item).second) {
      errors.Add(fmt::format("findings[{}].item", i), "must be found only once");
    }
    if (finding.severity == Severity::kUnset) errors.Add(fmt::format("findings[{}].severity", i), "must be set");
  }
}

}  // namespace

std::string_view QuestionFieldOf(QuestionKind kind) {
  switch (kind) {
    case QuestionKind::kChecklist:
      return "checklist";
    case QuestionKind::kChoice:
      return "choice";
    case QuestionKind::kCount:
      return "count";
    case QuestionKind::kMeasurement:
      return "measurement";
    case QuestionKind::kPhoto:
      return "photo";
    case QuestionKind::kNote:
      return "note";
  }
  return "kind";
}

std::string_view AnswerFieldOf(QuestionKind kind) {
  return kind == QuestionKind::kPhoto ? "photo_sha256" : QuestionFieldOf(kind);
}

std::vector<std::string> PossibleAnswers(const Question& question, const CodeBook& book) {
  std::vector<std::string> possible;
  if (std::holds_alternative<Checklist>(question.kind)) {
    possible.assign(std::begin(kChecklistAnswers), std::end(kChecklistAnswers));
  } else if (const auto* choice = std::get_if<Choice>(&question.kind)) {
    const CodeList* list = book.FindList(choice->code_list);
    if (list == nullptr) return possible;
    for (const CodeValue& value : list->values) possible.push_back(value.code);
  }
  return possible;
}

absl::Status CheckForm(const Form& form, const CodeBook& book, std::string_view field) {
  return FormCheck(form, book, field).Run();
}

absl::Status CheckAnswers(const Form& form, const std::vector<Answer>& answers, const std::vector<Finding>& findings,
                          const CodeBook& book) {
  FieldErrors errors;
  if (answers.size() > kFormQuestions) {
    errors.Add("answers", fmt::format("must be at most {}", kFormQuestions));
  } else {
    AnswersCheck(form, answers, book).Run(errors);
  }
  if (findings.size() > kFindings) {
    errors.Add("findings", fmt::format("must be at most {}", kFindings));
  } else {
    CheckFindings(findings, book, errors);
  }
  return errors.status();
}

}  // namespace gridwork::tasks
