// The errors of this project: an absl::Status with a canonical code, a REASON that never changes, and the values that a
// program may want. common/rpc turns them into google.rpc.ErrorInfo, BadRequest and RetryInfo. Messages name the field
// and the rule, never a personal value.
#pragma once
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridwork {

using Metadata = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// `reason` is UPPER_SNAKE, at most 63 characters, unique within the project.
absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message, Metadata metadata = {});

// INVALID_ARGUMENT BAD_FIELD: `field` is the path in the request ("task.place"), `rule` what it must satisfy ("not
// empty").
absl::Status BadField(std::string_view field, std::string_view rule);

// Collects the violations of a whole request, so that a client sees all of them at once.
class FieldErrors {
 public:
  void Add(std::string_view field, std::string_view rule);
  void Add(
      const absl::Status& bad_field);  // takes over the violations of a BadField(); another error replaces everything
  bool empty() const { return violations_.empty() && other_.ok(); }
  absl::Status status() const;  // OK when nothing was added

 private:
  std::vector<std::pair<std::string, std::string>> violations_;
  absl::Status other_;
};

// The parts of an Error() again.
std::string ReasonOf(const absl::Status& status);  // "" when it carries none
std::map<std::string, std::string> MetadataOf(const absl::Status& status);
std::vector<std::pair<std::string, std::string>> FieldViolationsOf(const absl::Status& status);

// Puts an error together again from its parts, as a client receives them. `message` already names the reason.
absl::Status RebuildError(absl::StatusCode code, std::string_view message, std::string_view reason,
                          const std::map<std::string, std::string>& metadata,
                          const std::vector<std::pair<std::string, std::string>>& violations);

// Tells the caller when to come back (google.rpc.RetryInfo).
absl::Status WithRetryAfter(absl::Status status, absl::Duration delay);
absl::Duration RetryAfterOf(const absl::Status& status);  // ZeroDuration() when none

}  // namespace gridwork
