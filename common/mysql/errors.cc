#include "common/mysql/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "common/base/error.h"

namespace gridwork::mysql {
namespace {

constexpr absl::Duration kComeBack = absl::Seconds(1);

// "Duplicate entry 'x' for key 'name'" (MySQL 8: 'table.name'). The entry is a caller's text, so only the last match
// counts.
std::string_view KeyName(std::string_view text) {
  constexpr std::string_view kBefore = "for key '";
  size_t at = text.rfind(kBefore);
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + kBefore.size());
  text = text.substr(0, text.find('\''));
  size_t dot = text.find('.');
  return dot == std::string_view::npos ? text : text.substr(dot + 1);
}

// "CONSTRAINT `name` failed for ..." (MariaDB), "Check constraint 'name' is violated." (MySQL), "... CONSTRAINT `name`
// FOREIGN KEY".
std::string_view ConstraintName(std::string_view text) {
  for (std::string_view before : {"CONSTRAINT `", "constraint '"}) {
    size_t at = text.find(before);
    if (at == std::string_view::npos) continue;
    text.remove_prefix(at + before.size());
    return text.substr(0, text.find_first_of("`'"));
  }
  return "";
}

// Their texts name columns and tables of ours, or quote a statement, which has `?` where the values are.
bool TextHoldsNoValue(int code) {
  constexpr int kCodes[] = {1046, 1048, 1049, 1050, 1051, 1054, 1060, 1061, 1064, 1091, 1136,
                            1142, 1146, 1264, 1364, 1406, 1451, 1452, 1505, 1517, 1526};
  return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

absl::Status Constraint(std::string_view text) {
  std::string_view name = ConstraintName(text);
  return Error(absl::StatusCode::kFailedPrecondition, "CONSTRAINT",
               fmt::format("the constraint {} does not hold", name), {{"constraint", name}});
}

}  // namespace

absl::Status StatusOf(int code, std::string_view text) {
  switch (code) {
    case 1022:
    case 1062: {
      std::string_view key = KeyName(text);
      return Error(absl::StatusCode::kAlreadyExists, "DUPLICATE", fmt::format("the key {} is taken", key),
                   {{"key", key}});
    }
    case 1213:
      return Error(absl::StatusCode::kAborted, "DEADLOCK", "another transaction was in the way");
    case 1205:
      return Error(absl::StatusCode::kAborted, "LOCK_WAIT", "another transaction held a lock for too long");
    case 1451:
    case 1452:
    case 3819:
    case 4025:
      return Constraint(text);
    case 1290:
    case 1792:
    case 1836:
      return WithRetryAfter(
          Error(absl::StatusCode::kUnavailable, "DATABASE_READ_ONLY", "the database takes no writes now"), kComeBack);
    case 1040:
    case 1203:
    case 1226:
      return Busy("the database has too many connections");
    case 1317:
    case 1969:
    case 3024:
      return Error(absl::StatusCode::kDeadlineExceeded, "DATABASE_SLOW", "the statement was ended: it took too long");
    default:
      break;
  }
  if (code != 0 && BreaksConnection(code))
    return Away(fmt::format("the connection to the database was lost ({})", code));
  return Error(absl::StatusCode::kInternal, "DATABASE_ERROR",
               fmt::format("error {} of the database{}{}", code, TextHoldsNoValue(code) ? ": " : "",
                           TextHoldsNoValue(code) ? text : ""),
               {{"errno", std::to_string(code)}});
}

absl::Status Away(std::string_view message) {
  return WithRetryAfter(Error(absl::StatusCode::kUnavailable, "DATABASE_AWAY", message), kComeBack);
}

absl::Status Busy(std::string_view message) {
  return WithRetryAfter(Error(absl::StatusCode::kResourceExhausted, "DATABASE_BUSY", message), kComeBack);
}

absl::Status TooLate() {
  return Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE", "the time of this call is over");
}

bool IsRetryable(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kAborted) return false;
  std::string reason = ReasonOf(status);
  return reason == "DEADLOCK" || reason == "LOCK_WAIT";
}

bool BreaksConnection(int code) {
  if (code == 0 || (code >= 2000 && code < 3000)) return true;
  // Shutdown, network errors as the server saw them, connection killed (MariaDB, MySQL), disconnected while idle.
  constexpr int kCodes[] = {1053, 1152, 1153, 1158, 1159, 1160, 1161, 1184, 1927, 3169, 4031};
  return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

}  // namespace gridwork::mysql
