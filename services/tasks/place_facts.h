// Loads places for the front door, of every service whose RPCs name one.
#pragma once
#include <string>

#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/rpc/front_door.h"
#include "services/tasks/place_store.h"

namespace gridwork::tasks {

class PlaceFacts {  // Thread-safe.
 public:
  explicit PlaceFacts(PlaceStore& places) : places_(places) {}

  // Of "places/{uuid}".
  absl::StatusOr<rpc::Loaded<Place>> Load(const std::string& name) {
    ASSIGN_OR_RETURN(Uuid id, ParseName("name", "places", name));
    ASSIGN_OR_RETURN(Place place, places_.Find(id));
    return rpc::Loaded<Place>{{.area = place.grid}, place};
  }

 private:
  PlaceStore& places_;
};

}  // namespace gridwork::tasks
