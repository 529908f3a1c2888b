// The pauses between the tries of a transaction that lost against another one.
#pragma once
#include <absl/random/random.h>
#include <absl/time/clock.h>
#include <absl/time/time.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace gridwork::mysql {

using Sleeper = std::function<void(absl::Duration)>;

// Full jitter: each pause is drawn from [0, ceiling), the ceiling doubles. Not thread-safe.
class Backoff {
 public:
  Backoff(const Sleeper& sleep, absl::Time deadline) : sleep_(sleep), deadline_(deadline) {}

  // Pauses. False, and no pause, when the tries are used up or the deadline would pass.
  bool Wait() {
    if (++tries_ >= kTries) return false;
    absl::Duration pause = ceiling_ * absl::Uniform(random_, 0.0, 1.0);
    ceiling_ = std::min(ceiling_ * 2, kLongest);
    if (absl::Now() + pause >= deadline_) return false;
    sleep_(pause);
    return true;
  }

  static constexpr int kTries = 8;

 private:
  static constexpr absl::Duration kLongest = absl::Milliseconds(200);

  const Sleeper& sleep_;
  const absl::Time deadline_;
  absl::Duration ceiling_ = absl::Milliseconds(5);
  int tries_ = 0;
  absl::BitGen random_;
};

}  // namespace gridwork::mysql
