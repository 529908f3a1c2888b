// PlaceService: one method for each RPC. Who may call what stands in place_service.proto; the front door has decided
// before a method runs.
#pragma once
#include <string>
#include <vector>

#include "common/base/page_token.h"
#include "common/rpc/front_door.h"
#include "gridwork/tasks/v1/place_service.pb.h"
#include "services/tasks/area_locator.h"
#include "services/tasks/place_facts.h"
#include "services/tasks/place_store.h"

namespace gridwork::tasks {

// An area as this service knows it: by its path.
struct AreaPath {
  std::string path;
};

class PlaceService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.tasks.v1.PlaceService";

  PlaceService(PlaceStore& store, AreaLocator& areas, const PageTokens& page_tokens)
      : store_(store), place_facts_(store), areas_(areas), page_tokens_(page_tokens) {}

  void Register(rpc::FrontDoor& door);

  absl::StatusOr<rpc::Loaded<AreaPath>> LoadArea(const std::string& root);

  absl::StatusOr<v1::ImportPlacesResponse> ImportPlaces(const rpc::CallContext& call,
                                                        const v1::ImportPlacesRequest& request, Unit& unit,
                                                        const AreaPath& root);
  absl::StatusOr<v1::Place> GetPlace(const rpc::CallContext& call, const v1::GetPlaceRequest& request,
                                     const Place& found);
  absl::StatusOr<v1::ListPlacesResponse> ListPlaces(const rpc::CallContext& call, const v1::ListPlacesRequest& request,
                                                    const auth::Scope& scope);
  absl::StatusOr<v1::Place> UpdatePlace(const rpc::CallContext& call, const v1::UpdatePlaceRequest& request, Unit& unit,
                                        const Place& found);

 private:
  PlaceStore& store_;
  PlaceFacts place_facts_;
  AreaLocator& areas_;
  const PageTokens& page_tokens_;
};

}  // namespace gridwork::tasks
