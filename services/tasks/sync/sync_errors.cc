#include "services/tasks/sync/sync_errors.h"

#include <string>

#include "common/base/error.h"
#include "common/base/text.h"

namespace gridwork::tasks::errors {

absl::Status ResyncRequired() {
  return Error(absl::StatusCode::kOutOfRange, "RESYNC_REQUIRED",
               "the cursor is unknown, of another grid or too old; pull this grid from the beginning");
}

absl::Status OverBudget(const GridSize& grid, const Budget& left, const Budget& limit) {
  return Error(absl::StatusCode::kResourceExhausted, "DEVICE_BUDGET",
               "this grid does not fit on the device beside the others; name a smaller area",
               {{"records", std::to_string(grid.records)},
                {"bytes", std::to_string(grid.bytes)},
                {"records_left", std::to_string(left.records)},
                {"bytes_left", std::to_string(left.bytes)},
                {"records_limit", std::to_string(limit.records)},
                {"bytes_limit", std::to_string(limit.bytes)}});
}

absl::Status MutationUnknown() {
  return Error(absl::StatusCode::kInvalidArgument, "MUTATION_UNKNOWN",
               "mutation has no request, or one that this server does not know yet; keep it and try a newer server");
}

absl::Status ConflictNotFound() {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such Conflict in your areas", {{"resource", "Conflict"}});
}

absl::Status ConflictDecided() {
  return Error(absl::StatusCode::kFailedPrecondition, "CONFLICT_DECIDED", "somebody has decided this conflict");
}

absl::Status ConflictEtagMismatch(int64_t current_version) {
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH", "the field has changed since you read it",
               {{"etag", EtagOf(current_version)}});
}

}  // namespace gridwork::tasks::errors
