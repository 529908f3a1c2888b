// Every error that StaffService adds to the front door's own.
#pragma once
#include <absl/status/status.h>

#include <cstdint>
#include <string_view>

namespace gridwork::identity::errors {

// NOT_FOUND, as the front door says it; `resource`: "Staff", "Grant" or "Team".
absl::Status NotFound(std::string_view resource);
// ALREADY_EXISTS USERNAME_TAKEN.
absl::Status UsernameTaken();
// ABORTED ETAG_MISMATCH, metadata "etag": the current one.
absl::Status EtagMismatch(int64_t current_version);
// FAILED_PRECONDITION ROLES_EXCLUDE_EACH_OTHER.
absl::Status RolesExcludeEachOther();
// FAILED_PRECONDITION TOO_MANY_GRANTS: a token could not hold them.
absl::Status TooManyGrants();

}  // namespace gridwork::identity::errors
