// Reads, and transactions of background jobs, which have no request and no request log.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/clock.h>

#include <functional>
#include <string_view>
#include <utility>

#include "common/mysql/backoff.h"
#include "common/mysql/pool.h"
#include "common/mysql/transaction.h"

namespace gridwork::mysql {

// Thread-safe.
class Database {
 public:
  explicit Database(Pool& pool, Sleeper sleep = absl::SleepFor) : pool_(pool), sleep_(std::move(sleep)) {}

  // One SELECT on its own. Repeated once when the connection turns out to be dead.
  template <class... P>
  absl::StatusOr<Rows> Query(absl::Time deadline, std::string_view sql, P&&... params) {
    return QueryWith(deadline, sql, Params{Param(std::forward<P>(params))...});
  }
  absl::StatusOr<Rows> QueryWith(absl::Time deadline, std::string_view sql, const Params& params);

  // Runs `body` in a transaction and commits when it returns OK; again, as a whole, after a deadlock or lock wait. A
  // COMMIT without an answer is UNAVAILABLE OUTCOME_UNKNOWN: a job must be able to meet its own work.
  absl::Status RunInTransaction(absl::Time deadline, const std::function<absl::Status(Transaction&)>& body);

  // Runs `body`, which only reads, on a snapshot; once more when its connection turns out to be dead.
  absl::Status ReadSnapshot(absl::Time deadline, const std::function<absl::Status(Transaction&)>& body);

 private:
  Pool& pool_;
  const Sleeper sleep_;
};

}  // namespace gridwork::mysql
