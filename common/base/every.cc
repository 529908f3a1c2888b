#include "common/base/every.h"

#include <absl/time/clock.h>

#include <utility>

namespace gridwork {
namespace {

constexpr absl::Duration kBetweenTries = absl::Milliseconds(200);

}  // namespace

void Every::Start(absl::Duration pause, std::function<void()> action, First first) {
  thread_ = std::thread([this, pause, action = std::move(action), first] {
    if (first == First::kAtOnce) action();
    while (Pause(pause)) action();
  });
}

void Every::Stop() {
  {
    MutexLock lock(mu_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// False when it was stopped meanwhile.
bool Every::Pause(absl::Duration pause) {
  std::unique_lock<Mutex> lock(mu_);
  return !stopped_.wait_for(lock, absl::ToChronoNanoseconds(pause), [this]() REQUIRES(mu_) { return stop_; });
}

absl::Status TryFor(absl::Duration patience, const std::function<absl::Status()>& action) {
  const absl::Time until = absl::Now() + patience;
  absl::Status done = action();
  while (!done.ok() && absl::Now() < until) {
    absl::SleepFor(kBetweenTries);
    done = action();
  }
  return done;
}

}  // namespace gridwork
