// The connections of one process to its schema, handed out strictly first come, first served: an unfair pool makes the
// slowest calls ten times slower.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "common/base/mutex.h"
#include "common/mysql/config.h"
#include "common/mysql/connection.h"

namespace gridwork::mysql {

class Pool;

// A connection for as long as this lives. Its end rolls back what is open and gives the connection back.
class Lease {
 public:
  Lease(Lease&& other) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { Release(); }

  Connection* operator->() const { return connection_.get(); }
  Connection& operator*() const { return *connection_; }

 private:
  friend class Pool;
  Lease(Pool& pool, std::unique_ptr<Connection> connection) : pool_(&pool), connection_(std::move(connection)) {}
  void Release();

  Pool* pool_;
  std::unique_ptr<Connection> connection_;
};

struct PoolStats {
  int in_use = 0;
  int idle = 0;
  int connecting = 0;
  int waiting = 0;
  uint64_t waited = 0;    // calls of Acquire that found none free
  uint64_t timeouts = 0;  // and got none in time
  uint64_t connects = 0;  // that worked
  uint64_t connect_failures = 0;
  uint64_t broken = 0;  // thrown away after an error
};

// Thread-safe. Connects when there is need, two at a time, so that a database that comes back is not run over. Must
// outlive its leases.
class Pool {
 public:
  // `prepare` runs on each new connection before it is used; where it fails, there is no connection.
  explicit Pool(Config config, std::function<absl::Status(Connection&)> prepare = nullptr)
      : config_(std::move(config)), prepare_(std::move(prepare)) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Waits until `deadline` and no longer than config.acquire_timeout for a connection (and config.connect_timeout for a
  // new one): RESOURCE_EXHAUSTED DATABASE_BUSY when all are in use, UNAVAILABLE DATABASE_AWAY when none can be made, at
  // once while it is known that the database is away; DEADLINE_EXCEEDED when the deadline has passed.
  absl::StatusOr<Lease> Acquire(absl::Time deadline);

  PoolStats stats() const;
  const Config& config() const { return config_; }

 private:
  friend class Lease;

  struct Idle {
    std::unique_ptr<Connection> connection;
    absl::Time since;
  };
  // What a waiter gets: a connection, the permission to make one, or an error.
  struct Waiter {
    CondVar ready;
    bool done = false;
    Idle idle;
    absl::Status status;
  };

  absl::StatusOr<Idle> Wait(absl::Time until, bool first);
  absl::StatusOr<Lease> Connect();
  void GiveBack(std::unique_ptr<Connection> connection);
  void Pump() REQUIRES(mu_);

  const Config config_;
  const std::function<absl::Status(Connection&)> prepare_;
  mutable Mutex mu_;
  std::deque<Waiter*> waiters_ GUARDED_BY(mu_);
  std::vector<Idle> idle_ GUARDED_BY(mu_);  // the last one used is the next one given: it is warm, the others may end
  int in_use_ GUARDED_BY(mu_) = 0;
  int connecting_ GUARDED_BY(mu_) = 0;
  absl::Time away_until_ GUARDED_BY(mu_) = absl::InfinitePast();
  PoolStats stats_ GUARDED_BY(mu_);  // the counters; the rest is filled in when asked for
};

}  // namespace gridwork::mysql
