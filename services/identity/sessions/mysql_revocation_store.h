// RevocationStore on MySQL.
#pragma once
#include "common/mysql/database.h"
#include "services/identity/sessions/revocation_store.h"

namespace gridwork::identity {

class MysqlRevocationStore : public RevocationStore {
 public:
  explicit MysqlRevocationStore(mysql::Database& database) : database_(database) {}

  absl::Status Add(Unit& unit, const auth::Revocation& revocation, absl::Time now) override;
  absl::StatusOr<auth::RevocationPage> Read(const std::string& cursor, size_t limit) override;

 private:
  mysql::Database& database_;
};

}  // namespace gridwork::identity
