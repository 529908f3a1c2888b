// What committed transactions told the relays (Transaction::AddToOutbox). A relay takes the oldest rows, applies them,
// and removes them. It keeps no cursor: ids are handed out before commit, so "id > cursor" would skip rows of slower
// transactions.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mysql/database.h"

namespace gridwork::mysql {

struct OutboxRow {
  int64_t id = 0;
  std::string entity;
  absl::Time created;
};

// Thread-safe. Several relays may take the same rows: applying one must be idempotent.
class Outbox {
 public:
  explicit Outbox(Database& database) : database_(database) {}

  absl::StatusOr<std::vector<OutboxRow>> Take(std::string_view topic, int limit, absl::Time deadline);
  // Removes rows that were applied; those that are gone already do not matter.
  absl::Status Remove(const std::vector<int64_t>& ids, absl::Time deadline);

 private:
  Database& database_;
};

}  // namespace gridwork::mysql
