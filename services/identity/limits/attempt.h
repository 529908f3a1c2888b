// How fast somebody may guess: a number of attempts is free, then each one costs twice the wait of the one before it,
// up to a ceiling, so that nobody is ever locked out for good.
#pragma once
#include <absl/time/time.h>

namespace gridwork::identity {

struct AttemptRule {
  int free = 10;                            // attempts without a wait
  absl::Duration first = absl::Seconds(1);  // after the last free one
  absl::Duration longest = absl::Minutes(15);
  absl::Duration forgotten = absl::Hours(24);  // after the last one, all are
};

inline const AttemptRule kPasswordRule{};
// Of an address, behind which there may be many: a code has 80 random bits, the secret of bootstrap is not chosen by
// hand.
inline const AttemptRule kSourceRule{.free = 20, .longest = absl::Minutes(1), .forgotten = absl::Hours(1)};
inline const AttemptRule kRefreshRule{.free = 20, .longest = absl::Minutes(1), .forgotten = absl::Hours(1)};

struct Attempts {
  int failures = 0;
  absl::Time last = absl::UnixEpoch();
  absl::Time blocked_until = absl::UnixEpoch();
};

// How long to wait before the next attempt; zero: it may be made.
absl::Duration WaitOf(const Attempts& attempts, absl::Time now);

// One more, which counts as failed until it is known to be right.
Attempts WithOneMore(const Attempts& attempts, const AttemptRule& rule, absl::Time now);

}  // namespace gridwork::identity
