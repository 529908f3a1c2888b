#include "services/identity/areas/area_errors.h"

#include <fmt/format.h>

#include "common/base/error.h"

namespace gridwork::identity::errors {

absl::Status AreaNotFound() {
  return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such Area in your areas", {{"resource", "Area"}});
}

absl::Status AreaCodeTaken(std::string_view code) {
  return Error(absl::StatusCode::kAlreadyExists, "AREA_CODE_TAKEN", "another area has this code", {{"code", code}});
}

absl::Status AreaHasChildren() {
  return Error(absl::StatusCode::kFailedPrecondition, "AREA_HAS_CHILDREN", "only an area without children is cut");
}

absl::Status AreaWithoutGeometry() {
  return Error(absl::StatusCode::kFailedPrecondition, "AREA_WITHOUT_GEOMETRY", "an area without a surface is not cut");
}

absl::Status AreaIsGrid() {
  return Error(absl::StatusCode::kFailedPrecondition, "AREA_IS_GRID", "a grid is not cut but split");
}

absl::Status AreaIsNoGrid(std::string_view code) {
  return Error(absl::StatusCode::kFailedPrecondition, "AREA_IS_NO_GRID", "only grids are split and merged",
               {{"code", code}});
}

absl::Status AreaEnded(std::string_view merged_into) {
  return Error(absl::StatusCode::kFailedPrecondition, "AREA_ENDED", "the area was merged into another",
               {{"merged_into", merged_into}});
}

absl::Status NothingToSplit(size_t parts) {
  return Error(absl::StatusCode::kFailedPrecondition, "NOTHING_TO_SPLIT",
               fmt::format("the points make {} parts; a grid is split into 2 to 26", parts));
}

absl::Status TooManyGrantsOf(std::string_view staff) {
  return Error(absl::StatusCode::kFailedPrecondition, "TOO_MANY_GRANTS",
               "somebody who works in these grids would have more grants than fit into a token", {{"staff", staff}});
}

absl::Status AreaCodeTooLong() {
  return Error(absl::StatusCode::kFailedPrecondition, "AREA_CODE_TOO_LONG",
               "with the number of a grid behind it the code of the area, or its path, would be too long");
}

}  // namespace gridwork::identity::errors
