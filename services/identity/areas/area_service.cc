#include "services/identity/areas/area_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/status_map.h"
#include "services/identity/areas/area_convert.h"
#include "services/identity/areas/area_errors.h"
#include "services/identity/areas/grid_cutter.h"

namespace gridwork::identity {
namespace {

constexpr absl::Duration kCheckEvery = absl::Seconds(1);
constexpr size_t kMaxDisplayName = 100;  // bytes here: for names that are made of others

// The grids of `area`, by code: G01, G02, ... in the order of the cells.
absl::StatusOr<std::vector<Area>> MakeGrids(const Area& area, std::vector<GridCell> cells, absl::Time now) {
  const size_t digits = std::max<size_t>(2, std::to_string(cells.size()).size());
  std::vector<Area> grids;
  for (size_t i = 0; i < cells.size(); ++i) {
    std::string number = fmt::format("G{:0{}}", i + 1, digits);
    Area grid{.code = fmt::format("{}-{}", area.code, number), .level = std::string(kGridLevel), .parent = area.code};
    grid.display_name = fmt::format("{} {}", area.display_name, number);
    if (grid.display_name.size() > kMaxDisplayName) grid.display_name = grid.code;
    grid.path = fmt::format("{}/{}", area.path, grid.code);
    grid.geometry = std::move(cells[i].geometry);
    grid.created = grid.updated = now;
    if (grid.code.size() > kMaxAreaCode || grid.path.size() > kMaxAreaPath) return errors::AreaCodeTooLong();
    grids.push_back(std::move(grid));
  }
  return grids;
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
    index_ = std::make_shared<const AreaIndex>(areas);
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
      .On("CutGrids", this, &AreaService::CutGrids);
}

absl::StatusOr<v1::ImportAreasResponse> AreaService::ImportAreas(const rpc::CallContext& call,
                                                                 const v1::ImportAreasRequest& request, Unit& unit,
                                                                 const Area& root) {
  ASSIGN_OR_RETURN(auto edits, ParseImport(request));
  RETURN_IF_ERROR(areas_.BeginChange(unit));
  unit.AfterCommit([this] { current_.Expire(); });

  v1::ImportAreasResponse response;
  for (size_t i = 0; i < edits.size(); ++i) {
    auto result = edits[i].ok() ? ImportOne(unit, root.path, *edits[i], call.now) : edits[i].status();
    auto* verdict = response.add_verdicts();
    if (absl::IsInvalidArgument(result.status())) {  // the others go on
      verdict->set_result(v1::AreaVerdict::RESULT_REJECTED);
      *verdict->mutable_error() = rpc::ToRpcStatus(InItem(i, result.status()));
      continue;
    }
    RETURN_IF_ERROR(result.status());
    verdict->set_result(*result);
  }
  return response;
}

absl::StatusOr<v1::AreaVerdict::Result> AreaService::ImportOne(Unit& unit, const std::string& root_path,
                                                               const AreaEdit& edit, absl::Time now) {
  ImportFacts facts{.root_path = root_path};
  ASSIGN_OR_RETURN(facts.existing, areas_.Read(unit, edit.code));
  if (!facts.existing && !edit.parent.empty()) {
    ASSIGN_OR_RETURN(facts.parent, areas_.Read(unit, edit.parent));
  }
  if (facts.existing && edit.level == kGridLevel) {
    ASSIGN_OR_RETURN(facts.has_children, areas_.HasChildren(unit, edit.code));
  }

  ASSIGN_OR_RETURN(ImportPlan plan, PlanImport(edit, facts, now));
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

absl::StatusOr<v1::Area> AreaService::GetArea(const rpc::CallContext&, const v1::GetAreaRequest&, const Area& found) {
  ASSIGN_OR_RETURN(Area area, areas_.FindWithGeometry(found.code));
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
  return response;
}

absl::StatusOr<v1::CutGridsResponse> AreaService::CutGrids(const rpc::CallContext& call,
                                                           const v1::CutGridsRequest& request, Unit& unit,
                                                           const Area& parent) {
  ASSIGN_OR_RETURN(CutOrder order, ParseCutGrids(request));
  RETURN_IF_ERROR(areas_.BeginChange(unit));
  unit.AfterCommit([this] { current_.Expire(); });
  ASSIGN_OR_RETURN(bool has_children, areas_.HasChildren(unit, parent.code));
  if (has_children) return errors::AreaHasChildren();
  ASSIGN_OR_RETURN(auto area, areas_.Read(unit, parent.code));
  if (!area) return errors::AreaNotFound();
  if (area->level == kGridLevel) return errors::AreaIsGrid();
  if (area->geometry.empty()) return errors::AreaWithoutGeometry();

  ASSIGN_OR_RETURN(auto cells, CutIntoCells(area->geometry, std::move(order.points), order.places_per_grid));
  ASSIGN_OR_RETURN(auto grids, MakeGrids(*area, std::move(cells), call.now));
  v1::CutGridsResponse response;
  for (Area& grid : grids) {
    RETURN_IF_ERROR(areas_.Insert(unit, grid));
    grid.geometry.clear();
    *response.add_grids() = ToProto(grid);
  }
  return response;
}

}  // namespace gridwork::identity
