// The change feed: what phones and partners hold a copy of, by grid. Each change of a record takes the next version of
// its grid, gap-free in the order of commits; what has left a grid stays as a tombstone for a while. Versions belong to
// an epoch: a life of the database server, after whose end versions that were seen may be gone (guarantees.md, "Change
// feed").
//
// Stores write it with Transaction::AddToFeed(); this is how it is read.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/mutex.h"
#include "common/mysql/database.h"
#include "common/mysql/fence.h"

namespace gridwork::mysql {

// How long what has left a grid, and an epoch that has ended, are remembered. Who was away for longer starts anew.
inline constexpr absl::Duration kFeedMemory = absl::Hours(24 * 40);

// What a record adds to the digest of its grid: the first 64 bits (big endian) of SHA-256("place/{uuid}/{version}").
// The digest of a grid is the XOR over the records in it.
uint64_t FeedHash(std::string_view kind, const Uuid& id, int64_t version);

// Sees to it that this life of the server has an epoch. For Pool: runs on each new connection, before it is used.
absl::Status OpenEpoch(Connection& connection);

// Stamps `changes` and writes them; the last statements of a transaction. For Transaction::Commit().
absl::Status WriteFeed(Transaction& transaction, const std::vector<FeedChange>& changes);

// The clock of a grid.
struct FeedHead {
  std::string grid;
  int64_t version = 0;
  int64_t floor = 0;  // tombstones up to here are forgotten
};

// What there is in a grid at the version of its head.
struct FeedSize {
  int64_t records = 0;
  int64_t bytes = 0;  // about what a phone needs for them
  uint64_t digest = 0;
};

struct FeedEntry {
  std::string kind;
  Uuid id;
  int64_t version = 0;
  bool gone = false;
};

class Feed;

// The feed as it was at one moment. Not thread-safe.
class FeedSnapshot {
 public:
  int64_t epoch() const { return epoch_; }
  // The transaction of the snapshot: the records themselves are read in it.
  Transaction& transaction() { return transaction_; }

  // The grids of these areas (paths) that ever held anything, in order.
  absl::StatusOr<std::vector<FeedHead>> Heads(const std::vector<std::string>& areas);
  // What they hold, by grid.
  absl::StatusOr<std::map<std::string, FeedSize>> Sizes(const std::vector<FeedHead>& heads);
  // The changes of a grid after `version`, in order, at most `limit`.
  absl::StatusOr<std::vector<FeedEntry>> After(const std::string& grid, int64_t version, size_t limit);
  // The version of `grid` when the epoch that followed `epoch` began: what was seen in `epoch` up to there is still
  // true. nullopt when `epoch` is not known or is this one.
  absl::StatusOr<std::optional<int64_t>> BaseAfter(int64_t epoch, const std::string& grid);

 private:
  friend class Feed;
  FeedSnapshot(Feed& feed, Transaction& transaction) : feed_(feed), transaction_(transaction) {}
  absl::Status ReadEpoch();

  Feed& feed_;
  Transaction& transaction_;
  int64_t epoch_ = 0;
  std::map<std::string, int64_t> seen_;  // the heads that were handed out
};

class Feed {  // Thread-safe.
 public:
  explicit Feed(Pool& pool) : database_(pool), fence_(pool, 1) {}

  // Runs `body` on a snapshot. When this returns OK, everything that it saw is durable and may be told.
  absl::Status Read(absl::Time deadline, const std::function<absl::Status(FeedSnapshot&)>& body);

  // Everything that was visible before this call is durable afterwards.
  absl::Status PassFence(absl::Time deadline) { return fence_.Pass(deadline); }

  // Forgets tombstones that are older than kFeedMemory by the database's clock, at most `limit`, and epochs that ended
  // before that; returns how many tombstones. For a background job.
  absl::StatusOr<int64_t> Forget(size_t limit, absl::Time deadline);

  uint64_t fences() const { return fence_.commits(); }

 private:
  friend class FeedSnapshot;
  bool IsDurable(int64_t epoch, const std::map<std::string, int64_t>& seen) const;
  void RememberDurable(int64_t epoch, const std::map<std::string, int64_t>& seen);

  Database database_;
  Fence fence_;
  mutable Mutex mu_;
  int64_t epoch_ GUARDED_BY(mu_) = 0;                       // that the rest belongs to
  std::map<std::string, int64_t> durable_ GUARDED_BY(mu_);  // highest fenced version, by grid
  struct Sized {
    int64_t version;
    FeedSize size;
  };
  std::map<std::string, Sized> sizes_ GUARDED_BY(mu_);  // what a grid holds depends on epoch and version only
};

}  // namespace gridwork::mysql
