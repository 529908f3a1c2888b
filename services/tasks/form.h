// What a worker answers about a thing: the form of a task kind, the answers to it, and what is not as it should be.
#pragma once
#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "services/tasks/code_book.h"

namespace gridwork::tasks {

inline constexpr size_t kFormQuestions = 250;
inline constexpr size_t kFindings = 250;  // of one submission
inline constexpr int64_t kCountMaximum = 1'000'000;
inline constexpr size_t kDigestBytes = 32;  // SHA-256

// Asked only when the answer to an earlier checklist or choice question is this one.
struct Condition {
  std::string key;
  std::string equals;
  bool operator==(const Condition&) const = default;
};

// The kinds of questions, in the order of QuestionKind.
struct Checklist {
  bool operator==(const Checklist&) const = default;
};
struct Choice {
  std::string code_list;
  bool operator==(const Choice&) const = default;
};
struct Count {  // limits are inclusive
  int64_t minimum = 0;
  int64_t maximum = kCountMaximum;
  bool operator==(const Count&) const = default;
};
struct Measurement {
  std::string unit;  // UCUM
  double minimum = 0;
  double maximum = 0;
  bool operator==(const Measurement&) const = default;
};
struct Photo {
  bool operator==(const Photo&) const = default;
};
struct Note {
  bool operator==(const Note&) const = default;
};

struct Question {
  std::string key;
  std::string item;
  bool required = false;
  std::optional<Condition> condition;
  std::variant<Checklist, Choice, Count, Measurement, Photo, Note> kind;

  QuestionKind kind_of() const { return static_cast<QuestionKind>(kind.index()); }
  bool operator==(const Question&) const = default;
};

struct Form {
  int version = 1;
  std::vector<Question> questions;
  bool operator==(const Form&) const = default;
};

// The kinds of answers, in the order of QuestionKind.
struct Checked {
  std::string value;  // PASS, FAIL, NOT_APPLICABLE
  bool operator==(const Checked&) const = default;
};
struct Chosen {
  std::string code;
  bool operator==(const Chosen&) const = default;
};
struct Counted {
  int64_t value = 0;
  bool operator==(const Counted&) const = default;
};
struct Measured {
  double value = 0;
  bool operator==(const Measured&) const = default;
};
struct Pictured {
  std::string sha256;  // 32 bytes
  bool operator==(const Pictured&) const = default;
};
struct Noted {
  std::string text;
  bool operator==(const Noted&) const = default;
};

struct Answer {
  std::string key;
  std::variant<Checked, Chosen, Counted, Measured, Pictured, Noted> value;

  QuestionKind kind_of() const { return static_cast<QuestionKind>(value.index()); }
  bool operator==(const Answer&) const = default;
};

enum class Severity { kUnset, kMinor, kSerious, kCritical };

struct Finding {
  std::string item;
  Severity severity = Severity::kUnset;
  bool corrected_on_site = false;
  bool operator==(const Finding&) const = default;
};

// "checklist", "photo_sha256", ...: the name of the kind in a path of BAD_FIELD, for questions and for answers.
std::string_view QuestionFieldOf(QuestionKind kind);
std::string_view AnswerFieldOf(QuestionKind kind);

// The answers that a checklist or choice question can get; empty for the other kinds, and for a list that is not in the
// book.
std::vector<std::string> PossibleAnswers(const Question& question, const CodeBook& book);

// OK when the form asks only what the book knows, in a way that can be answered. BAD_FIELD with all violations at once,
// their paths below `field`: "form.questions[3].item".
absl::Status CheckForm(const Form& form, const CodeBook& book, std::string_view field = "form");

// OK when these are answers to `form`, which CheckForm() let pass: to each question at most one, of its kind and within
// its limits, none to a question whose condition is not met, and one to every required question that is asked. Findings
// name items of the book, each once. BAD_FIELD with all violations at once: "answers[2].measurement",
// "findings[0].item". FormSchema says the same to clients; form_schema.h lists what only this function can say.
absl::Status CheckAnswers(const Form& form, const std::vector<Answer>& answers, const std::vector<Finding>& findings,
                          const CodeBook& book);

}  // namespace gridwork::tasks
