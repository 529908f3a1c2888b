#include "tools/gridctl/answers.h"

#include <fmt/format.h>

#include <optional>

#include "common/base/status_macros.h"
#include "tools/gridctl/json_reader.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using nlohmann::json;
using tasks::v1::Answer;
using tasks::v1::Form;
using tasks::v1::Question;

constexpr std::string_view kFile = "answers file";

std::optional<std::string> FromHex(std::string_view text) {
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < text.size(); i += 2) {
    int high = digit(text[i]);
    int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

// One value of the kind that `kind` names; what JSON type it has is decided here, the rest by the server.
absl::Status SetValue(std::string_view where, Question::KindCase kind, const json& value, Answer& answer) {
  bool is_text = value.is_string();
  switch (kind) {
    case Question::kChecklist:
      if (!is_text) return BadJson(where, "\"PASS\", \"FAIL\" or \"NOT_APPLICABLE\"");
      answer.set_checklist(value.get<std::string>());
      return absl::OkStatus();
    case Question::kChoice:
      if (!is_text) return BadJson(where, "a code");
      answer.set_choice(value.get<std::string>());
      return absl::OkStatus();
    case Question::kNote:
      if (!is_text) return BadJson(where, "a text");
      answer.set_note(value.get<std::string>());
      return absl::OkStatus();
    case Question::kPhoto: {
      auto digest = is_text ? FromHex(value.get<std::string>()) : std::nullopt;
      if (!digest) return BadJson(where, "the SHA-256 of a picture: 64 digits 0-9 and a-f");
      answer.set_photo_sha256(*std::move(digest));
      return absl::OkStatus();
    }
    case Question::kCount: {
      ASSIGN_OR_RETURN(int64_t count, WholeOf(where, {{"count", value}}, "count"));
      answer.set_count(count);
      return absl::OkStatus();
    }
    case Question::kMeasurement:
      if (!value.is_number()) return BadJson(where, "a number");
      answer.set_measurement(value.get<double>());
      return absl::OkStatus();
    case Question::KIND_NOT_SET:
      break;
  }
  return BadJson(where, "a kind of question that this program does not know");
}

absl::Status ReadKeyed(const json& answers, const Form* form, tasks::v1::SubmitTaskRequest& out) {
  if (form == nullptr) return BadJson(kFile, "answers: a list is needed where the form is not known");
  // In the order of the form, those that it does not have at the end.
  for (const auto& question : form->questions()) {
    auto value = answers.find(question.key());
    if (value == answers.end()) continue;
    Answer& answer = *out.add_answers();
    answer.set_key(question.key());
    RETURN_IF_ERROR(SetValue("answers." + question.key(), question.kind_case(), *value, answer));
  }
  for (const auto& [key, value] : answers.items()) {
    bool known = std::any_of(form->questions().begin(), form->questions().end(),
                             [&, &wanted = key](const Question& question) { return question.key() == wanted; });
    if (!known)
      return BadJson("answers." + key, fmt::format("version {} of the form has no such question", form->version()));
  }
  return absl::OkStatus();
}

absl::Status ReadList(const json& answers, tasks::v1::SubmitTaskRequest& out) {
  static constexpr std::pair<const char*, Question::KindCase> kKinds[] = {
      {"checklist", Question::kChecklist},     {"choice", Question::kChoice},      {"count", Question::kCount},
      {"measurement", Question::kMeasurement}, {"photo_sha256", Question::kPhoto}, {"note", Question::kNote}};
  for (size_t i = 0; i < answers.size(); ++i) {
    const json& in = answers[i];
    std::string where = fmt::format("answers[{}]", i);
    RETURN_IF_ERROR(
        CheckKeys(where, in, {"key", "checklist", "choice", "count", "measurement", "photo_sha256", "note"}));
    Answer& answer = *out.add_answers();
    ASSIGN_OR_RETURN(*answer.mutable_key(), TextOf(where, in, "key"));
    if (in.size() - in.count("key") > 1) return BadJson(where, "one answer, not several");
    for (const auto& [name, kind] : kKinds) {
      if (in.contains(name)) RETURN_IF_ERROR(SetValue(where + "." + name, kind, in[name], answer));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadFindings(const json& findings, tasks::v1::SubmitTaskRequest& out) {
  if (!findings.is_array()) return BadJson("findings", "a list");
  for (size_t i = 0; i < findings.size(); ++i) {
    const json& in = findings[i];
    std::string where = fmt::format("findings[{}]", i);
    RETURN_IF_ERROR(CheckKeys(where, in, {"item", "severity", "corrected_on_site"}));
    auto& finding = *out.add_findings();
    ASSIGN_OR_RETURN(*finding.mutable_item(), TextOf(where, in, "item"));
    ASSIGN_OR_RETURN(std::string severity, TextOf(where, in, "severity"));
    if (!severity.empty()) {
      auto value = ParseEnum<tasks::v1::Severity>(where + ".severity", severity);
      if (!value.ok()) return BadJson(where, std::string(value.status().message()));
      finding.set_severity(*value);
    }
    ASSIGN_OR_RETURN(bool corrected, TruthOf(where, in, "corrected_on_site"));
    finding.set_corrected_on_site(corrected);
  }
  return absl::OkStatus();
}

}  // namespace

bool NeedsForm(std::string_view text) {
  auto file = ParseJson(kFile, text);
  return file.ok() && file->is_object() && file->contains("answers") && (*file)["answers"].is_object();
}

absl::StatusOr<tasks::v1::SubmitTaskRequest> ParseAnswers(std::string_view text, const Form* form) {
  ASSIGN_OR_RETURN(json file, ParseJson(kFile, text));
  RETURN_IF_ERROR(CheckKeys(kFile, file, {"form_version", "answers", "findings"}));
  tasks::v1::SubmitTaskRequest out;
  ASSIGN_OR_RETURN(int64_t version, WholeOf(kFile, file, "form_version"));
  if (version < 0 || version > INT32_MAX) return BadJson(kFile, "form_version: a whole number, not negative");
  out.set_form_version(static_cast<int32_t>(version));
  if (version == 0 && form != nullptr) out.set_form_version(form->version());
  const json answers = file.value("answers", json::array());
  if (answers.is_object()) {
    RETURN_IF_ERROR(ReadKeyed(answers, form, out));
  } else if (answers.is_array()) {
    RETURN_IF_ERROR(ReadList(answers, out));
  } else {
    return BadJson("answers", "an object keyed by question, or a list");
  }
  if (file.contains("findings")) RETURN_IF_ERROR(ReadFindings(file["findings"], out));
  return out;
}

}  // namespace gridwork::ctl
