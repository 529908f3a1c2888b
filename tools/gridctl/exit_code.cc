#include "tools/gridctl/exit_code.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/base/error.h"

namespace gridwork::ctl {
namespace {

constexpr std::string_view kUsageReason = "USAGE";

std::string Message(const absl::Status& status) { return std::string(status.message()); }

}  // namespace

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return ExitCode::kRefused;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kFailedPrecondition:
      return ExitCode::kConflict;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ReasonOf(status) == kUsageReason ? ExitCode::kUsage : ExitCode::kBadInput;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return ExitCode::kUnavailable;
    default:
      return ExitCode::kOther;
  }
}

absl::Status UsageError(std::string_view message) {
  return RebuildError(absl::StatusCode::kInvalidArgument, message, kUsageReason, {}, {});
}

std::string ErrorText(const absl::Status& status) {
  std::string reason = ReasonOf(status);
  std::string message = Message(status);
  if (reason == kUsageReason) return fmt::format("error: {}\nTry --help.\n", message);
  if (reason.empty()) reason = absl::StatusCodeToString(status.code());
  if (message.empty()) {
    message = reason;
  } else if (!message.starts_with(reason)) {
    message = fmt::format("{}: {}", reason, message);
  }
  std::string out = fmt::format("error: {}\n", message);
  for (const auto& [field, rule] : FieldViolationsOf(status)) {
    fmt::format_to(std::back_inserter(out), "  {}: {}\n", field, rule);
  }
  if (absl::Duration delay = RetryAfterOf(status); delay > absl::ZeroDuration()) {
    fmt::format_to(std::back_inserter(out), "  try again in {} s\n",
                   absl::ToInt64Seconds(absl::Ceil(delay, absl::Seconds(1))));
  }
  return out;
}

std::string ErrorJson(const absl::Status& status) {
  nlohmann::json error = {{"code", absl::StatusCodeToString(status.code())},
                          {"reason", ReasonOf(status)},
                          {"message", Message(status)},
                          {"metadata", nlohmann::json::object()},
                          {"violations", nlohmann::json::array()}};
  for (const auto& [key, value] : MetadataOf(status)) error["metadata"][key] = value;
  for (const auto& [field, rule] : FieldViolationsOf(status)) {
    error["violations"].push_back({{"field", field}, {"rule", rule}});
  }
  nlohmann::json document = {{"error", std::move(error)}};
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace gridwork::ctl
