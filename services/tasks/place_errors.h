// Every error that PlaceService adds to the front door's own.
#pragma once
#include <absl/status/status.h>

#include <cstdint>
#include <string_view>

namespace gridwork::tasks::errors {

// ABORTED ETAG_MISMATCH, metadata "etag": the current one.
absl::Status PlaceEtagMismatch(int64_t current_version);
// NOT_FOUND, as the front door says it.
absl::Status PlaceNotFound();
// UNAVAILABLE AREAS_CHANGED with a retry hint: the grids changed since the location was looked up; nothing was written.
absl::Status AreasChanged();
// UNAVAILABLE AREAS_AWAY with a retry hint: the grid of a location could not be asked for; nothing was written.
absl::Status AreasAway(std::string_view why);
// ALREADY_EXISTS PLACE_OF_ANOTHER_ROOT: the (source, source_id) of an imported row belongs to a place outside of the
// root.
absl::Status PlaceOfAnotherRoot();

}  // namespace gridwork::tasks::errors
