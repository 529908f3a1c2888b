#include "services/identity/keys/mysql_signing_key_store.h"

#include <absl/time/clock.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/mysql/transaction.h"

namespace gridwork::identity {
namespace {

constexpr char kList[] =
    "SELECT sequence, kid, public_key, sealed_seed, created_us, active_us, retiring_us, gone_us FROM signing_key"
    " ORDER BY sequence";
constexpr char kInsert[] =
    "INSERT INTO signing_key (sequence, kid, public_key, sealed_seed, created_us, active_us, retiring_us, gone_us)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kRemoveGone[] = "DELETE FROM signing_key WHERE gone_us <= ?";

absl::Time Soon() { return absl::Now() + absl::Seconds(5); }

}  // namespace

absl::StatusOr<std::vector<StoredKey>> MysqlSigningKeyStore::List() {
  ASSIGN_OR_RETURN(mysql::Rows rows, database_.Query(Soon(), kList));
  std::vector<StoredKey> keys;
  for (mysql::Row row : rows) {
    StoredKey& key = keys.emplace_back();
    key.sequence = row.Get<int64_t>("sequence");
    key.kid = row.Get<std::string>("kid");
    const auto bytes = row.Get<std::string>("public_key");
    std::copy_n(bytes.begin(), std::min(bytes.size(), key.public_key.size()), key.public_key.begin());
    key.sealed_seed = row.Get<std::string>("sealed_seed");
    key.dates = {.created = row.Get<absl::Time>("created_us"),
                 .active = row.Get<absl::Time>("active_us"),
                 .retiring = row.Get<absl::Time>("retiring_us"),
                 .gone = row.Get<absl::Time>("gone_us")};
  }
  return keys;
}

absl::Status MysqlSigningKeyStore::Insert(const StoredKey& key) {
  std::string public_key(key.public_key.begin(), key.public_key.end());
  absl::Status status = database_.RunInTransaction(Soon(), [&](mysql::Transaction& transaction) {
    return transaction
        .Execute(kInsert, key.sequence, key.kid, public_key, key.sealed_seed, key.dates.created, key.dates.active,
                 key.dates.retiring, key.dates.gone)
        .status();
  });
  if (!absl::IsAlreadyExists(status)) return status;
  return Error(absl::StatusCode::kAlreadyExists, "SIGNING_KEY_MADE", "another replica made this key");
}

absl::Status MysqlSigningKeyStore::RemoveGone(absl::Time now) {
  return database_.RunInTransaction(
      Soon(), [&](mysql::Transaction& transaction) { return transaction.Execute(kRemoveGone, now).status(); });
}

}  // namespace gridwork::identity
