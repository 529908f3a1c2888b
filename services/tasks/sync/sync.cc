#include "services/tasks/sync/sync.h"

#include <algorithm>

namespace gridwork::tasks {

bool Follows(const Cursor& cursor, const GridClock& clock, const std::optional<int64_t>& base_after) {
  if (cursor.version == 0) return true;  // nothing to follow on
  if (std::max(cursor.version, cursor.start) < clock.floor) return false;
  if (cursor.epoch == clock.epoch) return cursor.version <= clock.version;
  return base_after && cursor.version <= *base_after;
}

bool Fits(const GridSize& size, Budget& left) {
  if (size.records > left.records || size.bytes > left.bytes) return false;
  left.records -= size.records;
  left.bytes -= size.bytes;
  return true;
}

}  // namespace gridwork::tasks
