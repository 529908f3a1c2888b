// The tree of areas and its grids.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "common/base/uuid.h"
#include "common/rpc/status_map.h"
#include "gridwork/identity/v1/area_service.grpc.pb.h"
#include "tools/gridctl/area_import.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/grid_cut.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace identity::v1;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

constexpr int kLocateBatch = 1'000;
constexpr int kMaxPointsOfArea = 20'000;

absl::Status RowsRejected(int64_t rejected) {
  return Error(absl::StatusCode::kInvalidArgument, "ROWS_REJECTED", fmt::format("{} rejected", Count(rejected)));
}

// ---- import

struct ImportArgs {
  std::string file;
  std::string root;
  bool allow_rejected = false;
};

void DeclareImport(CLI::App& command, ImportArgs& args) {
  command.add_option("file", args.file, "GeoJSON FeatureCollection")->required()->type_name("FILE");
  command.add_option("--root", args.root, "Code of the root area")->required()->type_name("CODE");
  command.add_flag("--allow-rejected", args.allow_rejected, "Ends with 0 although areas were rejected");
}

absl::Status Import(Context& context, const ImportArgs& args) {
  ASSIGN_OR_RETURN(AreaFile file, AreaFile::Open(args.file));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ProgressBar bar(stderr, context.ProgressStyle(), "areas");
  std::map<AreaVerdict::Result, int64_t> counts;
  Table table({"CODE", "VERDICT", "FIELD", "RULE"});
  json verdicts = json::array();
  int64_t done = 0;

  AreaImport job;
  job.root = args.root;
  job.call = [&](const ImportAreasRequest& request) {
    return session->Call(&AreaService::Stub::ImportAreas, request, As::kBulk);
  };
  job.verdict = [&](const Area& area, const AreaVerdict& verdict) {
    std::string field;
    std::string rule;
    if (verdict.has_error()) {
      absl::Status error = rpc::FromRpcStatus(verdict.error());
      rule = std::string(error.message());
      auto violations = FieldViolationsOf(error);
      if (!violations.empty()) std::tie(field, rule) = violations.front();
      field = WithoutIndex(field);
    }
    ++counts[verdict.result()];
    table.Add({area.code(), EnumText(verdict.result()), field, rule});
    verdicts.push_back(
        {{"code", area.code()}, {"result", EnumText(verdict.result())}, {"field", field}, {"rule", rule}});
    ++done;
    bar.Show(static_cast<uint64_t>(done), static_cast<uint64_t>(file.size()), done);
  };
  absl::Status status = ImportAreas(job, file);
  bar.Finish();

  int64_t rejected = counts[AreaVerdict::RESULT_REJECTED];
  json document = {{"verdicts", std::move(verdicts)},
                   {"created", counts[AreaVerdict::RESULT_CREATED]},
                   {"updated", counts[AreaVerdict::RESULT_UPDATED]},
                   {"unchanged", counts[AreaVerdict::RESULT_UNCHANGED]},
                   {"rejected", rejected}};
  std::string summary = fmt::format(
      "{} created, {} updated, {} unchanged, {} rejected\n", Count(counts[AreaVerdict::RESULT_CREATED]),
      Count(counts[AreaVerdict::RESULT_UPDATED]), Count(counts[AreaVerdict::RESULT_UNCHANGED]), Count(rejected));
  if (status.ok() || done > 0) {
    context.output.EmitJson(document.dump(-1, ' ', false, json::error_handler_t::replace), table.ToString() + summary);
  }
  RETURN_IF_ERROR(status);
  return rejected > 0 && !args.allow_rejected ? RowsRejected(rejected) : absl::OkStatus();
}

// ---- show, list, find, at

Card CardOf(const Area& area) {
  Card card;
  card.Add("Area", area.name());
  card.Add("Name", area.display_name());
  card.Add("Level", area.level());
  card.Add("Parent", area.parent());
  card.Add("Path", area.path());
  if (area.inhabitants() > 0) card.Add("Inhabitants", Count(area.inhabitants()));
  int rings = 0;
  int points = 0;
  for (const auto& polygon : area.geometry().polygons()) {
    rings += polygon.rings_size();
    for (const auto& ring : polygon.rings()) points += ring.points_size();
  }
  card.Add("Geometry",
           fmt::format("{} polygons, {} rings, {} points", area.geometry().polygons_size(), rings, Count(points)));
  card.Add("Updated", TimeText(area.update_time()));
  if (area.has_end_time()) card.Add("Ended", TimeText(area.end_time()));
  card.Add("Merged into", LastPart(area.merged_into()));
  card.Add("Etag", area.etag());
  return card;
}

struct ShowArgs {
  std::string code;
  std::string at;
};

void DeclareShow(CLI::App& command, ShowArgs& args) {
  command.add_option("code", args.code, "Code of the area")->required()->type_name("CODE");
  command.add_option("--at", args.at, "As it was then: 2027-01-31, the end of that day, or RFC 3339")
      ->type_name("WHEN");
}

absl::Status Show(Context& context, const ShowArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  GetAreaRequest request;
  request.set_name(NameIn("areas", args.code));
  if (!args.at.empty()) {
    ASSIGN_OR_RETURN(absl::Time at, ParseWhen("--at", args.at, absl::Now(), absl::LocalTimeZone()));
    *request.mutable_read_time() = ToProto(at);
  }
  ASSIGN_OR_RETURN(Area area, session->Call(&AreaService::Stub::GetArea, request));
  context.output.Emit(CardOf(area), area);
  return absl::OkStatus();
}

struct ListArgs {
  std::string parent;
  std::string ancestors_of;
  std::string query;
  std::string level;
  int limit = 100;
};

void DeclareList(CLI::App& command, ListArgs& args) {
  auto* parent = command.add_option("--parent", args.parent, "Only its children")->type_name("CODE");
  command.add_option("--ancestors-of", args.ancestors_of, "Only the areas above it, root first")
      ->excludes(parent)
      ->type_name("CODE");
  command.add_option("--level", args.level, "Only this level: grid")->type_name("LEVEL");
  AddLimit(command, args.limit);
}

void DeclareFind(CLI::App& command, ListArgs& args) {
  command.add_option("text", args.query, "Beginning of a word of the name, or of the code")
      ->required()
      ->type_name("TEXT");
  command.add_option("--level", args.level, "Only this level: grid")->type_name("LEVEL");
  AddLimit(command, args.limit);
}

absl::StatusOr<ListAreasResponse> ListAreas(Session& session, const ListArgs& args) {
  ListAreasRequest request;
  request.set_parent(NameIn("areas", args.parent));
  request.set_ancestors_of(NameIn("areas", args.ancestors_of));
  request.set_query(args.query);
  request.set_level(args.level);
  auto fetch = [&](const ListAreasRequest& page) { return session.Call(&AreaService::Stub::ListAreas, page); };
  return ReadPages<ListAreasRequest, ListAreasResponse>(
      request, args.limit, [](const auto& response) { return response.areas_size(); }, fetch);
}

absl::Status List(Context& context, const ListArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(auto all, ListAreas(*session, args));
  Table table({"CODE", "NAME", "LEVEL", "PATH"});
  for (const auto& area : all.areas()) table.Add({area.code(), area.display_name(), area.level(), area.path()});
  context.output.Emit(table, all);
  if (!all.next_page_token().empty()) context.Note("There are more: --limit 0 shows all.");
  return absl::OkStatus();
}

struct AtArgs {
  std::string latitude;
  std::string longitude;
  std::string root;
};

void DeclareAt(CLI::App& command, AtArgs& args) {
  command.add_option("latitude", args.latitude, "Degrees, north positive")->required()->type_name("LAT");
  command.add_option("longitude", args.longitude, "Degrees, east positive")->required()->type_name("LON");
  command.add_option("--root", args.root, "Code of the root area; default: the first that you may see")
      ->type_name("CODE");
}

// The root of the areas that the caller sees.
absl::StatusOr<std::string> RootOf(Session& session, const std::string& given) {
  if (!given.empty()) return NameIn("areas", given);
  ListArgs first;
  first.limit = 1;
  ASSIGN_OR_RETURN(auto areas, ListAreas(session, first));
  if (areas.areas().empty()) return Error(absl::StatusCode::kNotFound, "AREA_NOT_FOUND", "you see no area");
  const std::string& path = areas.areas(0).path();
  return NameIn("areas", path.substr(0, path.find('/')));
}

absl::Status At(Context& context, const AtArgs& args) {
  LocatePointsRequest request;
  ASSIGN_OR_RETURN(*request.add_points(), ParsePoint(args.latitude, args.longitude));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(*request.mutable_root(), RootOf(*session, args.root));
  ASSIGN_OR_RETURN(auto response, session->Call(&AreaService::Stub::LocatePoints, request));
  std::string text;
  for (const std::string& path : response.paths()) text += path + "\n";
  context.output.Emit(response, text);
  return absl::OkStatus();
}

// ---- cut

struct CutArgs {
  std::string root;
  std::string points;
  std::string latitude_column = "latitude";
  std::string longitude_column = "longitude";
  int places_per_grid = 60;
};

void DeclareCut(CLI::App& command, CutArgs& args) {
  command.add_option("--root", args.root, "Code of the root area")->required()->type_name("CODE");
  command.add_option("--points", args.points, "CSV file with the places where work is")->required()->type_name("FILE");
  command.add_option("--latitude-column", args.latitude_column, "Its column")->capture_default_str()->type_name("NAME");
  command.add_option("--longitude-column", args.longitude_column, "Its column")
      ->capture_default_str()
      ->type_name("NAME");
  command.add_option("--places-per-grid", args.places_per_grid, "About so many points in each grid")
      ->check(CLI::Range(10, 1000))
      ->capture_default_str()
      ->type_name("N");
}

using PointsByPath = std::map<std::string, std::vector<common::v1::Point>>;

absl::StatusOr<PointsByPath> Locate(Session& session, const std::string& root,
                                    const std::vector<common::v1::Point>& points, ProgressBar& bar) {
  PointsByPath out;
  for (size_t start = 0; start < points.size(); start += kLocateBatch) {
    LocatePointsRequest request;
    request.set_root(root);
    size_t end = std::min(points.size(), start + kLocateBatch);
    for (size_t i = start; i < end; ++i) *request.add_points() = points[i];
    ASSIGN_OR_RETURN(auto response, session.Call(&AreaService::Stub::LocatePoints, request, As::kBulk));
    if (response.paths_size() != request.points_size()) {
      return Error(absl::StatusCode::kInternal, "PATHS_MISSING", "fewer paths than points");
    }
    for (int i = 0; i < response.paths_size(); ++i) out[response.paths(i)].push_back(request.points(i));
    bar.Show(end, points.size(), static_cast<int64_t>(end));
  }
  return out;
}

// One line of what became of an area.
struct CutLine {
  std::string code;
  std::string result;  // CUT, SKIPPED, FAILED
  int grids = 0;
  int64_t points = 0;
  std::string why;
};

absl::Status CutOne(Session& session, const Area& area, const std::vector<common::v1::Point>& points, int per_grid,
                    CutLine& line) {
  CutGridsRequest request;
  request.set_request_id(Uuid::V7(absl::Now()).ToString());
  request.set_parent(area.name());
  request.set_places_per_grid(per_grid);
  for (const auto& point : points) {
    if (request.points_size() < kMaxPointsOfArea) *request.add_points() = point;
  }
  line.code = area.code();
  line.points = request.points_size();
  auto response = session.Call(&AreaService::Stub::CutGrids, request, As::kBulk);
  if (response.ok()) {
    line.result = "CUT";
    line.grids = response->grids_size();
    return absl::OkStatus();
  }
  bool cut_meanwhile = ReasonOf(response.status()) == "AREA_HAS_CHILDREN";
  line.result = cut_meanwhile ? "SKIPPED" : "FAILED";
  line.why = std::string(response.status().message());
  // What is wrong with one area must not keep the others from their grids.
  bool of_this_area = response.status().code() == absl::StatusCode::kFailedPrecondition ||
                      response.status().code() == absl::StatusCode::kInvalidArgument;
  return of_this_area ? absl::OkStatus() : response.status();
}

absl::Status Cut(Context& context, const CutArgs& args) {
  ASSIGN_OR_RETURN(PointFile file, ReadPoints(args.points, args.latitude_column, args.longitude_column));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ListArgs everything;
  everything.limit = 0;
  ASSIGN_OR_RETURN(auto all, ListAreas(*session, everything));
  std::vector<Area> tree;
  for (const auto& area : all.areas()) {
    if (area.path() == args.root || area.path().starts_with(args.root + "/")) tree.push_back(area);
  }
  if (tree.empty()) {
    return Error(absl::StatusCode::kNotFound, "AREA_NOT_FOUND", fmt::format("there is no root area {}", args.root));
  }
  CutPlan plan = PlanCuts(tree);

  std::vector<CutLine> lines;
  for (const Area& area : plan.cut) lines.push_back({area.code(), "SKIPPED", 0, 0, "has grids already"});
  absl::Status status;
  if (!plan.to_cut.empty()) {
    PointsByPath points;
    {
      ProgressBar bar(stderr, context.ProgressStyle(), "points located");
      ASSIGN_OR_RETURN(points, Locate(*session, NameIn("areas", args.root), file.points, bar));
    }
    ProgressBar bar(stderr, context.ProgressStyle(), "areas cut");
    int64_t done = 0;
    for (const Area& area : plan.to_cut) {
      status = CutOne(*session, area, points[area.path()], args.places_per_grid, lines.emplace_back());
      if (!status.ok()) break;
      ++done;
      bar.Show(static_cast<uint64_t>(done), plan.to_cut.size(), done);
    }
  }

  Table table({"AREA", "RESULT", "GRIDS", "POINTS", "WHY"});
  table.AlignRight(2);
  table.AlignRight(3);
  json areas = json::array();
  int64_t grids = 0;
  int64_t failed = 0;
  for (const CutLine& line : lines) {
    grids += line.grids;
    failed += line.result == "FAILED" ? 1 : 0;
    table.Add({line.code, line.result, std::to_string(line.grids), Count(line.points), line.why});
    areas.push_back({{"code", line.code},
                     {"result", line.result},
                     {"grids", line.grids},
                     {"points", line.points},
                     {"why", line.why}});
  }
  json document = {{"areas", std::move(areas)},
                   {"grids", grids},
                   {"failed", failed},
                   {"points", file.points.size()},
                   {"rows_without_point", file.without}};
  context.output.EmitJson(
      document.dump(-1, ' ', false, json::error_handler_t::replace),
      table.ToString() + fmt::format("{} grids made; {} rows had no coordinates\n", Count(grids), Count(file.without)));
  RETURN_IF_ERROR(status);
  if (failed == 0) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "AREAS_NOT_CUT", fmt::format("{} areas were not cut", failed));
}

}  // namespace

void AddAreaCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "area", "Areas and grids");
  AddCommand<ImportArgs>(group, context,
                         {"import", "Creates and updates areas from GeoJSON; again is harmless",
                          "  gridctl area import areas.geojson --root CHI\n"
                          "Each feature has the properties code, name, level, parent (a code) and, where it is known,\n"
                          "inhabitants. Parents may stand anywhere in the file."},
                         DeclareImport, Import);
  AddCommand<ShowArgs>(group, context,
                       {"show", "One area",
                        "  gridctl area show CA32\n"
                        "  gridctl --json area show CA32   # with its geometry\n"
                        "  gridctl area show CA32-G07 --at 2027-01-31"},
                       DeclareShow, Show);
  AddCommand<ListArgs>(group, context,
                       {"list", "Areas by path",
                        "  gridctl area list --parent CHI\n"
                        "  gridctl area list --ancestors-of CA32\n"
                        "  gridctl area list --level grid --limit 0"},
                       DeclareList, List);
  AddCommand<ListArgs>(group, context,
                       {"find", "Areas by the beginning of a word in their name, or of their code",
                        "  gridctl area find rogers\n"
                        "  gridctl area find CA3"},
                       DeclareFind, List);
  AddCommand<AtArgs>(group, context,
                     {"at", "The lowest area that holds a point", "  gridctl area at 41.880757 -87.634709"}, DeclareAt,
                     At);
  AddCommand<CutArgs>(group, context,
                      {"cut", "Cuts the lowest areas into grids of about equal work",
                       "  gridctl area cut --root CHI --points premises.csv --places-per-grid 60\n"
                       "Areas that have grids already are skipped."},
                      DeclareCut, Cut);
  AddAreaChangeCommands(group, context);
}

}  // namespace gridwork::ctl
