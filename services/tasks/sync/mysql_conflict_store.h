// ConflictStore in MariaDB or MySQL: table place_conflict.
#pragma once
#include <vector>

#include "common/mysql/database.h"
#include "services/tasks/place_store.h"
#include "services/tasks/sync/conflict_store.h"

namespace gridwork::tasks {

class MysqlConflictStore : public ConflictStore {  // Thread-safe.
 public:
  MysqlConflictStore(mysql::Database& database, PlaceStore& places) : database_(database), places_(places) {}

  absl::StatusOr<Conflict> Find(const Uuid& id) override;
  absl::StatusOr<auth::Page<Conflict>> List(const auth::Scope& scope, const ConflictQuery& query) override;
  absl::Status Add(Unit& unit, const std::vector<Conflict>& conflicts) override;
  absl::StatusOr<Conflict> Lock(Unit& unit, const Uuid& id) override;
  absl::Status Decide(Unit& unit, const Conflict& conflict) override;
  absl::StatusOr<absl::Time> Now(Unit& unit) override;
  absl::StatusOr<ConflictCounts> Count() override;
  absl::Status Forget() override;

 private:
  mysql::Database& database_;
  PlaceStore& places_;
};

}  // namespace gridwork::tasks
