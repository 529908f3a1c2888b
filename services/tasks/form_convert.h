// Protobuf to domain and back, for forms and answers. Parse* refuse what no domain type can hold, with all violations
// at once, their paths below `field`; CheckForm() and CheckAnswers() decide whether it makes sense.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "gridwork/tasks/v1/form.pb.h"
#include "services/tasks/form.h"

namespace gridwork::tasks {

absl::StatusOr<Form> ParseForm(const v1::Form& proto, std::string_view field);
// Notes in normal form, trimmed (ParseText).
absl::StatusOr<std::vector<Answer>> ParseAnswers(const google::protobuf::RepeatedPtrField<v1::Answer>& protos,
                                                 std::string_view field = "answers");
absl::StatusOr<std::vector<Finding>> ParseFindings(const google::protobuf::RepeatedPtrField<v1::Finding>& protos,
                                                   std::string_view field = "findings");

v1::Form ToProto(const Form& form);
v1::Question ToProto(const Question& question);
v1::Answer ToProto(const Answer& answer);
v1::Finding ToProto(const Finding& finding);

// A form version, with its number, as it is stored. The same form gives the same bytes.
std::string SerializeForm(const Form& form);
absl::StatusOr<Form> ParseForm(std::string_view stored);  // DATA_LOSS FORM_CORRUPT

}  // namespace gridwork::tasks
