// ConflictService: one method for each RPC. Who may call what stands in conflict_service.proto; the front door has
// decided before a method runs.
#pragma once
#include <string>

#include "common/base/page_token.h"
#include "common/rpc/front_door.h"
#include "gridwork/tasks/v1/conflict_service.pb.h"
#include "services/tasks/area_locator.h"
#include "services/tasks/place_store.h"
#include "services/tasks/sync/conflict_store.h"

namespace gridwork::tasks {

class ConflictService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.tasks.v1.ConflictService";

  ConflictService(ConflictStore& conflicts, PlaceStore& places, AreaLocator& areas, const PageTokens& page_tokens)
      : conflicts_(conflicts), places_(places), areas_(areas), page_tokens_(page_tokens) {}

  void Register(rpc::FrontDoor& door);

  absl::StatusOr<rpc::Loaded<Conflict>> LoadConflict(const std::string& name);

  absl::StatusOr<v1::ListConflictsResponse> ListConflicts(const rpc::CallContext&, const v1::ListConflictsRequest&,
                                                          const auth::Scope&);
  absl::StatusOr<v1::Conflict> ResolveConflict(const rpc::CallContext&, const v1::ResolveConflictRequest&, Unit&,
                                               const Conflict&);

 private:
  // What the field of the conflict is to be, in its grid; nullopt: as it is.
  absl::StatusOr<std::optional<Place>> Wanted(Unit& unit, ConflictState decision, const v1::Place& merged,
                                              const Conflict& found);

  ConflictStore& conflicts_;
  PlaceStore& places_;
  AreaLocator& areas_;
  const PageTokens& page_tokens_;
};

}  // namespace gridwork::tasks
