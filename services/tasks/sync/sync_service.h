// SyncService: one method for each RPC. Who may call what stands in sync_service.proto; the front door has decided
// before a method runs.
#pragma once
#include <vector>

#include "common/base/page_token.h"
#include "common/rpc/front_door.h"
#include "common/rpc/inner_calls.h"
#include "gridwork/tasks/v1/sync_service.pb.h"
#include "services/tasks/area_locator.h"
#include "services/tasks/place_facts.h"
#include "services/tasks/place_store.h"
#include "services/tasks/sync/conflict_store.h"
#include "services/tasks/sync/sync_store.h"

namespace gridwork::tasks {

class SyncService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.tasks.v1.SyncService";

  // `calls`: the writes of this process, which a Push carries.
  SyncService(SyncStore& sync, PlaceStore& places, ConflictStore& conflicts, AreaLocator& areas,
              const rpc::InnerCalls& calls, const PageTokens& page_tokens)
      : sync_(sync),
        places_(places),
        place_facts_(places),
        conflicts_(conflicts),
        areas_(areas),
        calls_(calls),
        page_tokens_(page_tokens) {}

  void Register(rpc::FrontDoor& door);

  absl::StatusOr<v1::PullResponse> Pull(const rpc::CallContext&, const v1::PullRequest&, const auth::Scope&);
  absl::StatusOr<v1::PushResponse> Push(const rpc::CallContext&, const v1::PushRequest&);
  absl::StatusOr<v1::EditPlaceResponse> EditPlace(const rpc::CallContext&, const v1::EditPlaceRequest&, Unit&,
                                                  const Place&);

 private:
  absl::StatusOr<v1::MutationVerdict> Carry(const rpc::CallContext& call, const v1::Mutation& mutation);
  absl::StatusOr<std::vector<Conflict>> Keep(Unit& unit, const MergedPlace& merged, const PlaceEdit& edit);

  SyncStore& sync_;
  PlaceStore& places_;
  PlaceFacts place_facts_;
  ConflictStore& conflicts_;
  AreaLocator& areas_;
  const rpc::InnerCalls& calls_;
  const PageTokens& page_tokens_;
};

}  // namespace gridwork::tasks
