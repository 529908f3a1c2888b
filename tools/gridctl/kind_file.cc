#include "tools/gridctl/kind_file.h"

#include <fmt/format.h>

#include "common/base/status_macros.h"
#include "tools/gridctl/values.h"
#include "tools/gridctl/yaml.h"

namespace gridwork::ctl {
namespace {

using tasks::v1::Question;
using tasks::v1::TaskKind;

// 0 when it is not there.
absl::StatusOr<int64_t> WholeOf(const YAML::Node& map, const char* key, int64_t most) {
  ASSIGN_OR_RETURN(std::string text, ScalarOf(map, key));
  if (text.empty()) return 0;
  auto number = ParseWhole(key, text);
  if (!number.ok() || *number < -most || *number > most)
    return YamlError(map[key], fmt::format("{}: a whole number", key));
  return number;
}

absl::StatusOr<double> NumberOf(const YAML::Node& map, const char* key) {
  ASSIGN_OR_RETURN(std::string text, ScalarOf(map, key));
  auto number = ParseNumber(key, text);
  if (!number.ok()) return YamlError(map[key] ? map[key] : map, fmt::format("{}: a number", key));
  return number;
}

absl::StatusOr<bool> TruthOf(const YAML::Node& map, const char* key) {
  ASSIGN_OR_RETURN(std::string text, ScalarOf(map, key));
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return YamlError(map[key], fmt::format("{}: true or false", key));
}

// How it is asked: `checklist`, or `choice: LIST` and the like.
absl::Status ReadAnswer(const YAML::Node& node, Question& question) {
  const YAML::Node answer = node["answer"];
  if (!answer) return YamlError(node, "answer is missing: checklist, choice, count, measurement, photo or note");
  if (answer.IsScalar()) {
    const std::string& kind = answer.Scalar();
    if (kind == "checklist") {
      question.mutable_checklist();
    } else if (kind == "photo") {
      question.mutable_photo();
    } else if (kind == "note") {
      question.mutable_note();
    } else {
      return YamlError(answer, "answer: checklist, photo or note; choice, count and measurement need more");
    }
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CheckKeys(answer, {"choice", "count", "measurement"}));
  if (answer.size() != 1) return YamlError(answer, "one kind of answer is needed here");
  if (answer["choice"]) {
    ASSIGN_OR_RETURN(*question.mutable_choice()->mutable_code_list(), ScalarOf(answer, "choice"));
  } else if (const YAML::Node count = answer["count"]) {
    RETURN_IF_ERROR(CheckKeys(count, {"minimum", "maximum"}));
    ASSIGN_OR_RETURN(int64_t minimum, WholeOf(count, "minimum", INT64_MAX));
    ASSIGN_OR_RETURN(int64_t maximum, WholeOf(count, "maximum", INT64_MAX));
    question.mutable_count()->set_minimum(minimum);
    question.mutable_count()->set_maximum(maximum);
  } else {
    const YAML::Node measurement = answer["measurement"];
    RETURN_IF_ERROR(CheckKeys(measurement, {"unit", "minimum", "maximum"}));
    auto& out = *question.mutable_measurement();
    ASSIGN_OR_RETURN(*out.mutable_unit(), ScalarOf(measurement, "unit"));
    ASSIGN_OR_RETURN(double minimum, NumberOf(measurement, "minimum"));
    ASSIGN_OR_RETURN(double maximum, NumberOf(measurement, "maximum"));
    out.set_minimum(minimum);
    out.set_maximum(maximum);
  }
  return absl::OkStatus();
}

absl::Status ReadQuestion(const YAML::Node& node, Question& question) {
  RETURN_IF_ERROR(CheckKeys(node, {"key", "item", "required", "when", "answer"}));
  ASSIGN_OR_RETURN(*question.mutable_key(), ScalarOf(node, "key"));
  ASSIGN_OR_RETURN(*question.mutable_item(), ScalarOf(node, "item"));
  ASSIGN_OR_RETURN(bool required, TruthOf(node, "required"));
  question.set_required(required);
  if (const YAML::Node when = node["when"]) {
    RETURN_IF_ERROR(CheckKeys(when, {"key", "equals"}));
    ASSIGN_OR_RETURN(*question.mutable_condition()->mutable_key(), ScalarOf(when, "key"));
    ASSIGN_OR_RETURN(*question.mutable_condition()->mutable_equals(), ScalarOf(when, "equals"));
  }
  return ReadAnswer(node, question);
}

}  // namespace

absl::StatusOr<TaskKind> ParseKindFile(const std::string& yaml) {
  constexpr int64_t kMost = INT32_MAX;
  ASSIGN_OR_RETURN(YAML::Node root, ParseYaml(yaml));
  RETURN_IF_ERROR(CheckKeys(root, {"code", "name", "area", "priority", "duration_minutes", "within_metres",
                                   "claim_roles", "qualifications", "max_failures", "questions"}));
  TaskKind kind;
  ASSIGN_OR_RETURN(*kind.mutable_code(), ScalarOf(root, "code"));
  ASSIGN_OR_RETURN(*kind.mutable_display_name(), ScalarOf(root, "name"));
  ASSIGN_OR_RETURN(*kind.mutable_area(), ScalarOf(root, "area"));
  ASSIGN_OR_RETURN(int64_t priority, WholeOf(root, "priority", kMost));
  ASSIGN_OR_RETURN(int64_t duration, WholeOf(root, "duration_minutes", kMost));
  ASSIGN_OR_RETURN(int64_t within, WholeOf(root, "within_metres", kMost));
  ASSIGN_OR_RETURN(int64_t failures, WholeOf(root, "max_failures", kMost));
  kind.set_max_failures(static_cast<int32_t>(failures));
  kind.set_priority(static_cast<int32_t>(priority));
  kind.set_duration_minutes(static_cast<int32_t>(duration));
  kind.set_within_metres(static_cast<int32_t>(within));
  if (const YAML::Node roles = root["claim_roles"]) {
    if (!roles.IsSequence()) return YamlError(roles, "claim_roles: a list of roles");
    for (const auto& role : roles) {
      auto value = ParseEnum<options::v1::Role>("claim_roles", role.IsScalar() ? role.Scalar() : "");
      if (!value.ok()) return YamlError(role, std::string(value.status().message()));
      kind.add_claim_roles(*value);
    }
  }
  if (const YAML::Node needed = root["qualifications"]) {
    if (!needed.IsSequence()) return YamlError(needed, "qualifications: a list of codes");
    for (const auto& code : needed) {
      if (!code.IsScalar()) return YamlError(code, "qualifications: a list of codes");
      kind.add_qualifications(code.Scalar());
    }
  }
  const YAML::Node questions = root["questions"];
  if (!questions || !questions.IsSequence()) return YamlError(root, "questions: a list of questions is missing");
  for (const auto& question : questions) RETURN_IF_ERROR(ReadQuestion(question, *kind.mutable_form()->add_questions()));
  return kind;
}

}  // namespace gridwork::ctl
