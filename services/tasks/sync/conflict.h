// A field of a place that somebody wanted to change without having seen its newest value. Both values stay until a
// person decides.
#pragma once
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "common/base/uuid.h"
#include "services/tasks/place.h"

namespace gridwork::tasks {

enum class ConflictState { kOpen = 1, kKeptCurrent = 2, kTookProposed = 3, kMerged = 4 };  // stored: never renumber

// An open conflict that is older waits too long: it is counted by the metric that alarms.
inline constexpr absl::Duration kConflictAgeLimit = absl::Hours(72);
// How long a decided one is kept.
inline constexpr absl::Duration kConflictMemory = absl::Hours(24 * 90);

struct Conflict {
  Uuid id;
  Uuid place;
  PlaceField field = PlaceField::kKind;
  ConflictState state = ConflictState::kOpen;
  Place proposed;  // only `field` is meant
  std::string author;
  absl::Time created;
  // Of a decided one: what was stored before the decision.
  std::optional<Place> replaced;
  FieldMark replaced_mark;
  std::optional<absl::Time> decided;

  Place current;  // the place as it is now

  bool Overdue(absl::Time now) const { return state == ConflictState::kOpen && now - created > kConflictAgeLimit; }
};

}  // namespace gridwork::tasks
