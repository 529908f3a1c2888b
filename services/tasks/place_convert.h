// Protobuf to domain and back. What comes out of Parse* is valid; nothing checks it again.
#pragma once
#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "google/rpc/status.pb.h"
#include "gridwork/tasks/v1/place.pb.h"
#include "gridwork/tasks/v1/place_service.pb.h"
#include "services/tasks/place_store.h"

namespace gridwork::tasks {

// Code of a root area: "CHI".
absl::StatusOr<std::string> ParseRoot(const std::string& root);

// "places/{uuid}".

// A place for each item, still without a grid, or why the item is refused: "places[3].display_name". BAD_FIELD places
// when there are none or too many.
absl::StatusOr<std::vector<absl::StatusOr<Place>>> ParseImport(const v1::ImportPlacesRequest& request);

// What the fields of `mask` in `place`, a field `place` of a request, want of `found`, and the version that its etag
// names.
absl::StatusOr<PlaceEdit> ParseEdit(const v1::Place& place, const google::protobuf::FieldMask& mask,
                                    const Place& found);

// Reads one field of `place`, which is the field `field_path` of a request, into `out`.
absl::Status ReadField(PlaceField field, std::string_view field_path, const v1::Place& place, Place& out);

struct ListRequest {
  PlaceFilter filter;
  std::optional<LatLng> near;
  int radius_metres = 0;
  size_t limit = 0;
};
absl::StatusOr<ListRequest> ParseList(const v1::ListPlacesRequest& request);

v1::Place ToProto(const Place& place);
// With that field only.
v1::Place ToProto(const Place& place, PlaceField field);
v1::PlaceVerdict ToVerdict(const Place& place, const Imported& imported, ImportMode mode);
v1::PlaceVerdict ToVerdict(const absl::Status& refused);

}  // namespace gridwork::tasks
