#include "services/tasks/work/heartbeat_flow.h"

#include <absl/time/clock.h>

#include <map>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::tasks {
namespace {

constexpr size_t kLeasesAtOnce = 2'000;    // of one transaction
constexpr size_t kLeasesWaiting = 50'000;  // of 10,000 phones with five tasks each
constexpr absl::Duration kBusyRetry = absl::Seconds(2);

}  // namespace

Heartbeats::Heartbeats(TaskStore& store, absl::Duration gather)
    : store_(store), gather_(gather), thread_([this] { Loop(); }) {}

Heartbeats::~Heartbeats() {
  {
    MutexLock lock(mu_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Heartbeats::Beat(std::string worker, std::vector<LeaseName> leases, Done done) {
  {
    MutexLock lock(mu_);
    if (leases_ + leases.size() <= kLeasesWaiting) {
      leases_ += leases.size();
      waiting_.push_back({std::move(worker), std::move(leases), std::move(done), {}});
      changed_.notify_all();
      return;
    }
  }
  done(WithRetryAfter(Error(absl::StatusCode::kResourceExhausted, "SERVER_BUSY", "too many heartbeats are waiting"),
                      kBusyRetry));
}

void Heartbeats::Loop() {
  absl::Time next = absl::UnixEpoch();
  for (;;) {
    std::vector<Waiting> beats;
    {
      std::unique_lock<Mutex> lock(mu_);
      changed_.wait(lock, [&]() REQUIRES(mu_) { return stop_ || !waiting_.empty(); });
      // More come meanwhile; one that comes after a quiet moment is answered at once.
      changed_.wait_until(lock, absl::ToChronoTime(next), [&]() REQUIRES(mu_) { return stop_; });
      if (stop_ && waiting_.empty()) return;
      beats = Take();
    }
    next = absl::Now() + gather_;
    absl::Status status = Extend(beats);
    ++commits_;
    for (Waiting& beat : beats) {
      if (status.ok()) {
        beat.done(std::move(beat.states));
      } else {
        beat.done(status);
      }
    }
  }
}

// The oldest, as many as one transaction takes.
std::vector<Heartbeats::Waiting> Heartbeats::Take() {
  size_t beats = 0, leases = 0;
  while (beats < waiting_.size() && (beats == 0 || leases + waiting_[beats].leases.size() <= kLeasesAtOnce))
    leases += waiting_[beats++].leases.size();
  auto end = waiting_.begin() + static_cast<ptrdiff_t>(beats);
  std::vector<Waiting> out(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  leases_ -= leases;
  return out;
}

absl::Status Heartbeats::Extend(std::vector<Waiting>& beats) {
  std::set<Uuid> names;
  for (const Waiting& beat : beats) {
    for (const LeaseName& lease : beat.leases) names.insert(lease.task);
  }
  return store_.InTransaction([&](Unit& unit) -> absl::Status {
    // After the locks: a lease that was extended just before must not end before that.
    ASSIGN_OR_RETURN(std::vector<Task> tasks, store_.LockAll(unit, {names.begin(), names.end()}));
    ASSIGN_OR_RETURN(absl::Time now, store_.Now(unit));
    std::map<Uuid, Task> held;
    for (Task& task : tasks) held.emplace(task.id, std::move(task));
    std::set<Uuid> extended;
    for (Waiting& beat : beats) {
      beat.states.assign(beat.leases.size(), {});
      for (size_t i = 0; i < beat.leases.size(); ++i) {
        auto it = held.find(beat.leases[i].task);
        if (it == held.end() || !tasks::Extend(it->second, beat.worker, beat.leases[i].attempt, now)) continue;
        beat.states[i] = {it->second.lease_kind, it->second.lease_until};
        if (it->second.lease_kind == LeaseKind::kOnline) extended.insert(it->first);
      }
    }
    return store_.UpdateLeases(unit, {extended.begin(), extended.end()}, now + kOnlineLease);
  });
}

}  // namespace gridwork::tasks
