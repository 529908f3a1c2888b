// The answers to a form as JSON Schema (draft 7), for clients: they build their input screens from it and check answers
// on the phone, with any library, long before a server sees them.
//
// There are two checks, because they serve two readers. CheckAnswers() (form.h) decides here, and names each field that
// is wrong. The schema tells clients the same rules. form_schema_test proves with random forms and answers that both
// agree, but for what JSON cannot say:
//   1. an answer that is given twice: a JSON object has a key once;
//   2. an answer of another kind that JSON writes alike: a code, a checklist answer, a digest and a note are strings, a
//   count is a number;
//   3. the text rules of a note, which is normalised and trimmed before it is measured, and must not hold control
//   characters.
// In each of these the schema is the laxer one, but for a note with more than 300 characters that normalising or
// trimming would shorten.
#pragma once
#include <absl/status/status.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/tasks/form.h"

namespace gridwork::tasks {

// An object that is keyed by question: numbers for counts and measurements, the digest of a photo in lower-case hex,
// strings for the rest. For a form that CheckForm() let pass. The same form gives the same text.
std::string SchemaOf(const Form& form, const CodeBook& book);

// A compiled schema. Its maker keeps it for each task kind and version. Immutable, thread-safe.
class FormSchema {
 public:
  explicit FormSchema(const Form& form, const CodeBook& book = CodeBook::Shipped());
  ~FormSchema();
  FormSchema(FormSchema&&) noexcept;
  FormSchema& operator=(FormSchema&&) noexcept;

  const std::string& text() const { return text_; }

  // BAD_FIELD "answers" unless the answers, written as JSON, satisfy the schema. Does not say which one: CheckAnswers()
  // does.
  absl::Status Check(const std::vector<Answer>& answers) const;
  // The same for JSON as a client writes it.
  absl::Status CheckJson(std::string_view json) const;

 private:
  struct Compiled;
  std::string text_;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace gridwork::tasks
