// Grids that are split and merged, and what has changed.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/base/uuid.h"
#include "gridwork/identity/v1/area_service.grpc.pb.h"
#include "gridwork/tasks/v1/place_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace identity::v1;  // NOLINT(google-build-using-namespace)
using tasks::v1::ListPlacesRequest;
using tasks::v1::ListPlacesResponse;
using tasks::v1::PlaceService;

Table TableOf(const google::protobuf::RepeatedPtrField<Area>& areas) {
  Table table({"CODE", "NAME", "LEVEL", "PATH"});
  for (const Area& area : areas) table.Add({area.code(), area.display_name(), area.level(), area.path()});
  return table;
}

struct SplitArgs {
  std::string code;
  int places_per_grid = 0;
};

void DeclareSplit(CLI::App& command, SplitArgs& args) {
  command.add_option("code", args.code, "Code of the grid")->required()->type_name("CODE");
  command
      .add_option("--places-per-grid", args.places_per_grid, "About so many places in each part; default: two halves")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
}

absl::Status Split(Context& context, const SplitArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ListPlacesRequest of_grid;
  ASSIGN_OR_RETURN(*of_grid.mutable_area(), AreaPath(*session, args.code));
  auto fetch = [&](const ListPlacesRequest& page) {
    return session->Call(&PlaceService::Stub::ListPlaces, page, As::kBulk);
  };
  auto places = ReadPages<ListPlacesRequest, ListPlacesResponse>(
      of_grid, 0, [](const auto& response) { return response.places_size(); }, fetch);
  if (!places.ok()) return places.status();

  SplitAreaRequest request;
  request.set_request_id(Uuid::V7(absl::Now()).ToString());
  request.set_name(NameIn("areas", LastPart(args.code)));
  request.set_places_per_grid(args.places_per_grid);
  for (const auto& place : places->places()) {
    if (place.has_location()) *request.add_points() = place.location();
  }
  ASSIGN_OR_RETURN(auto response, session->Call(&AreaService::Stub::SplitArea, request, As::kBulk));
  context.output.Emit(TableOf(response.grids()), response);
  context.Note("Places, tasks and phones follow within seconds.");
  return absl::OkStatus();
}

struct MergeArgs {
  std::vector<std::string> codes;
  std::string into;
  std::string name;
};

void DeclareMerge(CLI::App& command, MergeArgs& args) {
  command.add_option("codes", args.codes, "Codes of the grids, of the same parent")
      ->required()
      ->expected(2, 20)
      ->type_name("CODE");
  command.add_option("--into", args.into, "Code of the new grid")->required()->type_name("CODE");
  command.add_option("--name", args.name, "Its name; default: its code")->type_name("NAME");
}

absl::Status Merge(Context& context, const MergeArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  GetAreaRequest first;
  first.set_name(NameIn("areas", args.codes[0]));
  ASSIGN_OR_RETURN(Area one, session->Call(&AreaService::Stub::GetArea, first));

  MergeAreasRequest request;
  request.set_request_id(Uuid::V7(absl::Now()).ToString());
  request.set_parent(one.parent());
  for (const std::string& code : args.codes) request.add_areas(NameIn("areas", code));
  request.set_code(args.into);
  request.set_display_name(args.name.empty() ? args.into : args.name);
  ASSIGN_OR_RETURN(Area merged, session->Call(&AreaService::Stub::MergeAreas, request));
  google::protobuf::RepeatedPtrField<Area> row;
  *row.Add() = merged;
  context.output.Emit(TableOf(row), merged);
  context.Note("Places, tasks and phones follow within seconds; who worked in the old grids works in the new one.");
  return absl::OkStatus();
}

struct ChangesArgs {
  std::string root;
  int limit = 100;
};

void DeclareChanges(CLI::App& command, ChangesArgs& args) {
  command.add_option("--root", args.root, "Code of the root area")->required()->type_name("CODE");
  AddLimit(command, args.limit);
}

std::string PathsText(const google::protobuf::RepeatedPtrField<std::string>& paths) {
  constexpr int kShown = 3;
  std::string out;
  for (int i = 0; i < std::min(paths.size(), kShown); ++i) out += (i > 0 ? " " : "") + LastPart(paths[i]);
  return paths.size() > kShown ? fmt::format("{} and {} more", out, paths.size() - kShown) : out;
}

absl::Status Changes(Context& context, const ChangesArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ListAreaChangesRequest request;
  request.set_root(NameIn("areas", args.root));
  auto fetch = [&](const ListAreaChangesRequest& page) {
    return session->Call(&AreaService::Stub::ListAreaChanges, page);
  };
  auto all = ReadPages<ListAreaChangesRequest, ListAreaChangesResponse>(
      request, args.limit, [](const auto& response) { return response.changes_size(); }, fetch);
  if (!all.ok()) return all.status();
  Table table({"NUMBER", "TIME", "KIND", "FROM", "INTO"});
  for (const auto& change : all->changes()) {
    table.Add({std::to_string(change.number()), TimeText(change.change_time()), EnumText(change.kind()),
               PathsText(change.from()), PathsText(change.into())});
  }
  context.output.Emit(table, *all);
  if (!all->next_page_token().empty()) context.Note("There are more: --limit 0 shows all.");
  return absl::OkStatus();
}

}  // namespace

void AddAreaChangeCommands(CLI::App& group, Context& context) {
  AddCommand<SplitArgs>(
      group, context,
      {"split", "Divides a grid that has become too large",
       "  gridctl area split CA32-G07\n"
       "  gridctl area split CA32-G07 --places-per-grid 40\n"
       "The parts, CA32-G07A, CA32-G07B, ... lie in CA32-G07: who worked there works in all of them."},
      DeclareSplit, Split);
  AddCommand<MergeArgs>(group, context,
                        {"merge", "Makes one grid of several",
                         "  gridctl area merge CA32-G07 CA32-G08 --into CA32-G78 --name 'Loop, north'"},
                        DeclareMerge, Merge);
  AddCommand<ChangesArgs>(group, context,
                          {"changes", "How areas have changed, oldest first", "  gridctl area changes --root CHI"},
                          DeclareChanges, Changes);
}

}  // namespace gridwork::ctl
