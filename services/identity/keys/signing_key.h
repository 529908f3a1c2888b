// When a key signs, and when the next one is made. No SQL, no cryptography.
#pragma once
#include <absl/time/time.h>

#include <optional>
#include <vector>

namespace gridwork::identity {

inline constexpr absl::Duration kKeyActive = absl::Hours(24 * 30);
// Before it signs: for so long it can be fetched by every verifier, which ask every 30 seconds.
inline constexpr absl::Duration kKeyPrepublished = absl::Hours(24);
// The same when the last key ended while no replica was there.
inline constexpr absl::Duration kKeyPrepublishedAtLeast = absl::Minutes(1);
// After it signed: much longer than a token lives.
inline constexpr absl::Duration kKeyRetiring = absl::Hours(1);

enum class KeyState { kPrepublished, kActive, kRetiring, kGone };

struct KeyDates {
  absl::Time created;
  absl::Time active;
  absl::Time retiring;
  absl::Time gone;

  KeyState StateAt(absl::Time now) const {
    return now < active     ? KeyState::kPrepublished
           : now < retiring ? KeyState::kActive
           : now < gone     ? KeyState::kRetiring
                            : KeyState::kGone;
  }
  bool operator==(const KeyDates&) const = default;
};

// The dates of the key that has to be made now; nullopt when there are enough. The very first one is active at once:
// no verifier is there that would not know it.
std::optional<KeyDates> PlanNextKey(const std::vector<KeyDates>& keys, absl::Time now);

}  // namespace gridwork::identity
