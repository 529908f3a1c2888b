#include "common/mysql/fence.h"

#include <absl/time/clock.h>

#include "common/base/status_macros.h"
#include "common/mysql/errors.h"

namespace gridwork::mysql {
namespace {

// It must really change a row: a commit that changes nothing waits for no log (96 of 100 rounds lost).
constexpr char kStep[] = "INSERT INTO fence (id, n) VALUES (?, 1) ON DUPLICATE KEY UPDATE n = n + 1";

}  // namespace

absl::Status Fence::Pass(absl::Time deadline) {
  std::unique_lock<Mutex> lock(mu_);
  const uint64_t ticket = started_ + 1;  // never the one under way: it may have started before our read
  while (succeeded_ < ticket) {
    if (done_ >= ticket) return failure_;
    if (running_) {
      bool in_time = finished_.wait_until(lock, absl::ToChronoTime(std::min(deadline, absl::Now() + absl::Hours(1))),
                                          [&] { return !running_ || done_ >= ticket; });
      if (!in_time && absl::Now() >= deadline) return TooLate();
      continue;
    }
    running_ = true;
    const uint64_t number = ++started_;
    lock.unlock();
    absl::Status committed = Commit(deadline);
    lock.lock();
    running_ = false;
    done_ = number;
    if (committed.ok()) {
      succeeded_ = number;
    } else {
      failure_ = committed;
    }
    finished_.notify_all();
  }
  return absl::OkStatus();
}

// On a connection of its own, without a transaction around it: one trip. A lost answer is repeated: another step is as
// good.
absl::Status Fence::Commit(absl::Time deadline) {
  for (bool again : {true, false}) {
    ASSIGN_OR_RETURN(Lease lease, pool_.Acquire(deadline));
    auto stepped = lease->Execute(kStep, row_);
    if (stepped.ok() || !again || !(lease->broken() || IsRetryable(stepped.status()))) return stepped.status();
  }
  return absl::OkStatus();
}

uint64_t Fence::commits() const {
  MutexLock lock(mu_);
  return started_;
}

}  // namespace gridwork::mysql
