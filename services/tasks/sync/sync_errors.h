// Every error that the sync services add to the front door's own.
#pragma once
#include <absl/status/status.h>

#include <cstdint>

#include "services/tasks/sync/sync.h"

namespace gridwork::tasks::errors {

// OUT_OF_RANGE RESYNC_REQUIRED.
absl::Status ResyncRequired();
// RESOURCE_EXHAUSTED DEVICE_BUDGET; metadata records, bytes (of the grid), records_left, bytes_left, and the limits.
absl::Status OverBudget(const GridSize& grid, const Budget& left, const Budget& limit);
// INVALID_ARGUMENT MUTATION_UNKNOWN: the phone is newer than this server.
absl::Status MutationUnknown();
absl::Status ConflictNotFound();  // as the front door says it
// FAILED_PRECONDITION CONFLICT_DECIDED.
absl::Status ConflictDecided();
// ABORTED ETAG_MISMATCH, metadata "etag".
absl::Status ConflictEtagMismatch(int64_t current_version);

}  // namespace gridwork::tasks::errors
