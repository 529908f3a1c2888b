#include "services/identity/areas/area_errors.h"

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
  return Error(absl::StatusCode::kFailedPrecondition, "AREA_IS_GRID", "a grid is the lowest level and is not cut");
}

absl::Status AreaCodeTooLong() {
  return Error(absl::StatusCode::kFailedPrecondition, "AREA_CODE_TOO_LONG",
               "with the number of a grid behind it the code of the area, or its path, would be too long");
}

}  // namespace gridwork::identity::errors
