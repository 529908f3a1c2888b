#include "common/base/error.h"

#include <absl/strings/cord.h>
#include <fmt/format.h>

#include <charconv>

namespace gridwork {
namespace {

// Payload keys. A violation's key carries its position, because payloads have no order of their own.
constexpr char kReason[] = "reason";
constexpr char kRetry[] = "retry_ns";
constexpr std::string_view kMetadata = "metadata/";
constexpr std::string_view kField = "field/";

std::string Get(const absl::Status& status, const char* key) {
  auto cord = status.GetPayload(key);
  return cord ? std::string(*cord) : "";
}

}  // namespace

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message, Metadata metadata) {
  return RebuildError(code, fmt::format("{}: {}", reason, message), reason, {metadata.begin(), metadata.end()}, {});
}

absl::Status RebuildError(absl::StatusCode code, std::string_view message, std::string_view reason,
                          const std::map<std::string, std::string>& metadata,
                          const std::vector<std::pair<std::string, std::string>>& violations) {
  absl::Status status(code, std::string(message));
  if (!reason.empty()) status.SetPayload(kReason, absl::Cord(std::string(reason)));
  for (const auto& [key, value] : metadata) status.SetPayload(fmt::format("{}{}", kMetadata, key), absl::Cord(value));
  for (size_t i = 0; i < violations.size(); ++i) {
    status.SetPayload(fmt::format("{}{:06}/{}", kField, i, violations[i].first), absl::Cord(violations[i].second));
  }
  return status;
}

absl::Status BadField(std::string_view field, std::string_view rule) {
  FieldErrors errors;
  errors.Add(field, rule);
  return errors.status();
}

void FieldErrors::Add(std::string_view field, std::string_view rule) {
  violations_.emplace_back(std::string(field), std::string(rule));
}

void FieldErrors::Add(const absl::Status& bad_field) {
  if (bad_field.ok()) return;
  auto violations = FieldViolationsOf(bad_field);
  if (violations.empty()) other_ = bad_field;
  violations_.insert(violations_.end(), violations.begin(), violations.end());
}

absl::Status FieldErrors::status() const {
  if (!other_.ok() || violations_.empty()) return other_;
  const auto& [field, rule] = violations_.front();
  std::string more = violations_.size() > 1 ? fmt::format(" (and {} more)", violations_.size() - 1) : "";
  return RebuildError(absl::StatusCode::kInvalidArgument, fmt::format("BAD_FIELD: {}: {}{}", field, rule, more),
                      "BAD_FIELD", {{"field", field}, {"rule", rule}}, violations_);
}

std::string ReasonOf(const absl::Status& status) { return Get(status, kReason); }

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  std::map<std::string, std::string> out;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    std::string_view key(url.data(), url.size());
    if (key.starts_with(kMetadata)) out[std::string(key.substr(kMetadata.size()))] = std::string(value);
  });
  return out;
}

std::vector<std::pair<std::string, std::string>> FieldViolationsOf(const absl::Status& status) {
  std::map<std::string, std::string> ordered;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    std::string_view key(url.data(), url.size());
    if (key.starts_with(kField)) ordered[std::string(key.substr(kField.size()))] = std::string(value);
  });
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [key, rule] : ordered) out.emplace_back(key.substr(7), rule);  // 6 digits and a slash
  return out;
}

absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  status.SetPayload(kRetry, absl::Cord(std::to_string(absl::ToInt64Nanoseconds(delay))));
  return status;
}

absl::Duration RetryAfterOf(const absl::Status& status) {
  std::string text = Get(status, kRetry);
  int64_t nanoseconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), nanoseconds);
  return absl::Nanoseconds(nanoseconds);
}

}  // namespace gridwork
