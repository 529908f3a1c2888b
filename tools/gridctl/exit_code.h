// What gridctl tells the shell and the person when something went wrong.
#pragma once
#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace gridwork::ctl {

// Exit codes by kind of error: a part of the interface, never renumbered.
enum class ExitCode {
  kOk = 0,
  kOther = 1,
  kUsage = 2,
  kNotFound = 3,
  kRefused = 4,      // not logged in, or not allowed
  kConflict = 5,     // exists already, changed meanwhile, not in the state for it
  kBadInput = 6,     // a field, a file or a row is wrong
  kUnavailable = 7,  // the service is away, slow or full: try again
};

ExitCode ExitCodeOf(const absl::Status& status);

// What was typed does not fit together; ends with kUsage.
absl::Status UsageError(std::string_view message);

// For people: the reason and the message, then each field that is wrong.
std::string ErrorText(const absl::Status& status);

// For scripts: {"error": {"code", "reason", "message", "metadata", "violations": [{"field", "rule"}]}}.
std::string ErrorJson(const absl::Status& status);

}  // namespace gridwork::ctl
