// The change feed, and conflicts.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/base/uuid.h"
#include "common/rpc/status_map.h"
#include "gridwork/tasks/v1/conflict_service.grpc.pb.h"
#include "gridwork/tasks/v1/sync_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/lookup.h"
#include "tools/gridctl/sync_copy.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace tasks::v1;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

constexpr size_t kMutations = 100;  // of one push

// ---- pull

struct PullArgs {
  std::string copy;
  std::string area;
};

void DeclarePull(CLI::App& command, PullArgs& args) {
  command.add_option("copy", args.copy, "File with the copy; made when it is not there")->required()->type_name("FILE");
  command.add_option("--area", args.area, "Code or path: new grids are added in it only")->type_name("AREA");
}

struct Pulled {
  int64_t changes = 0;
  std::string state;
};

absl::Status Pull(Context& context, const PullArgs& args) {
  std::string text;
  if (std::filesystem::exists(args.copy)) {
    ASSIGN_OR_RETURN(text, ReadFile(args.copy));
  }
  ASSIGN_OR_RETURN(SyncCopy copy, SyncCopy::Parse(text));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(std::string area, AreaPath(*session, args.area));
  std::map<std::string, Pulled> pulled;
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(auto response, session->Call(&SyncService::Stub::Pull, copy.Request(area)));
    more = response.more();
    for (const GridChanges& grid : response.grids()) {
      pulled[grid.grid()].changes += grid.changes_size();
      pulled[grid.grid()].state = EnumText(grid.state());
      if (!copy.Take(grid)) {
        context.Note(fmt::format("{} is pulled from the beginning", grid.grid()));
        more = true;
      }
    }
    // After each page: what was taken is not asked for again.
    RETURN_IF_ERROR(WriteFile(args.copy, copy.ToJson(), 0600));
  }
  Table table({"GRID", "STATE", "CHANGES", "RECORDS", "DIGEST"});
  table.AlignRight(2);
  table.AlignRight(3);
  json rows = json::array();
  for (const auto& [path, news] : pulled) {
    auto grid = copy.grids().find(path);
    auto records = grid == copy.grids().end() ? 0 : static_cast<int64_t>(grid->second.records.size());
    std::string digest = grid == copy.grids().end() ? "" : fmt::format("{:016x}", grid->second.Digest());
    table.Add({path, news.state, Count(news.changes), Count(records), digest});
    rows.push_back(
        {{"grid", path}, {"state", news.state}, {"changes", news.changes}, {"records", records}, {"digest", digest}});
  }
  context.output.EmitJson(json{{"grids", rows}}.dump(), table.ToString());
  return absl::OkStatus();
}

// ---- push

struct PushArgs {
  std::string file;
};

void DeclarePush(CLI::App& command, PushArgs& args) {
  command.add_option("file", args.file, "A mutation a line (JSON), with the names of sync_service.proto")
      ->required()
      ->type_name("FILE");
}

std::string WhyOf(const MutationVerdict& verdict) {
  if (verdict.has_error()) return verdict.error().message();
  std::string out;
  for (const Conflict& conflict : verdict.edit_place().conflicts()) out += conflict.field() + " ";
  return out.empty() ? out : fmt::format("a dispatcher decides: {}", out);
}

absl::Status Push(Context& context, const PushArgs& args) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(args.file));
  ASSIGN_OR_RETURN(auto mutations, ParseMutations(text, [] { return Uuid::V7(absl::Now()).ToString(); }));
  ASSIGN_OR_RETURN(Session * session, context.Open());
  PushResponse all;
  for (size_t from = 0; from < mutations.size(); from += kMutations) {
    PushRequest request;
    for (size_t i = from; i < std::min(mutations.size(), from + kMutations); ++i)
      *request.add_mutations() = mutations[i];
    ASSIGN_OR_RETURN(auto response, session->Call(&SyncService::Stub::Push, request, As::kBulk));
    all.MergeFrom(response);
  }
  Table table({"MUTATION", "RESULT", "WHY"});
  int rejected = 0;
  for (int i = 0; i < all.verdicts_size(); ++i) {
    table.Add({Count(i + 1), EnumText(all.verdicts(i).result()), WhyOf(all.verdicts(i))});
    rejected += all.verdicts(i).result() == MutationVerdict::RESULT_REJECTED;
  }
  context.output.Emit(table, all);
  if (rejected == 0) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "MUTATIONS_REJECTED",
               fmt::format("{} were rejected", Count(rejected)));
}

// ---- conflicts

struct ListArgs {
  std::string area;
  std::string place;
  bool decided = false;
  int limit = 100;
};

void DeclareList(CLI::App& command, ListArgs& args) {
  command.add_option("--area", args.area, "Code or path: only conflicts in it")->type_name("AREA");
  command.add_option("--place", args.place, "Only conflicts of this place")->type_name("PLACE");
  command.add_flag("--decided", args.decided, "Decided ones, too");
  AddLimit(command, args.limit);
}

// The only field that is set, as text.
std::string ValueOf(const Place& place, const std::string& field) {
  if (field == "kind") return EnumText(place.kind());
  if (field == "status") return EnumText(place.status());
  if (field == "location") return place.has_location() ? PointText(place.location()) : "not known";
  if (field == "operator")
    return fmt::format("{} {}", place.operator_().organisation(), place.operator_().licence_number());
  const auto* descriptor = Place::descriptor()->FindFieldByName(field);
  bool text = descriptor && descriptor->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING;
  return text ? place.GetReflection()->GetString(place, descriptor) : "";
}

Card CardOf(const Conflict& conflict) {
  Card card;
  card.Add("Conflict", conflict.name());
  card.Add("State", EnumText(conflict.state()));
  card.Add("Place", conflict.place());
  card.Add("Field", conflict.field());
  card.Add("Current", ValueOf(conflict.current(), conflict.field()));
  card.Add("by", fmt::format("{} {}", conflict.current_author(), TimeText(conflict.current_time())));
  card.Add("Proposed", ValueOf(conflict.proposed(), conflict.field()));
  card.Add("by", fmt::format("{} {}", conflict.proposed_author(), TimeText(conflict.create_time())));
  card.Add("Etag", conflict.etag());
  return card;
}

absl::Status List(Context& context, const ListArgs& args) {
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ListConflictsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_area(), AreaPath(*session, args.area));
  request.set_place(NameIn("places", args.place));
  request.set_include_decided(args.decided);
  auto fetch = [&](const ListConflictsRequest& page) {
    return session->Call(&ConflictService::Stub::ListConflicts, page);
  };
  auto all = ReadPages<ListConflictsRequest, ListConflictsResponse>(
      request, args.limit, [](const auto& response) { return response.conflicts_size(); }, fetch);
  if (!all.ok()) return all.status();
  Table table({"STATE", "FIELD", "CURRENT", "PROPOSED", "SINCE", "CONFLICT"});
  for (const Conflict& c : all->conflicts()) {
    table.Add({c.overdue() ? "OVERDUE" : EnumText(c.state()), c.field(), ValueOf(c.current(), c.field()),
               ValueOf(c.proposed(), c.field()), TimeText(c.create_time()), c.name()});
  }
  context.output.Emit(table, *all);
  if (!all->next_page_token().empty()) context.Note("There are more: --limit 0 shows all.");
  return absl::OkStatus();
}

struct ResolveArgs {
  std::string name;
  std::string etag;
  std::string decision;
  std::string merged;
  std::string request_id;
};

void DeclareResolve(CLI::App& command, ResolveArgs& args) {
  command.add_option("name", args.name, "conflicts/UUID")->required()->type_name("CONFLICT");
  command.add_option("decision", args.decision, "KEEP_CURRENT, TAKE_PROPOSED or MERGE")
      ->required()
      ->type_name("DECISION");
  command.add_option("--etag", args.etag, "As it was shown")->required()->type_name("ETAG");
  command.add_option("--merged", args.merged, "MERGE: a place with the field (JSON): '{\"display_name\": \"Cosi\"}'")
      ->type_name("JSON");
  AddRequestId(command, args.request_id);
}

absl::Status Resolve(Context& context, const ResolveArgs& args) {
  ResolveConflictRequest request;
  ASSIGN_OR_RETURN(auto decision, ParseEnum<ResolveConflictRequest::Decision>("decision", args.decision));
  ASSIGN_OR_RETURN(*request.mutable_request_id(), context.RequestId(args.request_id));
  request.set_name(NameIn("conflicts", args.name));
  request.set_etag(args.etag);
  request.set_decision(decision);
  if (!args.merged.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_merged(), ParsePlace("--merged", args.merged));
  }
  ASSIGN_OR_RETURN(Session * session, context.Open());
  ASSIGN_OR_RETURN(Conflict conflict, session->Call(&ConflictService::Stub::ResolveConflict, request));
  context.output.Emit(CardOf(conflict), conflict);
  return absl::OkStatus();
}

}  // namespace

void AddSyncCommands(CLI::App& app, Context& context) {
  CLI::App& sync = AddGroup(app, "sync", "What a phone does: keep a copy of its grids, hand in its outbox");
  AddCommand<PullArgs>(sync, context,
                       {"pull", "Brings a copy up to date, and proves that it is the server's",
                        "  gridctl sync pull copy.json --area CA32\n"
                        "  gridctl sync pull copy.json   # what changed since"},
                       DeclarePull, Pull);
  AddCommand<PushArgs>(sync, context,
                       {"push", "Carries out changes that were made without a network, with a verdict for each",
                        "  gridctl sync push outbox.jsonl   # again: DUPLICATE, when each line has its request_id"},
                       DeclarePush, Push);
  CLI::App& conflict = AddGroup(app, "conflict", "Fields with two values that wait for a person");
  AddCommand<ListArgs>(conflict, context,
                       {"list", "Both values, side by side; the oldest first", "  gridctl conflict list --area CA32"},
                       DeclareList, List);
  AddCommand<ResolveArgs>(conflict, context,
                          {"resolve", "Keeps one value, or writes a third",
                           "  gridctl conflict resolve conflicts/01936b2f-... TAKE_PROPOSED --etag 3\n"
                           "  gridctl conflict resolve conflicts/01936b2f-... MERGE --etag 3 --merged "
                           "'{\"display_name\": \"Cosi\"}'"},
                          DeclareResolve, Resolve);
}

}  // namespace gridwork::ctl
