// Units of work on MySQL: each write in one transaction, together with its row in the request log.
#pragma once
#include <absl/time/clock.h>

#include <atomic>
#include <cstdint>

#include "common/base/unit.h"
#include "common/mysql/backoff.h"
#include "common/mysql/fence.h"
#include "common/mysql/pool.h"
#include "common/mysql/transaction.h"

namespace gridwork::mysql {

// Thread-safe. The schema needs the common migrations (migrate.h) and today's partition (RequestLogPartitions).
class MysqlUnits : public Units {
 public:
  explicit MysqlUnits(Pool& pool, Sleeper sleep = absl::SleepFor)
      : pool_(pool), fence_(pool, 2), sleep_(std::move(sleep)) {}

  absl::StatusOr<std::optional<std::string>> FindResponse(const RequestKey& key) override;

  // Beside what the interface says: UNAVAILABLE OUTCOME_UNKNOWN when the answer to COMMIT was lost and the database
  // could not be asked again; the caller repeats the request with the same id and learns it.
  absl::StatusOr<std::string> Run(const RequestKey& key, absl::Time deadline,
                                  const std::function<absl::StatusOr<std::string>(Unit&)>& body) override;

  struct Stats {
    uint64_t retries = 0;       // of deadlocks, lock waits and lost commits that were not there
    uint64_t duplicates = 0;    // another call with the same key was faster
    uint64_t commits_lost = 0;  // COMMIT without an answer
  };
  Stats stats() const { return {retries_, duplicates_, commits_lost_}; }

 private:
  absl::StatusOr<std::string> Try(const RequestKey& key, absl::Time deadline,
                                  const std::function<absl::StatusOr<std::string>(Unit&)>& body);
  absl::StatusOr<std::string> Settle(const RequestKey& key, Transaction& transaction, const absl::Status& failure);

  Pool& pool_;
  Fence fence_;
  const Sleeper sleep_;
  std::atomic<uint64_t> retries_ = 0;
  std::atomic<uint64_t> duplicates_ = 0;
  std::atomic<uint64_t> commits_lost_ = 0;
};

}  // namespace gridwork::mysql
