// Loads places for the front door, of every service whose RPCs name one.
#pragma once
#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/rpc/front_door.h"
#include "services/tasks/place_store.h"

namespace gridwork::tasks {

class PlaceFacts {  // Thread-safe.
 public:
  // `field`: what its requests call the place; errors name it.
  explicit PlaceFacts(PlaceStore& places, std::string field = "name") : places_(places), field_(std::move(field)) {}

  // Of "places/{uuid}".
  absl::StatusOr<rpc::Loaded<Place>> Load(const std::string& name) {
    ASSIGN_OR_RETURN(Uuid id, ParseName(field_, "places", name));
    ASSIGN_OR_RETURN(Place place, places_.Find(id));
    return rpc::Loaded<Place>{{.area = place.grid}, place};
  }

 private:
  PlaceStore& places_;
  const std::string field_;
};

}  // namespace gridwork::tasks
