// Puts places, and with them their tasks and what phones hold, into the grids in which they lie after areas have
// changed. One thread a process; any number of processes may run it, as each step can be done twice.
#pragma once
#include <string>

#include "common/base/clock.h"
#include "common/base/every.h"
#include "common/base/unit.h"
#include "services/tasks/area_locator.h"
#include "services/tasks/areas/area_follow_store.h"
#include "services/tasks/place_store.h"

namespace gridwork::tasks {

class AreaFollow {
 public:
  // How old a merge must be: by then the tokens of those who worked in the old grids have been replaced by ones that
  // hold in the new one, and nobody stands before a closed door.
  static constexpr absl::Duration kMergeSettles = absl::Seconds(5);

  // All outlive it.
  AreaFollow(AreaFollowStore& follow, PlaceStore& places, AreaLocator& areas, const Clock& clock)
      : follow_(follow), places_(places), areas_(areas), clock_(clock) {}

  void Start();

  // Follows what has changed by now; returns how many places moved. UNAVAILABLE when identity, or one of its replicas,
  // does not know a change yet: nothing is lost, the next round goes on.
  absl::StatusOr<int64_t> Round();

 private:
  absl::StatusOr<int64_t> FollowRoot(const std::string& root);
  // Moves the places of `area` that lie elsewhere, by areas that know `change`.
  absl::StatusOr<int64_t> MoveFrom(const std::string& root, const std::string& area, int64_t change);

  AreaFollowStore& follow_;
  PlaceStore& places_;
  AreaLocator& areas_;
  const Clock& clock_;
  Every round_;
};

}  // namespace gridwork::tasks
