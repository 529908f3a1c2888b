#include "services/tasks/place_service.h"

#include "common/base/status_macros.h"
#include "services/tasks/place_convert.h"
#include "services/tasks/place_errors.h"

namespace gridwork::tasks {

void PlaceService::Register(rpc::FrontDoor& door) {
  door.FactsOf("Area", this, &PlaceService::LoadArea).FactsOf("Place", &place_facts_, &PlaceFacts::Load);
  door.On("ImportPlaces", this, &PlaceService::ImportPlaces)
      .On("GetPlace", this, &PlaceService::GetPlace)
      .On("ListPlaces", this, &PlaceService::ListPlaces)
      .On("UpdatePlace", this, &PlaceService::UpdatePlace);
}

absl::StatusOr<rpc::Loaded<AreaPath>> PlaceService::LoadArea(const std::string& root) {
  ASSIGN_OR_RETURN(std::string path, ParseRoot(root));
  return rpc::Loaded<AreaPath>{{.area = path}, {path}};
}

// Identity is asked before the transaction begins: its first statement is the store's.
absl::StatusOr<v1::ImportPlacesResponse> PlaceService::ImportPlaces(const rpc::CallContext& call,
                                                                    const v1::ImportPlacesRequest& request, Unit& unit,
                                                                    const AreaPath& root) {
  ASSIGN_OR_RETURN(auto items, ParseImport(request));
  std::vector<Place> places;
  for (const auto& item : items) {
    if (item.ok()) places.push_back(*item);
  }
  ASSIGN_OR_RETURN(int64_t change, PutInGrids(areas_, root.path, places));
  auto mode = request.validate_only() ? ImportMode::kValidateOnly : ImportMode::kWrite;
  RETURN_IF_ERROR(store_.HoldAreas(unit, root.path, change));
  ASSIGN_OR_RETURN(auto imported, store_.Import(unit, root.path, places, mode, call.caller.id));

  v1::ImportPlacesResponse response;
  size_t next = 0;
  for (const auto& item : items) {
    if (!item.ok()) {
      *response.add_verdicts() = ToVerdict(item.status());
    } else {
      *response.add_verdicts() = ToVerdict(places[next], imported[next], mode);
      ++next;
    }
  }
  return response;
}

absl::StatusOr<v1::Place> PlaceService::GetPlace(const rpc::CallContext&, const v1::GetPlaceRequest&,
                                                 const Place& found) {
  return ToProto(found);
}

absl::StatusOr<v1::ListPlacesResponse> PlaceService::ListPlaces(const rpc::CallContext& call,
                                                                const v1::ListPlacesRequest& request,
                                                                const auth::Scope& scope) {
  ASSIGN_OR_RETURN(ListRequest list, ParseList(request));
  const std::string kind = std::to_string(request.kind());
  const std::vector<std::string_view> query = {call.method, call.caller.id, list.filter.area, kind};
  ASSIGN_OR_RETURN(std::string after, page_tokens_.Open(query, request.page_token()));
  ASSIGN_OR_RETURN(auto page, list.near ? store_.Near(scope, {*list.near, static_cast<double>(list.radius_metres),
                                                              list.filter, list.limit})
                                        : store_.List(scope, {list.filter, after, list.limit}));

  v1::ListPlacesResponse response;
  for (const Place& place : page.rows) *response.add_places() = ToProto(place);
  response.set_next_page_token(page_tokens_.Seal(query, page.next));
  return response;
}

absl::StatusOr<v1::Place> PlaceService::UpdatePlace(const rpc::CallContext& call, const v1::UpdatePlaceRequest& request,
                                                    Unit& unit, const Place& found) {
  ASSIGN_OR_RETURN(PlaceEdit edit, ParseEdit(request.place(), request.update_mask(), found));
  if (edit.base != found.version) return errors::PlaceEtagMismatch(found.version);
  if (edit.wanted.location != found.location) {
    ASSIGN_OR_RETURN(int64_t change, PutInGrid(areas_, RootOf(found.grid), edit.wanted));
    RETURN_IF_ERROR(store_.HoldAreas(unit, RootOf(found.grid), change));
  }
  ASSIGN_OR_RETURN(Place written, store_.Update(unit, edit.wanted, call.caller.id));
  return ToProto(written);
}

}  // namespace gridwork::tasks
