#include "services/tasks/place_errors.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/text.h"

namespace gridwork::tasks::errors {
namespace {

constexpr absl::Duration kAreasRetry = absl::Seconds(1);

}  // namespace

absl::Status PlaceEtagMismatch(int64_t current_version) {
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH", "the place has changed since you read it",
               {{"etag", EtagOf(current_version)}});
}

absl::Status PlaceNotFound() {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such Place in your areas", {{"resource", "Place"}});
}

absl::Status AreasChanged() {
  return WithRetryAfter(
      Error(absl::StatusCode::kUnavailable, "AREAS_CHANGED", "the grids have changed just now; try again"),
      kAreasRetry);
}

absl::Status AreasAway(std::string_view why) {
  return WithRetryAfter(Error(absl::StatusCode::kUnavailable, "AREAS_AWAY",
                              fmt::format("the areas of the locations cannot be asked for now: {}", why)),
                        kAreasRetry);
}

absl::Status PlaceOfAnotherRoot() {
  return Error(absl::StatusCode::kAlreadyExists, "PLACE_OF_ANOTHER_ROOT",
               "this source and source_id belong to a place outside of the root");
}

}  // namespace gridwork::tasks::errors
