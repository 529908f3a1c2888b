// Loads areas for the front door, of every service whose RPCs name one.
#pragma once
#include "common/base/status_macros.h"
#include "common/rpc/front_door.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/areas/area_store.h"

namespace gridwork::identity {

class AreaFacts {  // Thread-safe.
 public:
  explicit AreaFacts(AreaStore& areas) : areas_(areas) {}

  // Of "areas/{code}"; the row comes without geometry.
  absl::StatusOr<rpc::Loaded<Area>> Load(const std::string& name) {
    ASSIGN_OR_RETURN(std::string code, ParseAreaName("name", name));
    ASSIGN_OR_RETURN(Area area, areas_.Find(code));
    return rpc::Loaded<Area>{{.area = area.path}, std::move(area)};
  }

 private:
  AreaStore& areas_;
};

}  // namespace gridwork::identity
