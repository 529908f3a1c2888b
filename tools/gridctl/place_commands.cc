// Places and their import.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "gridwork/tasks/v1/place_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/place_import.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace tasks::v1;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

// ---- import

struct ImportArgs {
  std::string file;
  std::string mapping;
  std::string root;
  std::string verdicts;
  bool dry_run = false;
  bool resume = false;
  bool allow_rejected = false;
};

void DeclareImport(CLI::App& command, ImportArgs& args) {
  command.add_option("file", args.file, "CSV with a header line, UTF-8")->required()->type_name("FILE");
  command.add_option("--mapping", args.mapping, "Which column is which field (YAML)")->required()->type_name("FILE");
  command.add_option("--root", args.root, "Code of the root area")->required()->type_name("CODE");
  auto* verdicts =
      command.add_option("--verdicts", args.verdicts, "Writes what became of each row (CSV)")->type_name("FILE");
  command.add_flag("--dry-run", args.dry_run, "Verdicts only: nothing is written on the server");
  command.add_flag("--resume", args.resume, "Goes on where an import with these --verdicts was cut off")
      ->needs(verdicts);
  command.add_flag("--allow-rejected", args.allow_rejected, "Ends with 0 although rows were rejected");
}

json JsonOf(const ImportCounts& counts, bool dry_run) {
  return {{"rows", counts.rows()},
          {"created", counts.created},
          {"updated", counts.updated},
          {"unchanged", counts.unchanged},
          {"rejected", counts.rejected},
          {"unplaced", counts.unplaced},
          {"unknown_kinds", counts.unknown_kinds},
          {"other_unknown_kinds", counts.other_unknown},
          {"dry_run", dry_run}};
}

std::string TextOf(const ImportCounts& counts, bool dry_run) {
  Table table({dry_run ? "WOULD BE" : "VERDICT", "ROWS"});
  table.AlignRight(1);
  table.Add({"created", Count(counts.created)});
  table.Add({"updated", Count(counts.updated)});
  table.Add({"unchanged", Count(counts.unchanged)});
  table.Add({"rejected", Count(counts.rejected)});
  table.Add({"in all", Count(counts.rows())});
  table.Add({"of them unplaced", Count(counts.unplaced)});
  std::string out = table.ToString();
  if (counts.unknown_kinds.empty()) return out;
  Table unknown({"UNKNOWN SPELLING", "ROWS"});
  unknown.AlignRight(1);
  for (const auto& [spelling, rows] : counts.unknown_kinds) unknown.Add({spelling, Count(rows)});
  if (counts.other_unknown > 0) unknown.Add({"(others)", Count(counts.other_unknown)});
  return out + "\nPut these into the mapping file and import again:\n" + unknown.ToString();
}

absl::Status Import(Context& context, const ImportArgs& args) {
  ASSIGN_OR_RETURN(std::string yaml, ReadFile(args.mapping));
  ASSIGN_OR_RETURN(Mapping mapping, Mapping::Parse(yaml));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ProgressBar bar(stderr, context.ProgressStyle(), "rows");
  PlaceImport job;
  job.file = args.file;
  job.root = args.root;
  job.verdicts = args.verdicts;
  job.dry_run = args.dry_run;
  job.resume = args.resume;
  job.call = [&](const ImportPlacesRequest& request) {
    return session->Call(&PlaceService::Stub::ImportPlaces, request, As::kBulk);
  };
  job.sleep = [&](absl::Duration delay) {
    bar.Finish();
    context.Note(fmt::format("The service is busy or away; next try in {} s", absl::ToInt64Seconds(delay)));
    absl::SleepFor(delay);
  };
  job.show = [&](uint64_t bytes, uint64_t total, int64_t rows) { bar.Show(bytes, total, rows); };
  auto counts = ImportPlaces(job, std::move(mapping));
  bar.Finish();
  if (!counts.ok()) {
    if (!args.verdicts.empty()) context.Note("What was answered is kept: add --resume to go on from there.");
    return counts.status();
  }
  context.output.EmitJson(JsonOf(*counts, args.dry_run).dump(-1, ' ', false, json::error_handler_t::replace),
                          TextOf(*counts, args.dry_run));
  if (counts->rejected == 0 || args.allow_rejected) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "ROWS_REJECTED",
               fmt::format("{} rows were rejected{}", Count(counts->rejected),
                           args.verdicts.empty() ? "; --verdicts FILE says which and why" : "; see " + args.verdicts));
}

// ---- show, list, near

struct ShowArgs {
  std::string name;
};

void DeclareShow(CLI::App& command, ShowArgs& args) {
  command.add_option("name", args.name, "places/UUID")->required()->type_name("PLACE");
}

absl::Status Show(Context& context, const ShowArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  GetPlaceRequest request;
  request.set_name(NameIn("places", args.name));
  ASSIGN_OR_RETURN(Place place, session->Call(&PlaceService::Stub::GetPlace, request));
  Card card;
  card.Add("Place", place.name());
  card.Add("Kind", EnumText(place.kind()));
  card.Add("Name", place.display_name());
  card.Add("Address", place.address());
  card.Add("Locality",
           fmt::format("{}{}{}", place.postal_code(), place.postal_code().empty() ? "" : " ", place.locality()));
  card.Add("Location", place.has_location() ? PointText(place.location()) : "not known");
  card.Add("Grid", place.grid());
  card.Add("Status", EnumText(place.status()));
  card.Add("Risk", place.risk());
  card.Add("Organisation", place.operator_().organisation());
  card.Add("Licence", place.operator_().licence_number());
  card.Add("Source", fmt::format("{} {}", place.source(), place.source_id()));
  card.Add("Updated", TimeText(place.update_time()));
  card.Add("Etag", place.etag());
  context.output.Emit(card, place);
  return absl::OkStatus();
}

struct ListArgs {
  std::string area;
  std::string kind;
  std::string latitude;
  std::string longitude;
  int radius = 0;
  int limit = 100;
};

void DeclareKind(CLI::App& command, ListArgs& args) {
  command.add_option("--kind", args.kind, EnumList(*PlaceKind_descriptor()))->type_name("KIND");
  command.add_option("--area", args.area, "Code or path: only places in it")->type_name("AREA");
}

void DeclareList(CLI::App& command, ListArgs& args) {
  DeclareKind(command, args);
  AddLimit(command, args.limit);
}

void DeclareNear(CLI::App& command, ListArgs& args) {
  command.add_option("latitude", args.latitude, "Degrees, north positive")->required()->type_name("LAT");
  command.add_option("longitude", args.longitude, "Degrees, east positive")->required()->type_name("LON");
  command.add_option("--radius", args.radius, "Metres, 1 to 5,000; default: 500")
      ->check(CLI::Range(1, 5000))
      ->type_name("M");
  DeclareKind(command, args);
  AddLimit(command, args.limit);
}

absl::StatusOr<ListPlacesRequest> RequestOf(Session& session, const ListArgs& args) {
  ListPlacesRequest request;
  if (!args.kind.empty()) {
    ASSIGN_OR_RETURN(PlaceKind kind, ParseEnum<PlaceKind>("--kind", args.kind));
    request.set_kind(kind);
  }
  ASSIGN_OR_RETURN(*request.mutable_area(), AreaPath(session, args.area));
  return request;
}

Table TableOf(const ListPlacesResponse& response) {
  Table table({"KIND", "NAME", "ADDRESS", "RISK", "GRID", "PLACE"});
  for (const auto& place : response.places()) {
    table.Add({EnumText(place.kind()), place.display_name(), place.address(), place.risk(), LastPart(place.grid()),
               place.name()});
  }
  return table;
}

absl::Status List(Context& context, const ListArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(ListPlacesRequest request, RequestOf(*session, args));
  auto fetch = [&](const ListPlacesRequest& page) { return session->Call(&PlaceService::Stub::ListPlaces, page); };
  auto all = ReadPages<ListPlacesRequest, ListPlacesResponse>(
      request, args.limit, [](const auto& response) { return response.places_size(); }, fetch);
  if (!all.ok()) return all.status();
  context.output.Emit(TableOf(*all), *all);
  if (!all->next_page_token().empty()) context.Note("There are more: --limit 0 shows all.");
  return absl::OkStatus();
}

absl::Status Near(Context& context, const ListArgs& args) {
  ASSIGN_OR_RETURN(auto point, ParsePoint(args.latitude, args.longitude));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(ListPlacesRequest request, RequestOf(*session, args));
  *request.mutable_near() = point;
  request.set_radius_metres(args.radius);
  request.set_page_size(args.limit == 0 ? scope::kPageSize : args.limit);
  ASSIGN_OR_RETURN(auto response, session->Call(&PlaceService::Stub::ListPlaces, request));
  context.output.Emit(TableOf(response), response);
  return absl::OkStatus();
}

}  // namespace

void AddPlaceCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "place", "Places that are inspected or cared for");
  AddCommand<ImportArgs>(group, context,
                         {"import", "Brings a CSV list in, with a verdict for each row; again is harmless",
                          "  gridctl place import premises.csv --mapping chicago-premises.yaml --root CHI --dry-run\n"
                          "  gridctl place import premises.csv --mapping chicago-premises.yaml --root CHI \\\n"
                          "      --verdicts verdicts.csv\n"
                          "  ... --verdicts verdicts.csv --resume   # after it was cut off"},
                         DeclareImport, Import);
  AddCommand<ShowArgs>(group, context, {"show", "One place", "  gridctl place show places/01936b2f-..."}, DeclareShow,
                       Show);
  AddCommand<ListArgs>(group, context,
                       {"near", "Places around a point, nearest first",
                        "  gridctl place near 41.880757 -87.634709 --radius 300 --kind FOOD"},
                       DeclareNear, Near);
  AddCommand<ListArgs>(group, context,
                       {"list", "Places of an area",
                        "  gridctl place list --area CA32 --kind SCHOOL\n"
                        "  gridctl place list --area CHI/CHI-UNPLACED --limit 0   # to be mended"},
                       DeclareList, List);
}

}  // namespace gridwork::ctl
