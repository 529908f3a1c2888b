// How far places have followed the changes of areas.
#pragma once
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/unit.h"
#include "services/tasks/place.h"

namespace gridwork::tasks {

class AreaFollowStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~AreaFollowStore() = default;

  // The trees in which there are places, or were.
  virtual absl::StatusOr<std::vector<std::string>> Roots() = 0;
  // The number of the last change that all places of the tree have followed; 0 at first.
  virtual absl::StatusOr<int64_t> Followed(const std::string& root) = 0;
  // From its return on no place is written that was located before that change (PlaceStore::HoldAreas()): what is read
  // afterwards is all that there is to move.
  virtual absl::Status Begin(const std::string& root, int64_t change) = 0;
  // Up to `limit` places of the area that have a location, in order of grid and id, after `after`, a place or null.
  // Only id, location and grid are read.
  virtual absl::StatusOr<std::vector<Place>> Scan(const std::string& area, const Place* after, size_t limit) = 0;
  // All places have followed the change.
  virtual absl::Status End(const std::string& root, int64_t change) = 0;
  // Runs `body` in a transaction of its own.
  virtual absl::Status InTransaction(const std::function<absl::Status(Unit&)>& body) = 0;
};

}  // namespace gridwork::tasks
