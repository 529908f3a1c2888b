// The result of a task as a client writes it (JSON): examples/food_inspection_answers.json.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "gridwork/tasks/v1/task_service.pb.h"

namespace gridwork::ctl {

// Reads {"form_version", "answers", "findings"} into those fields of a request. Answers are
//   an object keyed by question, as GetFormSchema describes it: `form` says of which kind each is; or
//   a list of answers as in the .proto file ([{"key": "sinks", "count": 2}]), which needs no form.
// INVALID_ARGUMENT BAD_JSON names the place. Whether an answer fits its question is the server's to say.
absl::StatusOr<tasks::v1::SubmitTaskRequest> ParseAnswers(std::string_view text, const tasks::v1::Form* form);

// Whether ParseAnswers() needs a form for this text.
bool NeedsForm(std::string_view text);

}  // namespace gridwork::ctl
