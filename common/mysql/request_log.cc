#include "common/mysql/request_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/mysql/named_lock.h"

namespace gridwork::mysql {
namespace {

constexpr char kFind[] =
    "SELECT method, body_hmac, response FROM request_log WHERE day = ? AND caller = ? AND request_id = ?";
constexpr char kInsert[] =
    "INSERT INTO request_log (day, caller, request_id, method, body_hmac, response) VALUES (?, ?, ?, ?, ?, ?)";
constexpr char kPartitions[] =
    "SELECT partition_name AS name, CAST(partition_description AS SIGNED) AS less_than FROM "
    "information_schema.partitions "
    "WHERE table_schema = DATABASE() AND table_name = 'request_log' AND partition_name <> 'p_floor' ORDER BY 2";

std::string Bytes(const std::array<uint8_t, 32>& hmac) { return {hmac.begin(), hmac.end()}; }

int64_t DayOf(absl::Time time) {
  return absl::ToInt64Hours(absl::Floor(time - absl::UnixEpoch(), absl::Hours(24))) / 24;
}

absl::Status Maintain(Connection& connection, int64_t today) {
  ASSIGN_OR_RETURN(Rows partitions, connection.Query(kPartitions));
  int64_t next = today - RequestLogPartitions::kDaysBack;
  std::string old;
  for (Row row : partitions) {
    int64_t less_than = row.Get<int64_t>("less_than");
    if (less_than <= today - RequestLogPartitions::kDaysBack) {
      old += fmt::format("{}{}", old.empty() ? "" : ", ", row.Get<std::string>("name"));
    }
    next = std::max(next, less_than);
  }
  std::string fresh;
  for (; next <= today + RequestLogPartitions::kDaysAhead; ++next) {
    fresh += fmt::format("{}PARTITION p{} VALUES LESS THAN ({})", fresh.empty() ? "" : ", ", next, next + 1);
  }
  if (!fresh.empty()) RETURN_IF_ERROR(connection.Run(fmt::format("ALTER TABLE request_log ADD PARTITION ({})", fresh)));
  if (!old.empty()) RETURN_IF_ERROR(connection.Run(fmt::format("ALTER TABLE request_log DROP PARTITION {}", old)));
  return absl::OkStatus();
}

}  // namespace

int64_t RequestDay(const Uuid& request_id) { return DayOf(request_id.Time()); }

absl::StatusOr<std::optional<std::string>> FindRequest(Connection& connection, const RequestKey& key) {
  ASSIGN_OR_RETURN(Rows rows, connection.Query(kFind, RequestDay(key.request_id), key.caller, key.request_id));
  if (rows.empty()) return std::nullopt;
  if (rows[0].Get<std::string>("method") != key.method ||
      rows[0].Get<std::string>("body_hmac") != Bytes(key.body_hmac)) {
    return Error(absl::StatusCode::kFailedPrecondition, "REQUEST_ID_REUSED",
                 "this request_id was used for another request");
  }
  return rows[0].Get<std::string>("response");
}

absl::Status InsertRequest(Transaction& transaction, const RequestKey& key, std::string_view response) {
  absl::Status status = transaction
                            .Execute(kInsert, RequestDay(key.request_id), key.caller, key.request_id, key.method,
                                     Bytes(key.body_hmac), response)
                            .status();
  if (MetadataOf(status)["errno"] == "1526") {  // no partition for this value
    return Error(absl::StatusCode::kFailedPrecondition, "REQUEST_ID_OUT_OF_RANGE",
                 "the time of this request_id is too far from now");
  }
  return status;
}

absl::Status RequestLogPartitions::Maintain(absl::Time now, absl::Time deadline) {
  ASSIGN_OR_RETURN(Lease lease, pool_.Acquire(deadline));
  ASSIGN_OR_RETURN(auto lock, NamedLock::Try(*lease, "request_log", absl::ZeroDuration()));
  if (!lock) return absl::OkStatus();
  return mysql::Maintain(*lease, DayOf(now));
}

}  // namespace gridwork::mysql
