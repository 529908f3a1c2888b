// Every error that StaffService adds to the front door's own.
#pragma once
#include <absl/status/status.h>

#include <cstdint>
#include <string_view>

namespace gridwork::identity::errors {

// NOT_FOUND, as the front door says it; `resource`: "Staff", "Grant", ....
absl::Status NotFound(std::string_view resource);
// ALREADY_EXISTS USERNAME_TAKEN.
absl::Status UsernameTaken();
// ABORTED ETAG_MISMATCH, metadata "etag": the current one.
absl::Status EtagMismatch(int64_t current_version);
// FAILED_PRECONDITION ROLES_EXCLUDE_EACH_OTHER.
absl::Status RolesExcludeEachOther();
// FAILED_PRECONDITION TOO_MANY_GRANTS: a token could not hold them.
absl::Status TooManyGrants();

// FAILED_PRECONDITION MORE_THAN_HELD: a delegation is of somebody's own grant while it holds, and never more than it.
absl::Status MoreThanHeld();
// FAILED_PRECONDITION ABSENCES_OVERLAP.
absl::Status AbsencesOverlap();
// FAILED_PRECONDITION COVER_DISABLED.
absl::Status CoverDisabled();

}  // namespace gridwork::identity::errors
