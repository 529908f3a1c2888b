// One connection to MariaDB or MySQL: over TLS only, READ COMMITTED, UTC, strict, utf8mb4.
#pragma once
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "common/mysql/config.h"
#include "common/mysql/value.h"

namespace gridwork::mysql {

// Not thread-safe. No exception of the connector leaves it. Statements are prepared on the server and kept, the least
// recently used one goes first. Texts over 4 KiB are generated (IN lists, rows) and prepared anew each time, so that
// they do not push out the others.
class Connection {
 public:
  // Connects and proves that the connection is encrypted. UNAVAILABLE DATABASE_AWAY; the message says why, for a log.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Config& config);
  ~Connection();

  // A statement with a result. Errors: see errors.h.
  template <class... P>
  absl::StatusOr<Rows> Query(std::string_view sql, P&&... params) {
    return QueryWith(sql, Params{Param(std::forward<P>(params))...});
  }
  // A statement without one. Returns how many rows it found, changed or not (CLIENT_FOUND_ROWS).
  template <class... P>
  absl::StatusOr<int64_t> Execute(std::string_view sql, P&&... params) {
    return ExecuteWith(sql, Params{Param(std::forward<P>(params))...});
  }
  // The same for statements whose number of parameters is not known before.
  absl::StatusOr<Rows> QueryWith(std::string_view sql, const Params& params);
  absl::StatusOr<int64_t> ExecuteWith(std::string_view sql, const Params& params);
  // A statement without parameters that need not be prepared: DDL, settings of the session.
  absl::Status Run(std::string_view sql);

  absl::Status Begin();
  // Reads only, all as of now.
  absl::Status BeginSnapshot();
  absl::Status Commit();
  absl::Status Rollback();
  bool in_transaction() const { return in_transaction_; }

  bool Ping();
  bool broken() const { return broken_; }  // an error broke it: it must not be used again
  uint64_t id() const { return id_; }      // CONNECTION_ID() of the server
  size_t cached_statements() const;

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);

  template <class F>
  auto Guard(F f) -> absl::StatusOr<decltype(f())>;

  std::unique_ptr<Impl> impl_;
  bool broken_ = false;
  bool in_transaction_ = false;
  uint64_t id_ = 0;
};

}  // namespace gridwork::mysql
