// AttemptStore on MySQL.
#pragma once
#include <atomic>

#include "common/mysql/database.h"
#include "services/identity/limits/attempt_store.h"

namespace gridwork::identity {

class MysqlAttemptStore : public AttemptStore {
 public:
  explicit MysqlAttemptStore(mysql::Database& database) : database_(database) {}

  absl::StatusOr<AttemptAnswer> Begin(const AttemptSubject& subject, const AttemptRule& rule, absl::Time now) override;
  absl::StatusOr<absl::Duration> Look(const AttemptSubject& subject, absl::Time now) override;
  absl::Status Succeed(const AttemptSubject& subject) override;

 private:
  mysql::Database& database_;
  std::atomic<uint32_t> begun_ = 0;
};

}  // namespace gridwork::identity
