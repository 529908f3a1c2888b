#include "services/identity/areas/area_service.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/status_map.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/areas/area_errors.h"
#include "services/identity/areas/grid_cutter.h"
#include "services/identity/staff/merged_grants.h"
#include "services/identity/staff/staff_convert.h"

namespace gridwork::identity {
namespace {

constexpr absl::Duration kCheckEvery = absl::Seconds(1);

std::string RootOf(std::string_view path) { return std::string(path.substr(0, path.find('/'))); }

std::vector<MultiPolygon> SurfacesOf(std::vector<GridCell> cells) {
  std::vector<MultiPolygon> out;
  for (GridCell& cell : cells) out.push_back(std::move(cell.geometry));
  return out;
}

// What is wrong with an area, in the request that it is a part of.
absl::Status InItem(size_t i, const absl::Status& bad_area) {
  FieldErrors errors;
  for (const auto& [field, rule] : FieldViolationsOf(bad_area)) errors.Add(fmt::format("areas[{}].{}", i, field), rule);
  return errors.empty() ? bad_area : errors.status();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const AreaIndex>> CurrentAreas::Get() {
  MutexLock lock(mu_);
  absl::Time now = clock_.Now();
  if (index_ && !expired_ && now - checked_ < kCheckEvery) return index_;

  expired_ = false;  // before the store is asked: a commit from here on sets it again
  checked_ = absl::InfinitePast();
  ASSIGN_OR_RETURN(int64_t count, store_.ChangeCount());
  if (!index_ || count != change_count_) {
    ASSIGN_OR_RETURN(auto areas, store_.AllWithGeometry());
    index_ = std::make_shared<const AreaIndex>(areas, count);
    change_count_ = count;
  }
  checked_ = now;
  return index_;
}

void AreaService::Register(rpc::FrontDoor& door) {
  door.FactsOf("Area", &facts_, &AreaFacts::Load);
  door.On("ImportAreas", this, &AreaService::ImportAreas)
      .On("GetArea", this, &AreaService::GetArea)
      .On("ListAreas", this, &AreaService::ListAreas)
      .On("LocatePoints", this, &AreaService::LocatePoints)
      .On("CutGrids", this, &AreaService::CutGrids)
      .On("SplitArea", this, &AreaService::SplitArea)
      .On("MergeAreas", this, &AreaService::MergeAreas)
      .On("ListAreaChanges", this, &AreaService::ListAreaChanges);
}

absl::Status AreaService::BeginChange(Unit& unit) {
  RETURN_IF_ERROR(areas_.BeginChange(unit));
  unit.AfterCommit([this] { current_.Expire(); });
  return absl::OkStatus();
}

absl::StatusOr<v1::ImportAreasResponse> AreaService::ImportAreas(const rpc::CallContext& call,
                                                                 const v1::ImportAreasRequest& request, Unit& unit,
                                                                 const Area& root) {
  ASSIGN_OR_RETURN(auto edits, ParseImport(request));
  RETURN_IF_ERROR(BeginChange(unit));

  // A border that was drawn over another area takes points from there, wherever that is: all of the tree is looked up.
  const std::string tree = RootOf(root.path);
  AreaChange change{.kind = AreaChange::Kind::kImported, .root = tree, .from = {tree}, .time = call.now};
  v1::ImportAreasResponse response;
  for (size_t i = 0; i < edits.size(); ++i) {
    auto result = edits[i].ok() ? ImportOne(unit, root.path, *edits[i], change) : edits[i].status();
    auto* verdict = response.add_verdicts();
    if (absl::IsInvalidArgument(result.status())) {  // the others go on
      verdict->set_result(v1::AreaVerdict::RESULT_REJECTED);
      *verdict->mutable_error() = rpc::ToRpcStatus(InItem(i, result.status()));
      continue;
    }
    RETURN_IF_ERROR(result.status());
    verdict->set_result(*result);
  }
  if (!change.into.empty()) RETURN_IF_ERROR(areas_.Record(unit, change));
  return response;
}

absl::StatusOr<v1::AreaVerdict::Result> AreaService::ImportOne(Unit& unit, const std::string& root_path,
                                                               const AreaEdit& edit, AreaChange& change) {
  ImportFacts facts{.root_path = root_path};
  ASSIGN_OR_RETURN(facts.existing, areas_.Read(unit, edit.code));
  if (!facts.existing && !edit.parent.empty()) {
    ASSIGN_OR_RETURN(facts.parent, areas_.Read(unit, edit.parent));
  }
  if (facts.existing && edit.level == kGridLevel) {
    ASSIGN_OR_RETURN(facts.has_children, areas_.HasChildren(unit, edit.code));
  }

  ASSIGN_OR_RETURN(ImportPlan plan, PlanImport(edit, facts, change.time));
  if (plan.moves_points) change.into.push_back(plan.area.path);
  switch (plan.action) {
    case ImportPlan::Action::kCreate:
      RETURN_IF_ERROR(areas_.Insert(unit, plan.area));
      return v1::AreaVerdict::RESULT_CREATED;
    case ImportPlan::Action::kUpdate:
      RETURN_IF_ERROR(areas_.Update(unit, plan.area));
      return v1::AreaVerdict::RESULT_UPDATED;
    case ImportPlan::Action::kNothing:
      return v1::AreaVerdict::RESULT_UNCHANGED;
  }
  return v1::AreaVerdict::RESULT_UNCHANGED;
}

absl::StatusOr<v1::Area> AreaService::GetArea(const rpc::CallContext&, const v1::GetAreaRequest& request,
                                              const Area& found) {
  ASSIGN_OR_RETURN(std::optional<absl::Time> time, ParseReadTime(request));
  ASSIGN_OR_RETURN(Area area, time ? areas_.FindAt(found.code, *time) : areas_.FindWithGeometry(found.code));
  return ToProto(area);
}

absl::StatusOr<v1::ListAreasResponse> AreaService::ListAreas(const rpc::CallContext& call,
                                                             const v1::ListAreasRequest& request,
                                                             const auth::Scope& scope) {
  ASSIGN_OR_RETURN(AreaQuery query, ParseListAreas(request));
  const auto key = PageKey(request, call.caller.id);
  ASSIGN_OR_RETURN(query.after, tokens_.Open(key, request.page_token()));

  ASSIGN_OR_RETURN(auto page, areas_.List(scope, query));
  v1::ListAreasResponse response;
  for (const Area& area : page.rows) *response.add_areas() = ToProto(area);
  response.set_next_page_token(tokens_.Seal(key, page.next));
  return response;
}

absl::StatusOr<v1::LocatePointsResponse> AreaService::LocatePoints(const rpc::CallContext&,
                                                                   const v1::LocatePointsRequest& request,
                                                                   const Area& root) {
  if (!root.is_root()) return BadField("root", "must be the root of a tree");
  ASSIGN_OR_RETURN(auto points, ParseLocatePoints(request));
  ASSIGN_OR_RETURN(auto index, current_.Get());

  v1::LocatePointsResponse response;
  for (std::string& path : index->Locate(root.path, points)) response.add_paths(std::move(path));
  response.set_change_number(index->change_number());
  return response;
}

absl::StatusOr<v1::CutGridsResponse> AreaService::CutGrids(const rpc::CallContext& call,
                                                           const v1::CutGridsRequest& request, Unit& unit,
                                                           const Area& parent) {
  ASSIGN_OR_RETURN(CutOrder order, ParseCutGrids(request));
  RETURN_IF_ERROR(BeginChange(unit));
  ASSIGN_OR_RETURN(bool has_children, areas_.HasChildren(unit, parent.code));
  if (has_children) return errors::AreaHasChildren();
  ASSIGN_OR_RETURN(auto area, areas_.Read(unit, parent.code));
  if (!area) return errors::AreaNotFound();
  if (area->level == kGridLevel) return errors::AreaIsGrid();
  if (area->geometry.empty()) return errors::AreaWithoutGeometry();

  ASSIGN_OR_RETURN(auto cells, CutIntoCells(area->geometry, std::move(order.points), order.places_per_grid));
  ASSIGN_OR_RETURN(auto grids, MakeGrids(*area, SurfacesOf(std::move(cells)), call.now));
  AreaChange change{.kind = AreaChange::Kind::kCut, .root = RootOf(area->path), .from = {area->path}, .time = call.now};
  v1::CutGridsResponse response;
  RETURN_IF_ERROR(InsertAll(unit, grids, change, *response.mutable_grids()));
  return response;
}

absl::StatusOr<v1::SplitAreaResponse> AreaService::SplitArea(const rpc::CallContext& call,
                                                             const v1::SplitAreaRequest& request, Unit& unit,
                                                             const Area& found) {
  ASSIGN_OR_RETURN(CutOrder order, ParseSplitArea(request));
  RETURN_IF_ERROR(BeginChange(unit));
  ASSIGN_OR_RETURN(auto area, areas_.Read(unit, found.code));
  if (!area) return errors::AreaNotFound();
  RETURN_IF_ERROR(CheckLivingGrid(*area));

  ASSIGN_OR_RETURN(auto cells, CutIntoCells(area->geometry, std::move(order.points), order.places_per_grid));
  ASSIGN_OR_RETURN(auto grids, MakeParts(*area, SurfacesOf(std::move(cells)), call.now));
  area->level = kSplitLevel;
  area->updated = call.now;
  RETURN_IF_ERROR(areas_.Update(unit, *area));
  AreaChange change{
      .kind = AreaChange::Kind::kSplit, .root = RootOf(area->path), .from = {area->path}, .time = call.now};
  v1::SplitAreaResponse response;
  RETURN_IF_ERROR(InsertAll(unit, grids, change, *response.mutable_grids()));
  area->geometry.clear();
  ++area->version;
  *response.mutable_area() = ToProto(*area);
  return response;
}

absl::Status AreaService::InsertAll(Unit& unit, std::vector<Area>& grids, AreaChange& change,
                                    google::protobuf::RepeatedPtrField<v1::Area>& out) {
  for (Area& grid : grids) {
    RETURN_IF_ERROR(areas_.Insert(unit, grid));
    change.into.push_back(grid.path);
    grid.geometry.clear();
    *out.Add() = ToProto(grid);
  }
  return areas_.Record(unit, change);
}

absl::StatusOr<v1::Area> AreaService::MergeAreas(const rpc::CallContext& call, const v1::MergeAreasRequest& request,
                                                 Unit& unit, const Area& parent) {
  ASSIGN_OR_RETURN(MergeOrder order, ParseMergeAreas(request));
  RETURN_IF_ERROR(BeginChange(unit));
  ASSIGN_OR_RETURN(std::vector<Area> merged, ReadMerged(unit, order, parent));
  ASSIGN_OR_RETURN(Area into, MergeInto(parent, merged, order.code, order.display_name, call.now));

  RETURN_IF_ERROR(areas_.Insert(unit, into));
  AreaChange change{
      .kind = AreaChange::Kind::kMerged, .root = RootOf(into.path), .into = {into.path}, .time = call.now};
  for (Area& area : merged) {
    area.ended = area.updated = call.now;
    area.merged_into = into.code;
    RETURN_IF_ERROR(areas_.End(unit, area));
    change.from.push_back(area.path);
  }
  RETURN_IF_ERROR(areas_.Record(unit, change));
  RETURN_IF_ERROR(MoveGrants(unit, order.areas, into, call.now));
  return ToProto(into);
}

absl::StatusOr<std::vector<Area>> AreaService::ReadMerged(Unit& unit, const MergeOrder& order, const Area& parent) {
  std::vector<Area> merged;
  for (size_t i = 0; i < order.areas.size(); ++i) {
    ASSIGN_OR_RETURN(auto area, areas_.Read(unit, order.areas[i]));
    if (!area || area->parent != parent.code) {
      return BadField(fmt::format("areas[{}]", i), "must be an area of the parent");
    }
    RETURN_IF_ERROR(CheckLivingGrid(*area));
    merged.push_back(*std::move(area));
  }
  return merged;
}

absl::Status AreaService::MoveGrants(Unit& unit, const std::vector<std::string>& merged, const Area& into,
                                     absl::Time now) {
  ASSIGN_OR_RETURN(std::vector<Staff> holders, staff_.LockHolders(unit, merged, now));
  for (const GrantChange& change : FollowMerge(holders, merged, into, now)) {
    RETURN_IF_ERROR(change.remove ? staff_.RemoveGrant(unit, change.staff, change.grant.id)
                                  : staff_.PutGrant(unit, change.staff, change.grant));
  }
  for (Staff& staff : holders) {
    if (!FitIntoToken(staff, now)) return errors::TooManyGrantsOf(StaffName(staff.id));
    staff.updated = now;
    RETURN_IF_ERROR(staff_.Update(unit, staff));
  }
  for (const Staff& staff : holders) {
    RETURN_IF_ERROR(revocations_.Add(unit, OldTokensOf(staff, now), now));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ListAreaChangesResponse> AreaService::ListAreaChanges(const rpc::CallContext& call,
                                                                         const v1::ListAreaChangesRequest& request,
                                                                         const Area& root) {
  if (!root.is_root()) return BadField("root", "must be the root of a tree");
  ASSIGN_OR_RETURN(size_t limit, ParsePageSize(request.page_size()));
  const std::string after_number = std::to_string(request.after_number());
  const std::vector<std::string_view> key = {"ListAreaChanges", call.caller.id, root.code, after_number};
  ASSIGN_OR_RETURN(std::string page, tokens_.Open(key, request.page_token()));
  const int64_t after = page.empty() ? request.after_number() : std::stoll(page);

  ASSIGN_OR_RETURN(auto changes, areas_.Changes(root.code, after, limit + 1));
  v1::ListAreaChangesResponse response;
  for (const AreaChange& change : changes) {
    if (static_cast<size_t>(response.changes_size()) == limit) {
      const int64_t last = response.changes().rbegin()->number();
      response.set_next_page_token(tokens_.Seal(key, std::to_string(last)));
      break;
    }
    *response.add_changes() = ToProto(change);
  }
  return response;
}

}  // namespace gridwork::identity
