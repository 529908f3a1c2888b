#include "services/identity/limits/attempt.h"

#include <algorithm>

namespace gridwork::identity {

absl::Duration WaitOf(const Attempts& attempts, absl::Time now) {
  return std::max(attempts.blocked_until - now, absl::ZeroDuration());
}

Attempts WithOneMore(const Attempts& attempts, const AttemptRule& rule, absl::Time now) {
  Attempts next{.failures = 1, .last = now, .blocked_until = now};
  if (now < attempts.last + rule.forgotten) next.failures += attempts.failures;
  constexpr int kMostDoublings = 30;
  int over = std::min(next.failures - rule.free, kMostDoublings);
  if (over >= 0) next.blocked_until = now + std::min(rule.longest, rule.first * (int64_t{1} << over));
  return next;
}

}  // namespace gridwork::identity
