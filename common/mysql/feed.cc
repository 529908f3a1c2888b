#include "common/mysql/feed.h"

#include <absl/random/random.h>
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/mysql/named_lock.h"
#include "common/mysql/predicates.h"

namespace gridwork::mysql {
namespace {

#define EPOCH_HERE "(SELECT epoch FROM sync_boot WHERE server = @@server_id)"
#define NOW_US "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"

constexpr char kEpoch[] = "SELECT " EPOCH_HERE;
constexpr char kInsertEpoch[] = "INSERT INTO sync_epoch (epoch, opened_us) VALUES (?, " NOW_US ")";
constexpr char kInsertBases[] = "INSERT INTO sync_base (epoch, grid, version) SELECT ?, grid, version FROM sync_clock";
constexpr char kInsertBoot[] = "INSERT INTO sync_boot (server, epoch) VALUES (@@server_id, ?)";

constexpr char kTakeVersions[] =
    "INSERT INTO sync_clock (grid, version, floor) VALUES {} ON DUPLICATE KEY UPDATE version = version + "
    "VALUES(version)";
constexpr char kTaken[] = "SELECT grid, version, " EPOCH_HERE " FROM sync_clock WHERE grid IN ({})";
constexpr char kPutEntries[] =
    "INSERT INTO sync_entry (grid, kind, id, version, gone, bytes, hash, changed_us) VALUES {} ON DUPLICATE KEY UPDATE "
    "version = VALUES(version), gone = VALUES(gone), bytes = VALUES(bytes), hash = VALUES(hash), "
    "changed_us = VALUES(changed_us)";
constexpr size_t kRowsAtOnce = 500;

constexpr char kHeads[] = "SELECT grid, version, floor FROM sync_clock WHERE {} ORDER BY grid";
constexpr char kSizes[] =
    "SELECT grid, CAST(SUM(NOT gone) AS SIGNED), CAST(SUM(IF(gone, 0, bytes)) AS SIGNED), BIT_XOR(hash) "
    "FROM sync_entry WHERE grid IN ({}) GROUP BY grid";
constexpr char kAfter[] =
    "SELECT kind, id, version, gone FROM sync_entry WHERE grid = ? AND version > ? ORDER BY version LIMIT ?";
constexpr char kBaseAfter[] =
    "SELECT COALESCE(b.version, 0) FROM sync_epoch o "
    "JOIN sync_epoch n ON n.seq = (SELECT MIN(seq) FROM sync_epoch WHERE seq > o.seq) "
    "LEFT JOIN sync_base b ON b.epoch = n.epoch AND b.grid = ? WHERE o.epoch = ?";

constexpr char kOldTombstones[] =
    "SELECT grid, kind, id, version FROM sync_entry WHERE gone AND changed_us < ? ORDER BY grid, version LIMIT ? "
    "FOR UPDATE SKIP LOCKED";
constexpr char kRaiseFloor[] = "UPDATE sync_clock SET floor = GREATEST(floor, ?) WHERE grid = ?";
constexpr char kDropEntry[] = "DELETE FROM sync_entry WHERE grid = ? AND kind = ? AND id = ? AND version = ? AND gone";
// An epoch ends when the next one opens: those before the newest that opened so long ago ended before that. The inner
// SELECT is a table of its own because MySQL deletes from no table that it reads.
#define ENDED_BEFORE "(SELECT seq FROM (SELECT MAX(seq) AS seq FROM sync_epoch WHERE opened_us < ?) AS ended)"
constexpr char kDropBases[] =
    "DELETE FROM sync_base WHERE epoch IN (SELECT epoch FROM sync_epoch WHERE seq < " ENDED_BEFORE ")";
constexpr char kDropEpochs[] = "DELETE FROM sync_epoch WHERE seq < " ENDED_BEFORE;

constexpr absl::Duration kLongestOpening = absl::Seconds(20);

absl::Status NoEpoch() {
  return Error(absl::StatusCode::kUnavailable, "EPOCH_NOT_OPEN", "the change feed of this server is not open yet");
}

absl::StatusOr<std::optional<int64_t>> EpochHere(Connection& connection) {
  ASSIGN_OR_RETURN(Rows rows, connection.Query(kEpoch));
  return rows[0].Get<std::optional<int64_t>>(0);
}

absl::Status WriteEpoch(Connection& connection) {
  const int64_t epoch = absl::Uniform<int64_t>(absl::IntervalOpen, absl::BitGen(), 0, INT64_MAX);
  RETURN_IF_ERROR(connection.Begin());
  RETURN_IF_ERROR(connection.Execute(kInsertEpoch, epoch).status());
  RETURN_IF_ERROR(connection.Execute(kInsertBases, epoch).status());
  RETURN_IF_ERROR(connection.Commit());
  // Only now, and not in the transaction: the bases are on disk before anybody can take a version or answer with one.
  return connection.Execute(kInsertBoot, epoch).status();
}

// The last change of each record in each grid; grids in ascending order, in which all transactions lock.
using Changes = std::map<std::string, std::map<std::pair<std::string, Uuid>, const FeedChange*>>;

absl::Status PutEntries(Transaction& transaction, const Params& rows) {
  constexpr size_t kColumns = 7;
  std::string row = fmt::format("({}, {})", Placeholders(kColumns), NOW_US);
  std::string values;
  for (size_t i = 0; i < rows.size() / kColumns; ++i) values += i == 0 ? row : ", " + row;
  return transaction.ExecuteWith(fmt::format(kPutEntries, values), rows).status();
}

}  // namespace

uint64_t FeedHash(std::string_view kind, const Uuid& id, int64_t version) {
  const Sha256 hash = Sha256Of(fmt::format("{}/{}/{}", kind, id.ToString(), version));
  uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out = out << 8 | hash[i];
  return out;
}

absl::Status OpenEpoch(Connection& connection) {
  ASSIGN_OR_RETURN(auto epoch, EpochHere(connection));
  if (epoch) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto lock, NamedLock::Try(connection, "sync_epoch", kLongestOpening));
  if (!lock) return NoEpoch();
  ASSIGN_OR_RETURN(epoch, EpochHere(connection));
  return epoch ? absl::OkStatus() : WriteEpoch(connection);
}

absl::Status WriteFeed(Transaction& transaction, const std::vector<FeedChange>& changes) {
  if (changes.empty()) return absl::OkStatus();
  Changes last;
  for (const FeedChange& change : changes) last[change.grid][{change.kind, change.id}] = &change;

  Params steps, grids;
  for (const auto& [grid, records] : last) {
    steps.insert(steps.end(), {grid, records.size(), 0});
    grids.emplace_back(grid);
  }
  RETURN_IF_ERROR(transaction.ExecuteWith(fmt::format(kTakeVersions, PlaceholderRows(last.size(), 3)), steps).status());
  ASSIGN_OR_RETURN(Rows taken, transaction.QueryWith(fmt::format(kTaken, Placeholders(last.size())), grids));
  std::map<std::string, int64_t> clocks;
  for (Row row : taken) {
    if (row.IsNull(2)) return NoEpoch();
    clocks[row.Get<std::string>(0)] = row.Get<int64_t>(1);
  }

  Params rows;
  for (const auto& [grid, records] : last) {
    int64_t version = clocks.at(grid) - static_cast<int64_t>(records.size());
    for (const auto& [key, change] : records) {
      ++version;
      uint64_t hash = change->gone ? 0 : FeedHash(change->kind, change->id, version);
      rows.insert(rows.end(), {grid, change->kind, change->id, version, change->gone, change->gone ? 0 : change->bytes,
                               static_cast<int64_t>(hash)});
      if (rows.size() >= kRowsAtOnce * 7) {
        RETURN_IF_ERROR(PutEntries(transaction, rows));
        rows.clear();
      }
    }
  }
  return rows.empty() ? absl::OkStatus() : PutEntries(transaction, rows);
}

// ---- reading

absl::Status FeedSnapshot::ReadEpoch() {
  ASSIGN_OR_RETURN(Rows rows, transaction_.Query(kEpoch));
  if (rows[0].IsNull(0)) return NoEpoch();
  epoch_ = rows[0].Get<int64_t>(0);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<FeedHead>> FeedSnapshot::Heads(const std::vector<std::string>& areas) {
  Params params;
  std::string where = ScopePredicate("grid", areas, params);
  ASSIGN_OR_RETURN(Rows rows, transaction_.QueryWith(fmt::format(kHeads, where), params));
  std::vector<FeedHead> out;
  for (Row row : rows) {
    out.push_back({row.Get<std::string>(0), row.Get<int64_t>(1), row.Get<int64_t>(2)});
    seen_[out.back().grid] = out.back().version;
  }
  return out;
}

absl::StatusOr<std::map<std::string, FeedSize>> FeedSnapshot::Sizes(const std::vector<FeedHead>& heads) {
  std::map<std::string, FeedSize> out;
  std::vector<const FeedHead*> unknown;
  {
    MutexLock lock(feed_.mu_);
    for (const FeedHead& head : heads) {
      auto it = feed_.epoch_ == epoch_ ? feed_.sizes_.find(head.grid) : feed_.sizes_.end();
      if (it != feed_.sizes_.end() && it->second.version == head.version) {
        out[head.grid] = it->second.size;
      } else {
        unknown.push_back(&head);
      }
    }
  }
  for (size_t from = 0; from < unknown.size(); from += kRowsAtOnce) {
    Params grids;
    for (size_t i = from; i < std::min(unknown.size(), from + kRowsAtOnce); ++i) grids.emplace_back(unknown[i]->grid);
    ASSIGN_OR_RETURN(Rows rows, transaction_.QueryWith(fmt::format(kSizes, Placeholders(grids.size())), grids));
    for (Row row : rows)
      out[row.Get<std::string>(0)] = {row.Get<int64_t>(1), row.Get<int64_t>(2), row.Get<uint64_t>(3)};
  }
  MutexLock lock(feed_.mu_);
  if (feed_.epoch_ == epoch_) {
    for (const FeedHead* head : unknown) feed_.sizes_[head->grid] = {head->version, out[head->grid]};
  }
  return out;
}

absl::StatusOr<std::vector<FeedEntry>> FeedSnapshot::After(const std::string& grid, int64_t version, size_t limit) {
  ASSIGN_OR_RETURN(Rows rows, transaction_.Query(kAfter, grid, version, limit));
  std::vector<FeedEntry> out;
  for (Row row : rows)
    out.push_back({row.Get<std::string>(0), row.Get<Uuid>(1), row.Get<int64_t>(2), row.Get<bool>(3)});
  return out;
}

absl::StatusOr<std::optional<int64_t>> FeedSnapshot::BaseAfter(int64_t epoch, const std::string& grid) {
  ASSIGN_OR_RETURN(Rows rows, transaction_.Query(kBaseAfter, grid, epoch));
  if (rows.empty()) return std::nullopt;
  return rows[0].Get<int64_t>(0);
}

absl::Status Feed::Read(absl::Time deadline, const std::function<absl::Status(FeedSnapshot&)>& body) {
  int64_t epoch = 0;
  std::map<std::string, int64_t> seen;
  RETURN_IF_ERROR(database_.ReadSnapshot(deadline, [&](Transaction& transaction) -> absl::Status {
    FeedSnapshot snapshot(*this, transaction);
    RETURN_IF_ERROR(snapshot.ReadEpoch());
    epoch = snapshot.epoch();
    absl::Status status = body(snapshot);
    seen = std::move(snapshot.seen_);
    return status;
  }));
  if (IsDurable(epoch, seen)) return absl::OkStatus();
  RETURN_IF_ERROR(fence_.Pass(deadline));
  RememberDurable(epoch, seen);
  return absl::OkStatus();
}

bool Feed::IsDurable(int64_t epoch, const std::map<std::string, int64_t>& seen) const {
  MutexLock lock(mu_);
  if (epoch != epoch_) return false;
  return std::all_of(seen.begin(), seen.end(), [&](const auto& head) {
    auto it = durable_.find(head.first);
    return it != durable_.end() && it->second >= head.second;
  });
}

void Feed::RememberDurable(int64_t epoch, const std::map<std::string, int64_t>& seen) {
  MutexLock lock(mu_);
  if (epoch != epoch_) {
    epoch_ = epoch;
    durable_.clear();
    sizes_.clear();
  }
  for (const auto& [grid, version] : seen) {
    int64_t& durable = durable_[grid];
    durable = std::max(durable, version);
  }
}

absl::StatusOr<int64_t> Feed::Forget(size_t limit, absl::Time deadline) {
  int64_t forgotten = 0;
  RETURN_IF_ERROR(database_.RunInTransaction(deadline, [&](Transaction& transaction) -> absl::Status {
    forgotten = 0;
    ASSIGN_OR_RETURN(absl::Time now, transaction.Now());
    ASSIGN_OR_RETURN(Rows old, transaction.Query(kOldTombstones, now - kFeedMemory, limit));
    std::map<std::string, int64_t> floors;
    for (Row row : old) {
      std::string grid = row.Get<std::string>(0);
      int64_t version = row.Get<int64_t>(3);
      ASSIGN_OR_RETURN(int64_t dropped,
                       transaction.Execute(kDropEntry, grid, row.Get<std::string>(1), row.Get<Uuid>(2), version));
      forgotten += dropped;
      floors[grid] = std::max(floors[grid], version);
    }
    for (const auto& [grid, floor] : floors) RETURN_IF_ERROR(transaction.Execute(kRaiseFloor, floor, grid).status());
    RETURN_IF_ERROR(transaction.Execute(kDropBases, now - kFeedMemory).status());
    return transaction.Execute(kDropEpochs, now - kFeedMemory).status();
  }));
  return forgotten;
}

}  // namespace gridwork::mysql
