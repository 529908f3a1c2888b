#include "common/mysql/database.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/mysql/errors.h"

namespace gridwork::mysql {

absl::StatusOr<Rows> Database::QueryWith(absl::Time deadline, std::string_view sql, const Params& params) {
  for (bool again : {true, false}) {
    ASSIGN_OR_RETURN(Lease lease, pool_.Acquire(deadline));
    auto rows = lease->QueryWith(sql, params);
    if (rows.ok() || !again || !lease->broken()) return rows;
  }
  return Rows();
}

absl::Status Database::RunInTransaction(absl::Time deadline, const std::function<absl::Status(Transaction&)>& body) {
  Backoff backoff(sleep_, deadline);
  for (;;) {
    Transaction transaction(pool_, deadline);
    absl::Status status = body(transaction);
    if (!transaction.failure().ok()) status = transaction.failure();
    if (status.ok()) status = transaction.Commit();
    if (status.ok()) transaction.RunAfterCommit();
    if (transaction.outcome_unknown()) {
      return WithRetryAfter(
          Error(absl::StatusCode::kUnavailable, "OUTCOME_UNKNOWN", "it is not known whether this was stored"),
          absl::Seconds(1));
    }
    transaction.Rollback();  // before the pause: others can use the connection
    if (!IsRetryable(status) || !backoff.Wait()) return status;
  }
}

absl::Status Database::ReadSnapshot(absl::Time deadline, const std::function<absl::Status(Transaction&)>& body) {
  for (bool again : {true, false}) {
    Transaction transaction(pool_, deadline, Transaction::Mode::kSnapshot);
    absl::Status status = body(transaction);
    if (!transaction.failure().ok()) status = transaction.failure();
    if (!again || ReasonOf(status) != "DATABASE_AWAY" || !transaction.began()) return status;
  }
  return absl::OkStatus();
}

}  // namespace gridwork::mysql
