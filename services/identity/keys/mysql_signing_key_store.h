// SigningKeyStore on MySQL.
#pragma once
#include "common/mysql/database.h"
#include "services/identity/keys/signing_key_store.h"

namespace gridwork::identity {

class MysqlSigningKeyStore : public SigningKeyStore {
 public:
  explicit MysqlSigningKeyStore(mysql::Database& database) : database_(database) {}

  absl::StatusOr<std::vector<StoredKey>> List() override;
  absl::Status Insert(const StoredKey& key) override;
  absl::Status RemoveGone(absl::Time now) override;

 private:
  mysql::Database& database_;
};

}  // namespace gridwork::identity
