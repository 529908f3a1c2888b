#include "common/mysql/transaction.h"

#include <absl/time/clock.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

#include "common/base/status_macros.h"
#include "common/mysql/errors.h"
#include "common/mysql/feed.h"

namespace gridwork::mysql {
namespace {

constexpr char kNow[] = "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)";
constexpr std::string_view kInsertOutbox = "INSERT INTO outbox (topic, entity, created_us) VALUES ";
constexpr std::string_view kOutboxRow = "(?, ?, CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED))";
constexpr size_t kOutboxRowsAtOnce = 500;

}  // namespace

// A connection that died while it lay idle shows it here, where nothing is lost by taking another one.
absl::Status Transaction::Begin() {
  for (bool again : {true, false}) {
    ASSIGN_OR_RETURN(Lease lease, pool_.Acquire(deadline_));
    absl::Status begun = mode_ == Mode::kSnapshot ? lease->BeginSnapshot() : lease->Begin();
    if (begun.ok()) {
      lease_.emplace(std::move(lease));
      break;
    }
    if (!again || !lease->broken()) return begun;
  }
  return absl::OkStatus();
}

absl::Status Transaction::Ready() {
  RETURN_IF_ERROR(failure_);
  if (absl::Now() >= deadline_) return failure_ = TooLate();
  if (!lease_) return failure_ = Begin();
  return absl::OkStatus();
}

template <class T>
absl::StatusOr<T> Transaction::Checked(absl::StatusOr<T> result) {
  if (IsRetryable(result.status()) || (*lease_)->broken()) failure_ = result.status();
  return result;
}

absl::StatusOr<Rows> Transaction::QueryWith(std::string_view sql, const Params& params) {
  RETURN_IF_ERROR(Ready());
  return Checked((*lease_)->QueryWith(sql, params));
}

absl::StatusOr<int64_t> Transaction::ExecuteWith(std::string_view sql, const Params& params) {
  RETURN_IF_ERROR(Ready());
  return Checked((*lease_)->ExecuteWith(sql, params));
}

absl::StatusOr<absl::Time> Transaction::Now() {
  if (!now_) {
    ASSIGN_OR_RETURN(Rows rows, Query(kNow));
    now_ = rows[0].Get<absl::Time>(0);
  }
  return *now_;
}

void Transaction::AddToOutbox(std::string_view topic, std::string_view entity) {
  outbox_.emplace_back(std::string(topic), std::string(entity));
}

absl::Status Transaction::FlushOutbox() {
  for (size_t from = 0; from < outbox_.size(); from += kOutboxRowsAtOnce) {
    size_t to = std::min(outbox_.size(), from + kOutboxRowsAtOnce);
    std::string sql(kInsertOutbox);
    Params params;
    for (size_t i = from; i < to; ++i) {
      if (i > from) sql += ", ";
      sql += kOutboxRow;
      params.emplace_back(outbox_[i].first);
      params.emplace_back(outbox_[i].second);
    }
    RETURN_IF_ERROR(ExecuteWith(sql, params).status());
  }
  return absl::OkStatus();
}

absl::Status Transaction::Commit() {
  RETURN_IF_ERROR(FlushOutbox());
  // Last: from here on every other change of these grids waits.
  RETURN_IF_ERROR(WriteFeed(*this, feed_));
  RETURN_IF_ERROR(failure_);
  if (!lease_) return absl::OkStatus();
  if (absl::Now() >= deadline_) return failure_ = TooLate();
  absl::Status committed = (*lease_)->Commit();
  outcome_unknown_ = !committed.ok() && !IsRetryable(committed);
  lease_.reset();
  return committed;
}

void Transaction::RunAfterCommit() {
  for (const auto& action : after_commit_) {
    try {
      action();
    } catch (const std::exception& e) {
      spdlog::warn("mysql: an action after commit failed: {}", e.what());
    }
  }
}

}  // namespace gridwork::mysql
