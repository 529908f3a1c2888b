// SessionStore on MySQL.
#pragma once
#include "common/mysql/database.h"
#include "services/identity/sessions/session_store.h"

namespace gridwork::identity {

class MysqlSessionStore : public SessionStore {
 public:
  explicit MysqlSessionStore(mysql::Database& database) : database_(database) {}

  absl::StatusOr<Session> Lock(Unit& unit, const Uuid& id) override;
  absl::Status Put(Unit& unit, const Session& session) override;
  absl::Status End(Unit& unit, const Uuid& id) override;
  absl::Status EndOfDevice(Unit& unit, const Uuid& device) override;
  absl::Status EndOfStaff(Unit& unit, const Uuid& staff) override;
  absl::Status RemoveOver(absl::Time rotated_before) override;

 private:
  mysql::Database& database_;
};

}  // namespace gridwork::identity
