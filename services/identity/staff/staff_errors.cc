#include "services/identity/staff/staff_errors.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/text.h"

namespace gridwork::identity::errors {

absl::Status NotFound(std::string_view resource) {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", fmt::format("no such {} in your areas", resource),
               {{"resource", resource}});
}

absl::Status UsernameTaken() {
  return Error(absl::StatusCode::kAlreadyExists, "USERNAME_TAKEN", "another account has this username");
}

absl::Status EtagMismatch(int64_t current_version) {
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH", "it has changed since you read it",
               {{"etag", EtagOf(current_version)}});
}

absl::Status RolesExcludeEachOther() {
  return Error(absl::StatusCode::kFailedPrecondition, "ROLES_EXCLUDE_EACH_OTHER",
               "a grant for the same time has a role that excludes this one");
}

absl::Status TooManyGrants() {
  return Error(absl::StatusCode::kFailedPrecondition, "TOO_MANY_GRANTS",
               "an access token cannot hold so many rights; give fewer, grants of wider areas");
}

absl::Status MoreThanHeld() {
  return Error(absl::StatusCode::kFailedPrecondition, "MORE_THAN_HELD",
               "only a grant that holds now, and was given by an administrator, is delegated: to somebody else, within "
               "its area and not beyond its end");
}

absl::Status AbsencesOverlap() {
  return Error(absl::StatusCode::kFailedPrecondition, "ABSENCES_OVERLAP", "they are away at that time already");
}

absl::Status CoverDisabled() {
  return Error(absl::StatusCode::kFailedPrecondition, "COVER_DISABLED", "the account of who covers is disabled");
}

}  // namespace gridwork::identity::errors
