#include "common/mysql/pool.h"

#include <absl/time/clock.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "common/mysql/errors.h"

namespace gridwork::mysql {
namespace {

constexpr int kConnectsAtOnce = 2;

absl::Status DatabaseAway() { return Away("the database cannot be reached"); }

}  // namespace

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    Release();
    pool_ = other.pool_;
    connection_ = std::move(other.connection_);
  }
  return *this;
}

void Lease::Release() {
  if (!connection_) return;
  // A failed rollback breaks the connection, and then the server rolls back.
  if (connection_->in_transaction() && !connection_->broken()) connection_->Rollback().IgnoreError();
  pool_->GiveBack(std::move(connection_));
}

absl::StatusOr<Lease> Pool::Acquire(absl::Time deadline) {
  absl::Time now = absl::Now();
  if (deadline <= now) return TooLate();
  absl::Time until = std::min(deadline, now + config_.acquire_timeout);
  for (bool first = false;; first = true) {
    ASSIGN_OR_RETURN(Idle idle, Wait(until, first));
    if (!idle.connection) return Connect();
    Lease lease(*this, std::move(idle.connection));
    if (absl::Now() - idle.since < config_.ping_after || lease->Ping()) return lease;
  }
}

// `first`: this caller had its turn and got a dead connection.
absl::StatusOr<Pool::Idle> Pool::Wait(absl::Time until, bool first) {
  Waiter self;
  MutexLock lock(mu_);
  if (first) {
    waiters_.push_front(&self);
  } else {
    waiters_.push_back(&self);
  }
  Pump();
  if (!self.done) {
    ++stats_.waited;
    self.ready.wait_for(mu_, absl::ToChronoNanoseconds(until - absl::Now()), [&] { return self.done; });
  }
  if (!self.done) {
    ++stats_.timeouts;
    waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &self));
    return in_use_ == 0 ? DatabaseAway() : Busy("all connections to the database are in use");
  }
  RETURN_IF_ERROR(self.status);
  return std::move(self.idle);
}

// Gives the first waiters what there is.
void Pool::Pump() {
  while (!waiters_.empty()) {
    Waiter& waiter = *waiters_.front();
    int open = in_use_ + connecting_ + static_cast<int>(idle_.size());
    if (!idle_.empty()) {
      waiter.idle = std::move(idle_.back());
      idle_.pop_back();
      ++in_use_;
    } else if (open < config_.size && connecting_ < kConnectsAtOnce && absl::Now() >= away_until_) {
      ++connecting_;
    } else if (in_use_ == 0 && connecting_ == 0) {
      waiter.status = DatabaseAway();  // nobody will give one back
    } else {
      return;
    }
    waiter.done = true;
    waiter.ready.notify_one();
    waiters_.pop_front();
  }
}

absl::StatusOr<Lease> Pool::Connect() {
  auto connection = Connection::Open(config_);
  if (connection.ok() && prepare_) {
    if (absl::Status prepared = prepare_(**connection); !prepared.ok()) connection = prepared;
  }
  // The reason is for the operator and not for callers.
  if (!connection.ok()) spdlog::warn("mysql: {}", std::string(connection.status().message()));
  MutexLock lock(mu_);
  --connecting_;
  if (connection.ok()) {
    ++in_use_;
    ++stats_.connects;
    away_until_ = absl::InfinitePast();
  } else {
    ++stats_.connect_failures;
    away_until_ = absl::Now() + config_.away_pause;
  }
  Pump();
  if (!connection.ok()) return DatabaseAway();
  return Lease(*this, *std::move(connection));
}

void Pool::GiveBack(std::unique_ptr<Connection> connection) {
  std::vector<Idle> dead;  // closed after the lock is gone: that talks to the server
  MutexLock lock(mu_);
  --in_use_;
  if (connection->broken()) {
    // What broke this one (a restart, a lost network) most likely broke those that lie idle.
    stats_.broken += 1 + idle_.size();
    dead.swap(idle_);
    dead.push_back({std::move(connection), {}});
  } else {
    idle_.push_back({std::move(connection), absl::Now()});
  }
  Pump();
}

PoolStats Pool::stats() const {
  MutexLock lock(mu_);
  PoolStats out = stats_;
  out.in_use = in_use_;
  out.idle = static_cast<int>(idle_.size());
  out.connecting = connecting_;
  out.waiting = static_cast<int>(waiters_.size());
  return out;
}

}  // namespace gridwork::mysql
