#include "services/identity/keys/signing_key.h"

#include <algorithm>

namespace gridwork::identity {

std::optional<KeyDates> PlanNextKey(const std::vector<KeyDates>& keys, absl::Time now) {
  KeyDates next{.created = now, .active = now};
  if (!keys.empty()) {
    absl::Time covered = absl::InfinitePast();
    for (const KeyDates& key : keys) covered = std::max(covered, key.retiring);
    if (covered - now > kKeyPrepublished) return std::nullopt;
    next.active = std::max(covered, now + kKeyPrepublishedAtLeast);
  }
  next.retiring = next.active + kKeyActive;
  next.gone = next.retiring + kKeyRetiring;
  return next;
}

}  // namespace gridwork::identity
