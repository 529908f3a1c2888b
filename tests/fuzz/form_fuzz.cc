// Forms, the schemas made of them, and answers to them: v1.Form, and v1.SubmitTaskRequest with answers and findings.
#include "gridwork/tasks/v1/task_service.pb.h"
#include "services/tasks/form_convert.h"
#include "services/tasks/form_schema.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/messages.h"

namespace gridwork::fuzz {
namespace {

using namespace tasks;

std::optional<Form> ReadForm(const v1::Form& message) {
  auto form = ParseForm(message, "form");
  if (!form.ok() || !CheckForm(*form, CodeBook::Shipped()).ok()) return std::nullopt;
  auto again = ParseForm(ToProto(*form), "form");
  Must(again.ok() && again->questions == form->questions, "a form that is not what was read");
  auto stored = ParseForm(SerializeForm(*form));
  Must(stored.ok() && stored->questions == form->questions, "a form that is not what was stored");
  return *std::move(form);
}

void CheckAgainst(const Form& form, const FormSchema& schema, const v1::SubmitTaskRequest& request) {
  auto answers = ParseAnswers(request.answers());
  auto findings = ParseFindings(request.findings());
  if (!answers.ok() || !findings.ok()) return;
  if (!CheckAnswers(form, *answers, *findings, CodeBook::Shipped()).ok()) return;
  Must(schema.Check(*answers).ok(), "the schema refuses what is accepted");
}

}  // namespace

const std::vector<const google::protobuf::Descriptor*>& MessageTypes() {
  static const std::vector<const google::protobuf::Descriptor*> types = {v1::Form::descriptor(),
                                                                         v1::SubmitTaskRequest::descriptor()};
  return types;
}

const std::vector<std::string>& Words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> out = {"a", "b", "c", "d", "PASS", "FAIL", "NOT_APPLICABLE", std::string(32, 'h')};
    const CodeBook& book = CodeBook::Shipped();
    for (const auto& [code, item] : book.items()) out.push_back(code);
    for (const auto& [code, list] : book.lists()) {
      out.push_back(code);
      for (const auto& value : list.values) out.push_back(value.code);
    }
    out.insert(out.end(), book.units().begin(), book.units().end());
    return out;
  }();
  return words;
}

}  // namespace gridwork::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork::fuzz;
  std::optional<gridwork::tasks::Form> form;
  std::optional<gridwork::tasks::FormSchema> schema;
  for (const auto& message : ParseMessages(TextOf(data, size))) {
    if (const auto* text = dynamic_cast<const v1::Form*>(message.get())) {
      form = ReadForm(*text);
      schema.reset();
      if (form) schema.emplace(*form);
    } else if (const auto* answer = dynamic_cast<const v1::SubmitTaskRequest*>(message.get()); answer && form) {
      CheckAgainst(*form, *schema, *answer);
    }
  }
  return 0;
}
