// Puts places, and with them their tasks and what phones hold, into the grids in which they lie after areas have
// changed. One thread a process; any number of processes may run it, as each step can be done twice.
#pragma once
#include <atomic>
#include <string>

#include "common/base/clock.h"
#include "common/base/every.h"
#include "common/base/unit.h"
#include "common/metrics/gauges.h"
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
  AreaFollow(AreaFollowStore& follow, PlaceStore& places, AreaLocator& areas, const Clock& clock,
             metrics::Gauges& gauges)
      : follow_(follow),
        places_(places),
        areas_(areas),
        clock_(clock),
        waiting_(gauges.Add("gridwork_area_changes_waiting", "Changes of areas that places have not followed yet")) {}

  void Start();

  // Follows what has changed by now; returns how many places moved. UNAVAILABLE when identity, or one of its replicas,
  // does not know a change yet: nothing is lost, the next round goes on.
  absl::StatusOr<int64_t> Round();

 private:
  // Adds to `waiting` what is left to be followed.
  absl::StatusOr<int64_t> FollowRoot(const std::string& root, int64_t& waiting);
  // Moves the places of `area` that lie elsewhere, by areas that know `change`.
  absl::StatusOr<int64_t> MoveFrom(const std::string& root, const std::string& area, int64_t change);

  AreaFollowStore& follow_;
  PlaceStore& places_;
  AreaLocator& areas_;
  const Clock& clock_;
  std::atomic<int64_t>& waiting_;
  Every round_;
};

}  // namespace gridwork::tasks
