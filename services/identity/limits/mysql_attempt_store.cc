#include "services/identity/limits/mysql_attempt_store.h"

#include <absl/time/clock.h>

#include <string>

#include "common/base/status_macros.h"
#include "common/mysql/transaction.h"

namespace gridwork::identity {
namespace {

// Takes the row's lock, whether it was there or not.
constexpr char kTouch[] =
    "INSERT INTO attempt (subject_sha256, failures, last_us, blocked_until_us) VALUES (?, 0, 0, 0)"
    " ON DUPLICATE KEY UPDATE failures = failures";
constexpr char kRead[] = "SELECT failures, last_us, blocked_until_us FROM attempt WHERE subject_sha256 = ? FOR UPDATE";
constexpr char kWrite[] = "UPDATE attempt SET failures = ?, last_us = ?, blocked_until_us = ? WHERE subject_sha256 = ?";
constexpr char kLook[] = "SELECT blocked_until_us FROM attempt WHERE subject_sha256 = ?";
constexpr char kSucceed[] = "DELETE FROM attempt WHERE subject_sha256 = ?";
constexpr char kForget[] = "DELETE FROM attempt WHERE last_us < ? ORDER BY last_us LIMIT 1000";

constexpr uint32_t kForgetEvery = 256;  // attempts
constexpr absl::Duration kKept = absl::Hours(48);

absl::Time Soon() { return absl::Now() + absl::Seconds(5); }
std::string Bytes(const AttemptSubject& subject) { return {subject.begin(), subject.end()}; }

}  // namespace

absl::StatusOr<AttemptAnswer> MysqlAttemptStore::Begin(const AttemptSubject& subject, const AttemptRule& rule,
                                                       absl::Time now) {
  AttemptAnswer answer;
  RETURN_IF_ERROR(database_.RunInTransaction(Soon(), [&](mysql::Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(transaction.Execute(kTouch, Bytes(subject)).status());
    ASSIGN_OR_RETURN(mysql::Rows rows, transaction.Query(kRead, Bytes(subject)));
    Attempts attempts{.failures = rows[0].Get<int>("failures"),
                      .last = rows[0].Get<absl::Time>("last_us"),
                      .blocked_until = rows[0].Get<absl::Time>("blocked_until_us")};
    answer = {.wait = WaitOf(attempts, now), .failures_before = attempts.failures};
    if (answer.wait > absl::ZeroDuration()) return absl::OkStatus();
    Attempts next = WithOneMore(attempts, rule, now);
    return transaction.Execute(kWrite, next.failures, next.last, next.blocked_until, Bytes(subject)).status();
  }));
  if (++begun_ % kForgetEvery == 0) {
    RETURN_IF_ERROR(database_.RunInTransaction(
        Soon(), [&](mysql::Transaction& transaction) { return transaction.Execute(kForget, now - kKept).status(); }));
  }
  return answer;
}

absl::StatusOr<absl::Duration> MysqlAttemptStore::Look(const AttemptSubject& subject, absl::Time now) {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kLook, Bytes(subject)));
  if (rows.empty()) return absl::ZeroDuration();
  return WaitOf({.blocked_until = rows[0].Get<absl::Time>(0)}, now);
}

absl::Status MysqlAttemptStore::Succeed(const AttemptSubject& subject) {
  return database_.RunInTransaction(
      Soon(), [&](mysql::Transaction& transaction) { return transaction.Execute(kSucceed, Bytes(subject)).status(); });
}

}  // namespace gridwork::identity
