// Forms and answers to JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/sha256.h"
#include "services/tasks/form_schema.h"

namespace gridwork::tasks {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using valijson::adapters::NlohmannJsonAdapter;

// ---- Schema

// The codes, and their texts from the book in the same order ("enumNames", as form builders know it).
void AddCodes(const Question& question, const CodeBook& book, ordered_json& out) {
  out["type"] = "string";
  out["enum"] = PossibleAnswers(question, book);
  const auto* choice = std::get_if<Choice>(&question.kind);
  const CodeList* list = choice == nullptr ? nullptr : book.FindList(choice->code_list);
  if (list == nullptr) return;
  for (const CodeValue& value : list->values) out["enumNames"].push_back(value.text);
}

ordered_json SchemaOf(const Question& question, const CodeBook& book) {
  const Item* item = book.FindItem(question.item);
  ordered_json out;
  out["title"] = item == nullptr ? question.item : item->text;
  switch (question.kind_of()) {
    case QuestionKind::kChecklist:
    case QuestionKind::kChoice:
      AddCodes(question, book, out);
      break;
    case QuestionKind::kCount: {
      const auto& count = std::get<Count>(question.kind);
      out["type"] = "integer";
      out["minimum"] = count.minimum;
      out["maximum"] = count.maximum;
      break;
    }
    case QuestionKind::kMeasurement: {
      const auto& measurement = std::get<Measurement>(question.kind);
      out["description"] = measurement.unit;
      out["type"] = "number";
      out["minimum"] = measurement.minimum;
      out["maximum"] = measurement.maximum;
      break;
    }
    case QuestionKind::kPhoto:
      out["description"] = "SHA-256 of the picture";
      out["type"] = "string";
      out["maxLength"] = 2 * kDigestBytes;
      out["pattern"] = fmt::format("^[0-9a-f]{{{}}}$", 2 * kDigestBytes);
      break;
    case QuestionKind::kNote:
      out["type"] = "string";
      out["minLength"] = 1;
      out["maxLength"] = scope::kItemNoteCharacters;
      break;
  }
  return out;
}

// Asked only if another answer is this one: then it may or must be there, else it must not.
ordered_json RuleOf(const Question& question) {
  const Condition& condition = *question.condition;
  ordered_json answered = {{"required", {question.key}}};
  ordered_json rule;
  rule["if"] = {{"properties", {{condition.key, {{"const", condition.equals}}}}}, {"required", {condition.key}}};
  if (question.required) rule["then"] = answered;
  rule["else"] = {{"not", answered}};
  return rule;
}

// ---- Answers

json ToJson(const Checked& answer) { return answer.value; }
json ToJson(const Chosen& answer) { return answer.code; }
json ToJson(const Counted& answer) { return answer.value; }
json ToJson(const Measured& answer) { return answer.value; }  // null when it is no JSON number, once it is written
json ToJson(const Pictured& answer) { return Hex(answer.sha256); }
json ToJson(const Noted& answer) { return answer.text; }

absl::Status NotValid() { return BadField("answers", "must satisfy the JSON Schema of the form"); }

}  // namespace

std::string SchemaOf(const Form& form, const CodeBook& book) {
  ordered_json out;
  out["$schema"] = "http://json-schema.org/draft-07/schema#";
  out["title"] = fmt::format("Answers to version {} of the form", form.version);
  out["type"] = "object";
  out["properties"] = ordered_json::object();
  ordered_json required = ordered_json::array();
  ordered_json rules = ordered_json::array();
  for (const Question& question : form.questions) {
    out["properties"][question.key] = SchemaOf(question, book);
    if (question.condition) {
      rules.push_back(RuleOf(question));
    } else if (question.required) {
      required.push_back(question.key);
    }
  }
  out["additionalProperties"] = false;
  if (!required.empty()) out["required"] = required;
  if (!rules.empty()) out["allOf"] = rules;
  return out.dump();
}

struct FormSchema::Compiled {
  valijson::Schema schema;
};

FormSchema::FormSchema(const Form& form, const CodeBook& book) : text_(SchemaOf(form, book)) {
  auto compiled = std::make_unique<Compiled>();
  const json schema = json::parse(text_);
  valijson::SchemaParser().populateSchema(NlohmannJsonAdapter(schema), compiled->schema);
  compiled_ = std::move(compiled);
}

FormSchema::~FormSchema() = default;
FormSchema::FormSchema(FormSchema&&) noexcept = default;
FormSchema& FormSchema::operator=(FormSchema&&) noexcept = default;

absl::Status FormSchema::Check(const std::vector<Answer>& answers) const {
  json object = json::object();
  for (const Answer& answer : answers) {
    object[answer.key] = std::visit([](const auto& value) { return ToJson(value); }, answer.value);
  }
  try {
    return CheckJson(object.dump());
  } catch (const json::exception&) {  // not UTF-8
    return NotValid();
  }
}

absl::Status FormSchema::CheckJson(std::string_view text) const {
  const json answers = json::parse(text, nullptr, /*allow_exceptions=*/false);  // refuses what is not UTF-8
  if (answers.is_discarded()) return BadField("answers", "must be JSON");
  if (!valijson::Validator().validate(compiled_->schema, NlohmannJsonAdapter(answers), nullptr)) return NotValid();
  return absl::OkStatus();
}

}  // namespace gridwork::tasks
