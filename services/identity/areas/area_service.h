// AreaService: one method per RPC. Who may call what stands in area_service.proto; the front door has decided before a
// method runs.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/auth/scope.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/page_token.h"
#include "common/rpc/front_door.h"
#include "gridwork/identity/v1/area_service.pb.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/areas/area_facts.h"
#include "services/identity/areas/area_index.h"
#include "services/identity/areas/area_store.h"
#include "services/identity/sessions/revocation_store.h"
#include "services/identity/staff/staff_store.h"

namespace gridwork::identity {

// The index of the areas as they are: asks the store at most once a second whether they have changed, and at once after
// Expire(). Thread-safe.
class CurrentAreas {
 public:
  CurrentAreas(AreaStore& store, const Clock& clock) : store_(store), clock_(clock) {}
  absl::StatusOr<std::shared_ptr<const AreaIndex>> Get();
  void Expire() { expired_ = true; }

 private:
  AreaStore& store_;
  const Clock& clock_;
  std::atomic<bool> expired_ = true;
  Mutex mu_;
  absl::Time checked_ GUARDED_BY(mu_) = absl::InfinitePast();
  int64_t change_count_ GUARDED_BY(mu_) = -1;
  std::shared_ptr<const AreaIndex> index_ GUARDED_BY(mu_);
};

class AreaService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.identity.v1.AreaService";

  struct Stores {
    AreaStore& areas;
    StaffStore& staff;
    RevocationStore& revocations;
  };
  // All arguments outlive it.
  AreaService(const Stores& stores, const Clock& clock, const PageTokens& tokens)
      : areas_(stores.areas),
        staff_(stores.staff),
        revocations_(stores.revocations),
        facts_(stores.areas),
        current_(stores.areas, clock),
        tokens_(tokens) {}
  void Register(rpc::FrontDoor& door);

  absl::StatusOr<v1::ImportAreasResponse> ImportAreas(const rpc::CallContext& call,
                                                      const v1::ImportAreasRequest& request, Unit& unit,
                                                      const Area& root);
  absl::StatusOr<v1::Area> GetArea(const rpc::CallContext& call, const v1::GetAreaRequest& request, const Area& found);
  absl::StatusOr<v1::ListAreasResponse> ListAreas(const rpc::CallContext& call, const v1::ListAreasRequest& request,
                                                  const auth::Scope& scope);
  absl::StatusOr<v1::LocatePointsResponse> LocatePoints(const rpc::CallContext& call,
                                                        const v1::LocatePointsRequest& request, const Area& root);
  absl::StatusOr<v1::CutGridsResponse> CutGrids(const rpc::CallContext& call, const v1::CutGridsRequest& request,
                                                Unit& unit, const Area& parent);
  absl::StatusOr<v1::SplitAreaResponse> SplitArea(const rpc::CallContext& call, const v1::SplitAreaRequest& request,
                                                  Unit& unit, const Area& found);
  absl::StatusOr<v1::Area> MergeAreas(const rpc::CallContext& call, const v1::MergeAreasRequest& request, Unit& unit,
                                      const Area& parent);
  absl::StatusOr<v1::ListAreaChangesResponse> ListAreaChanges(const rpc::CallContext& call,
                                                              const v1::ListAreaChangesRequest& request,
                                                              const Area& root);

 private:
  // First in a unit that writes areas.
  absl::Status BeginChange(Unit& unit);
  absl::StatusOr<v1::AreaVerdict::Result> ImportOne(Unit& unit, const std::string& root_path, const AreaEdit& edit,
                                                    AreaChange& change);
  // Writes new grids and the change that they are, and says them.
  absl::Status InsertAll(Unit& unit, std::vector<Area>& grids, AreaChange& change,
                         google::protobuf::RepeatedPtrField<v1::Area>& out);
  // The grids of `parent` that are to be merged, with geometry. BAD_FIELD areas.
  absl::StatusOr<std::vector<Area>> ReadMerged(Unit& unit, const MergeOrder& order, const Area& parent);
  // Who works in merged grids goes on in the new one, with new tokens.
  absl::Status MoveGrants(Unit& unit, const std::vector<std::string>& merged, const Area& into, absl::Time now);

  AreaStore& areas_;
  StaffStore& staff_;
  RevocationStore& revocations_;
  AreaFacts facts_;
  CurrentAreas current_;
  const PageTokens& tokens_;
};

}  // namespace gridwork::identity
