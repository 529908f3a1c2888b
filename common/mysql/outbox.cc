#include "common/mysql/outbox.h"

#include <algorithm>

#include "common/base/status_macros.h"

namespace gridwork::mysql {
namespace {

constexpr char kTake[] = "SELECT id, entity, created_us FROM outbox WHERE topic = ? ORDER BY id LIMIT ?";
constexpr size_t kIdsAtOnce = 1000;

}  // namespace

absl::StatusOr<std::vector<OutboxRow>> Outbox::Take(std::string_view topic, int limit, absl::Time deadline) {
  ASSIGN_OR_RETURN(Rows rows, database_.Query(deadline, kTake, topic, limit));
  std::vector<OutboxRow> out;
  out.reserve(rows.size());
  for (Row row : rows) {
    out.push_back({row.Get<int64_t>("id"), row.Get<std::string>("entity"), row.Get<absl::Time>("created_us")});
  }
  return out;
}

absl::Status Outbox::Remove(const std::vector<int64_t>& ids, absl::Time deadline) {
  for (size_t from = 0; from < ids.size(); from += kIdsAtOnce) {
    size_t to = std::min(ids.size(), from + kIdsAtOnce);
    std::string sql = "DELETE FROM outbox WHERE id IN (?";
    for (size_t i = from + 1; i < to; ++i) sql += ", ?";
    sql += ")";
    Params params(ids.begin() + static_cast<ptrdiff_t>(from), ids.begin() + static_cast<ptrdiff_t>(to));
    RETURN_IF_ERROR(database_.RunInTransaction(
        deadline, [&](Transaction& transaction) { return transaction.ExecuteWith(sql, params).status(); }));
  }
  return absl::OkStatus();
}

}  // namespace gridwork::mysql
