// A transaction as the stores see it.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/unit.h"
#include "common/mysql/pool.h"

namespace gridwork::mysql {

// A change of a record that others hold a copy of (feed.h).
struct FeedChange {
  std::string grid;  // path of codes
  std::string kind;  // "place"; at most 16 characters
  Uuid id;
  int64_t bytes = 0;  // about what a phone needs for it
  bool gone = false;  // it is not in this grid any more
};

// Takes a connection and begins at its first statement. Once a statement met a deadlock, a lock wait or a lost
// connection, every later one fails the same way: the server has rolled back or will, and none of them may run on its
// own. Not thread-safe.
class Transaction : public Unit {
 public:
  enum class Mode { kWrite, kSnapshot };  // kSnapshot: reads only, all as of one moment

  // For Units::Run and Database, which end it; left alone it rolls back.
  Transaction(Pool& pool, absl::Time deadline, Mode mode = Mode::kWrite)
      : pool_(pool), deadline_(deadline), mode_(mode) {}

  // The transaction behind a unit of work that MysqlUnits opened; std::bad_cast for another kind of unit.
  static Transaction& Of(Unit& unit) { return dynamic_cast<Transaction&>(unit); }

  // As in Connection.
  template <class... P>
  absl::StatusOr<Rows> Query(std::string_view sql, P&&... params) {
    return QueryWith(sql, Params{Param(std::forward<P>(params))...});
  }
  template <class... P>
  absl::StatusOr<int64_t> Execute(std::string_view sql, P&&... params) {
    return ExecuteWith(sql, Params{Param(std::forward<P>(params))...});
  }
  absl::StatusOr<Rows> QueryWith(std::string_view sql, const Params& params);
  absl::StatusOr<int64_t> ExecuteWith(std::string_view sql, const Params& params);

  // The database's clock, which alone decides what is due or over. The same value for the whole transaction.
  absl::StatusOr<absl::Time> Now();

  // Tells the relay of `topic` (at most 32 bytes) that `entity` (64) has changed; written with the commit.
  void AddToOutbox(std::string_view topic, std::string_view entity);

  // Puts a change into the feed of its grid; written with the commit, the last one of a record in a grid.
  void AddToFeed(FeedChange change) { feed_.push_back(std::move(change)); }

  void AfterCommit(std::function<void()> action) override { after_commit_.push_back(std::move(action)); }

  bool began() const { return lease_.has_value(); }
  // What made it useless, or OK.
  const absl::Status& failure() const { return failure_; }
  // COMMIT was sent and its answer is not known.
  bool outcome_unknown() const { return outcome_unknown_; }

  // Writes the outbox and the feed, and commits. An error that is not retryable leaves the outcome unknown.
  absl::Status Commit();
  // Gives the connection back.
  void Rollback() { lease_.reset(); }
  void RunAfterCommit();

 private:
  absl::Status Ready();
  absl::Status Begin();
  absl::Status FlushOutbox();
  template <class T>
  absl::StatusOr<T> Checked(absl::StatusOr<T> result);

  Pool& pool_;
  const absl::Time deadline_;
  const Mode mode_;
  std::optional<Lease> lease_;
  absl::Status failure_;
  bool outcome_unknown_ = false;
  std::optional<absl::Time> now_;
  std::vector<std::pair<std::string, std::string>> outbox_;
  std::vector<FeedChange> feed_;
  std::vector<std::function<void()>> after_commit_;
};

}  // namespace gridwork::mysql
