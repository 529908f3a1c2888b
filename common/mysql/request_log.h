// The table that makes writes idempotent: which requests were carried out, and what was answered. One partition a day,
// so that a day that nobody may ask for any more is dropped in no time.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/base/unit.h"
#include "common/mysql/pool.h"
#include "common/mysql/transaction.h"

namespace gridwork::mysql {

// The partition of a request: the day (since 1970) of its id. Never that of its arrival: a retry after midnight would
// find nothing.
int64_t RequestDay(const Uuid& request_id);

// The stored response; see Units::FindResponse.
absl::StatusOr<std::optional<std::string>> FindRequest(Connection& connection, const RequestKey& key);

// ALREADY_EXISTS DUPLICATE when another call was faster; FAILED_PRECONDITION REQUEST_ID_OUT_OF_RANGE when there is no
// partition.
absl::Status InsertRequest(Transaction& transaction, const RequestKey& key, std::string_view response);

// Keeps the partitions of the request log around today.
class RequestLogPartitions {
 public:
  static constexpr int kDaysBack = 31;  // ids are good for 30 days
  static constexpr int kDaysAhead = 2;  // and may be a day ahead

  explicit RequestLogPartitions(Pool& pool) : pool_(pool) {}

  // Makes the partitions from kDaysBack before `now` to kDaysAhead after it that are missing, and drops what is older.
  // Idempotent; for the start and once an hour. Several processes may call it at the same time: one works, the others
  // return at once. The database user needs ALTER, CREATE and DROP on request_log.
  absl::Status Maintain(absl::Time now, absl::Time deadline);

 private:
  Pool& pool_;
};

}  // namespace gridwork::mysql
