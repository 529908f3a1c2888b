// A log-in of a device, which lasts from Login to Logout through the refresh tokens that replace each other. No
// protobuf, no SQL.
#pragma once
#include <absl/time/time.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "common/base/uuid.h"

namespace gridwork::identity {

inline constexpr absl::Duration kSessionLife = absl::Hours(24 * 30);
inline constexpr absl::Duration kSessionIdle = absl::Hours(24 * 7);
// How long a used refresh token gets its successor again, for who lost the answer.
inline constexpr absl::Duration kRefreshRepeat = absl::Minutes(1);

struct Session {
  Uuid id;
  Uuid staff;
  Uuid device;
  std::array<uint8_t, 32> current{};                // SHA-256 of the newest refresh token
  std::optional<std::array<uint8_t, 32>> previous;  // of the one before it
  std::string sealed_successor;                     // the newest, for the holder of the one before
  absl::Time created;
  absl::Time rotated;

  bool EndedAt(absl::Time now) const { return std::min(created + kSessionLife, rotated + kSessionIdle) <= now; }
};

// Which of a session's refresh tokens was shown.
enum class Shown { kCurrent, kPrevious, kOther };

enum class RefreshVerdict {
  kRotate,  // a new successor
  kRepeat,  // the same successor again
  kReuse,   // somebody has a token that they should not have: the session ends
  kRefuse,  // and nothing changes
};

// A token that is neither the newest nor the one before it is an earlier one, or made up: only who holds the device's
// key gets so far, so that nobody else can end the session with a made up one.
RefreshVerdict JudgeRefresh(const Session& session, Shown shown, bool same_device, absl::Time now);

}  // namespace gridwork::identity
