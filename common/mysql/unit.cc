#include "common/mysql/unit.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/mysql/errors.h"
#include "common/mysql/request_log.h"

namespace gridwork::mysql {
namespace {

constexpr absl::Duration kLongestFence = absl::Seconds(10);

absl::Status CommitLost() {
  return Error(absl::StatusCode::kAborted, "COMMIT_LOST", "the answer to COMMIT was lost and nothing is stored yet");
}

absl::Status OutcomeUnknown() {
  return WithRetryAfter(Error(absl::StatusCode::kUnavailable, "OUTCOME_UNKNOWN",
                              "it is not known whether this was stored; repeat it with the same request_id"),
                        absl::Seconds(1));
}

bool WorthAnotherTry(const absl::Status& status) { return IsRetryable(status) || ReasonOf(status) == "COMMIT_LOST"; }

// The database did not refuse anything: no other call with the same key can be the cause.
bool IsAboutTheDatabase(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kDeadlineExceeded ||
         status.code() == absl::StatusCode::kResourceExhausted;
}

}  // namespace

absl::StatusOr<std::optional<std::string>> MysqlUnits::FindResponse(const RequestKey& key) {
  // A read may be repeated: a connection that died while it lay idle is replaced by a fresh one.
  for (bool again : {true, false}) {
    absl::StatusOr<std::optional<std::string>> found;
    {
      ASSIGN_OR_RETURN(Lease lease, pool_.Acquire(absl::InfiniteFuture()));
      found = FindRequest(*lease, key);
      if (!found.ok() && again && lease->broken()) continue;
    }
    // Its commit may be seen before it is on disk; the answer to it says that it is.
    if (found.ok() && *found) RETURN_IF_ERROR(fence_.Pass(absl::Now() + kLongestFence));
    return found;
  }
  return std::nullopt;
}

absl::StatusOr<std::string> MysqlUnits::Run(const RequestKey& key, absl::Time deadline,
                                            const std::function<absl::StatusOr<std::string>(Unit&)>& body) {
  Backoff backoff(sleep_, deadline);
  for (;;) {
    auto response = Try(key, deadline, body);
    if (!WorthAnotherTry(response.status())) return response;
    bool lost = ReasonOf(response.status()) == "COMMIT_LOST";
    if (!backoff.Wait()) return lost ? OutcomeUnknown() : response;
    ++retries_;
  }
}

absl::StatusOr<std::string> MysqlUnits::Try(const RequestKey& key, absl::Time deadline,
                                            const std::function<absl::StatusOr<std::string>(Unit&)>& body) {
  Transaction transaction(pool_, deadline);
  auto response = body(transaction);
  absl::Status status = response.status();
  if (status.ok()) status = InsertRequest(transaction, key, *response);
  if (!transaction.failure().ok()) status = transaction.failure();  // even if the body has swallowed it
  if (status.ok()) status = transaction.Commit();
  if (!status.ok()) return Settle(key, transaction, status);
  transaction.RunAfterCommit();
  return response;
}

// Nothing is committed, or nobody knows. Two cases need a look into the request log:
// * The transaction met a refusal (its row in the log is there, an etag has moved on, a name is taken): the cause may
// be another call
//   with the same key that was faster. Then its answer is the answer. Whatever it changed was visible to us, so its row
//   is too.
// * The answer to COMMIT was lost. If the row is there, it was committed. If not, the old session may still be at it,
// and yet another
//   try is safe: it inserts the same row, so it waits for the old session's lock and then finds a duplicate, or is
//   alone.
absl::StatusOr<std::string> MysqlUnits::Settle(const RequestKey& key, Transaction& transaction,
                                               const absl::Status& failure) {
  bool lost = transaction.outcome_unknown();
  bool look = lost || (transaction.began() && !IsRetryable(failure) && !IsAboutTheDatabase(failure));
  if (!look) return failure;
  if (lost) ++commits_lost_;
  transaction.Rollback();

  auto stored = FindResponse(key);
  if (ReasonOf(stored.status()) == "REQUEST_ID_REUSED") return stored.status();
  if (!stored.ok()) return lost ? OutcomeUnknown() : stored.status();
  if (!*stored) return lost ? CommitLost() : failure;
  if (lost) {
    transaction.RunAfterCommit();
  } else {
    ++duplicates_;
  }
  return **stored;
}

}  // namespace gridwork::mysql
