// What becomes of grants when their areas are merged into one.
#pragma once
#include <absl/time/time.h>

#include <string>
#include <vector>

#include "services/identity/areas/area.h"
#include "services/identity/staff/staff.h"

namespace gridwork::identity {

// How long a grant in an area that was merged still holds: until places and tasks have followed, and phones with them.
inline constexpr absl::Duration kMergedGrantLife = absl::Hours(24);

// A grant to be written, new or with its new end, or to be removed because it will never hold.
struct GrantChange {
  Uuid staff;
  Grant grant;
  bool remove = false;
};

// Everybody who holds a role in one of the areas `merged` (codes) gets it in `into`, from `now` or from its start, to
// its end; who would get one twice for a shorter time within a longer one gets the longer. The old one ends
// kMergedGrantLife from now at the latest. What was delegated is delegated from the new grant of its holder. Changes
// `holders`, who have all their grants, and returns what changed, delegated ones last.
std::vector<GrantChange> FollowMerge(std::vector<Staff>& holders, const std::vector<std::string>& merged,
                                     const Area& into, absl::Time now);

}  // namespace gridwork::identity
