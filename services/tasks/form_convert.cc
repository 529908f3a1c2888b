#include "services/tasks/form_convert.h"

#include <fmt/format.h>

#include <climits>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"

namespace gridwork::tasks {
namespace {

// ---- From protobuf

absl::StatusOr<Question> ParseQuestion(const v1::Question& proto, const std::string& path) {
  Question out{.key = proto.key(), .item = proto.item(), .required = proto.required()};
  if (proto.has_condition()) out.condition = Condition{proto.condition().key(), proto.condition().equals()};
  switch (proto.kind_case()) {
    case v1::Question::kChecklist:
      out.kind = Checklist{};
      return out;
    case v1::Question::kChoice:
      out.kind = Choice{proto.choice().code_list()};
      return out;
    case v1::Question::kCount:
      out.kind = Count{proto.count().minimum(), proto.count().maximum()};
      return out;
    case v1::Question::kMeasurement:
      out.kind = Measurement{proto.measurement().unit(), proto.measurement().minimum(), proto.measurement().maximum()};
      return out;
    case v1::Question::kPhoto:
      out.kind = Photo{};
      return out;
    case v1::Question::kNote:
      out.kind = Note{};
      return out;
    case v1::Question::KIND_NOT_SET:
      break;
  }
  return BadField(path + ".kind", "must be set");
}

absl::StatusOr<Answer> ParseAnswer(const v1::Answer& proto, const std::string& path) {
  Answer out{.key = proto.key()};
  switch (proto.value_case()) {
    case v1::Answer::kChecklist:
      out.value = Checked{proto.checklist()};
      return out;
    case v1::Answer::kChoice:
      out.value = Chosen{proto.choice()};
      return out;
    case v1::Answer::kCount:
      out.value = Counted{proto.count()};
      return out;
    case v1::Answer::kMeasurement:
      out.value = Measured{proto.measurement()};
      return out;
    case v1::Answer::kPhotoSha256:
      out.value = Pictured{proto.photo_sha256()};
      return out;
    case v1::Answer::kNote: {
      TextRule rule{.max = scope::kItemNoteCharacters, .multiline = true};
      ASSIGN_OR_RETURN(std::string note, ParseText(path + ".note", proto.note(), rule));
      out.value = Noted{std::move(note)};
      return out;
    }
    case v1::Answer::VALUE_NOT_SET:
      break;
  }
  return BadField(path + ".value", "must be set");
}

Severity ParseSeverity(v1::Severity proto) {
  switch (proto) {
    case v1::SEVERITY_MINOR:
      return Severity::kMinor;
    case v1::SEVERITY_SERIOUS:
      return Severity::kSerious;
    case v1::SEVERITY_CRITICAL:
      return Severity::kCritical;
    default:  // from a newer client: as good as unset
      return Severity::kUnset;
  }
}

absl::StatusOr<Finding> ParseFinding(const v1::Finding& proto, const std::string& path) {
  Finding out{proto.item(), ParseSeverity(proto.severity()), proto.corrected_on_site()};
  if (out.severity == Severity::kUnset) return BadField(path + ".severity", "must be a severity that is known");
  return out;
}

// Each element by `parse`; all violations at once, for at most `max` elements.
template <class T, class Proto>
absl::StatusOr<std::vector<T>> ParseEach(const google::protobuf::RepeatedPtrField<Proto>& protos,
                                         std::string_view field, size_t max,
                                         absl::StatusOr<T> (*parse)(const Proto&, const std::string&)) {
  if (static_cast<size_t>(protos.size()) > max) return BadField(field, fmt::format("must be at most {}", max));
  FieldErrors errors;
  std::vector<T> out;
  for (int i = 0; i < protos.size(); ++i) {
    absl::StatusOr<T> parsed = parse(protos[i], fmt::format("{}[{}]", field, i));
    if (parsed.ok()) {
      out.push_back(*std::move(parsed));
    } else {
      errors.Add(parsed.status());
    }
  }
  RETURN_IF_ERROR(errors.status());
  return out;
}

// ---- To protobuf

void Set(const Checklist&, v1::Question& proto) { proto.mutable_checklist(); }
void Set(const Choice& choice, v1::Question& proto) { proto.mutable_choice()->set_code_list(choice.code_list); }
void Set(const Count& count, v1::Question& proto) {
  proto.mutable_count()->set_minimum(count.minimum);
  proto.mutable_count()->set_maximum(count.maximum);
}
void Set(const Measurement& measurement, v1::Question& proto) {
  proto.mutable_measurement()->set_unit(measurement.unit);
  proto.mutable_measurement()->set_minimum(measurement.minimum);
  proto.mutable_measurement()->set_maximum(measurement.maximum);
}
void Set(const Photo&, v1::Question& proto) { proto.mutable_photo(); }
void Set(const Note&, v1::Question& proto) { proto.mutable_note(); }

void Set(const Checked& answer, v1::Answer& proto) { proto.set_checklist(answer.value); }
void Set(const Chosen& answer, v1::Answer& proto) { proto.set_choice(answer.code); }
void Set(const Counted& answer, v1::Answer& proto) { proto.set_count(answer.value); }
void Set(const Measured& answer, v1::Answer& proto) { proto.set_measurement(answer.value); }
void Set(const Pictured& answer, v1::Answer& proto) { proto.set_photo_sha256(answer.sha256); }
void Set(const Noted& answer, v1::Answer& proto) { proto.set_note(answer.text); }

v1::Severity SeverityOf(Severity severity) {
  switch (severity) {
    case Severity::kUnset:
      return v1::SEVERITY_UNSPECIFIED;
    case Severity::kMinor:
      return v1::SEVERITY_MINOR;
    case Severity::kSerious:
      return v1::SEVERITY_SERIOUS;
    case Severity::kCritical:
      return v1::SEVERITY_CRITICAL;
  }
  return v1::SEVERITY_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<Form> ParseForm(const v1::Form& proto, std::string_view field) {
  Form out{.version = proto.version()};
  ASSIGN_OR_RETURN(out.questions, ParseEach<Question>(proto.questions(), fmt::format("{}.questions", field),
                                                      kFormQuestions, ParseQuestion));
  return out;
}

absl::StatusOr<std::vector<Answer>> ParseAnswers(const google::protobuf::RepeatedPtrField<v1::Answer>& protos,
                                                 std::string_view field) {
  return ParseEach<Answer>(protos, field, kFormQuestions, ParseAnswer);
}

absl::StatusOr<std::vector<Finding>> ParseFindings(const google::protobuf::RepeatedPtrField<v1::Finding>& protos,
                                                   std::string_view field) {
  return ParseEach<Finding>(protos, field, kFindings, ParseFinding);
}

v1::Form ToProto(const Form& form) {
  v1::Form proto;
  proto.set_version(form.version);
  for (const Question& question : form.questions) *proto.add_questions() = ToProto(question);
  return proto;
}

v1::Question ToProto(const Question& question) {
  v1::Question proto;
  proto.set_key(question.key);
  proto.set_item(question.item);
  proto.set_required(question.required);
  if (question.condition) {
    proto.mutable_condition()->set_key(question.condition->key);
    proto.mutable_condition()->set_equals(question.condition->equals);
  }
  std::visit([&](const auto& kind) { Set(kind, proto); }, question.kind);
  return proto;
}

v1::Answer ToProto(const Answer& answer) {
  v1::Answer proto;
  proto.set_key(answer.key);
  std::visit([&](const auto& value) { Set(value, proto); }, answer.value);
  return proto;
}

v1::Finding ToProto(const Finding& finding) {
  v1::Finding proto;
  proto.set_item(finding.item);
  proto.set_severity(SeverityOf(finding.severity));
  proto.set_corrected_on_site(finding.corrected_on_site);
  return proto;
}

std::string SerializeForm(const Form& form) { return ToProto(form).SerializeAsString(); }

absl::StatusOr<Form> ParseForm(std::string_view stored) {
  auto corrupt = [] { return Error(absl::StatusCode::kDataLoss, "FORM_CORRUPT", "a stored form cannot be read"); };
  v1::Form proto;
  if (stored.size() > INT_MAX || !proto.ParseFromArray(stored.data(), static_cast<int>(stored.size())))
    return corrupt();
  auto form = ParseForm(proto, "form");
  if (!form.ok() || form->version < 1 || form->questions.empty()) return corrupt();
  return form;
}

}  // namespace gridwork::tasks
