// Protobuf to areas and back. What comes out of Parse* is valid; nothing checks it again.
#pragma once
#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "common/base/page_token.h"
#include "gridwork/identity/v1/area_service.pb.h"
#include "services/identity/areas/area_index.h"
#include "services/identity/areas/area_store.h"
#include "services/identity/areas/grid_cutter.h"

namespace gridwork::identity {

// "areas/{code}" -> the code.
absl::StatusOr<std::string> ParseAreaName(std::string_view field, std::string_view name);
std::string AreaName(std::string_view code);
absl::StatusOr<std::string> ParseAreaCode(std::string_view field, std::string_view code);
absl::StatusOr<std::string> ParseDisplayName(std::string_view field, std::string_view name);

// How names are searched: case folded, a blank before each word, nothing else between the words: " mckinley park".
std::string SearchText(std::string_view text);

// The edits in the order of the request; what is wrong with one stands in its place.
absl::StatusOr<std::vector<absl::StatusOr<AreaEdit>>> ParseImport(const v1::ImportAreasRequest& request);
absl::StatusOr<AreaQuery> ParseListAreas(const v1::ListAreasRequest& request);
absl::StatusOr<std::vector<LatLng>> ParseLocatePoints(const v1::LocatePointsRequest& request);

struct CutOrder {
  std::vector<LatLng> points;
  int places_per_grid = 0;
};
absl::StatusOr<CutOrder> ParseCutGrids(const v1::CutGridsRequest& request);
absl::StatusOr<CutOrder> ParseSplitArea(const v1::SplitAreaRequest& request);

struct MergeOrder {
  std::vector<std::string> areas;  // codes, each once
  std::string code;
  std::string display_name;
};
absl::StatusOr<MergeOrder> ParseMergeAreas(const v1::MergeAreasRequest& request);
absl::StatusOr<std::optional<absl::Time>> ParseReadTime(const v1::GetAreaRequest& request);

// Everything that must stay the same from page to page.
std::vector<std::string_view> PageKey(const v1::ListAreasRequest& request, std::string_view caller);

MultiPolygon FromProto(const common::v1::MultiPolygon& geometry);
common::v1::MultiPolygon ToProto(const MultiPolygon& geometry);
v1::Area ToProto(const Area& area);
v1::AreaChange ToProto(const AreaChange& change);

}  // namespace gridwork::identity
