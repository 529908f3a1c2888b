// Every error that AreaService adds to the front door's own.
#pragma once
#include <absl/status/status.h>

#include <cstddef>
#include <string_view>

namespace gridwork::identity::errors {

// NOT_FOUND, as the front door says it.
absl::Status AreaNotFound();
// ALREADY_EXISTS AREA_CODE_TAKEN, metadata "code".
absl::Status AreaCodeTaken(std::string_view code);
// FAILED_PRECONDITION AREA_HAS_CHILDREN: only an area without any is cut.
absl::Status AreaHasChildren();
// FAILED_PRECONDITION AREA_WITHOUT_GEOMETRY: there is nothing to cut.
absl::Status AreaWithoutGeometry();
// FAILED_PRECONDITION AREA_IS_GRID: a grid is not cut again.
absl::Status AreaIsGrid();
// FAILED_PRECONDITION AREA_IS_NO_GRID, metadata "code": only grids are split and merged.
absl::Status AreaIsNoGrid(std::string_view code);
// FAILED_PRECONDITION AREA_ENDED, metadata "merged_into": nothing new is kept in it.
absl::Status AreaEnded(std::string_view merged_into);
// FAILED_PRECONDITION NOTHING_TO_SPLIT: the points make one part, or more than 26.
absl::Status NothingToSplit(size_t parts);
// FAILED_PRECONDITION TOO_MANY_GRANTS, metadata "staff": with those of the new grid they would not fit into a token.
absl::Status TooManyGrantsOf(std::string_view staff);
// FAILED_PRECONDITION AREA_CODE_TOO_LONG: its grids would have codes, or a path, of more characters than are allowed.
absl::Status AreaCodeTooLong();

}  // namespace gridwork::identity::errors
