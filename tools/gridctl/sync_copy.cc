#include "tools/gridctl/sync_copy.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"

namespace gridwork::ctl {
namespace {

using nlohmann::json;
using namespace tasks::v1;  // NOLINT(google-build-using-namespace)

absl::Status BadJson(std::string_view where, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_JSON", fmt::format("{}: {}", where, why));
}

// "places/{uuid}" at a version, as sync_service.proto describes it.
uint64_t HashOf(const std::string& name, int64_t version) {
  size_t slash = name.find('/');
  const Sha256 hash = Sha256Of(fmt::format("{}/{}/{}", name.substr(0, slash - 1), name.substr(slash + 1), version));
  uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out = out << 8 | hash[i];
  return out;
}

std::string* RequestIdOf(Mutation& mutation) {
  if (mutation.has_edit_place()) return mutation.mutable_edit_place()->mutable_request_id();
  if (mutation.has_submit_task()) return mutation.mutable_submit_task()->mutable_request_id();
  if (mutation.has_release_task()) return mutation.mutable_release_task()->mutable_request_id();
  if (mutation.has_fail_task()) return mutation.mutable_fail_task()->mutable_request_id();
  return nullptr;
}

}  // namespace

absl::StatusOr<SyncCopy> SyncCopy::Parse(std::string_view text) {
  SyncCopy out;
  if (text.empty()) return out;
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded() || !document.is_object() || !document.contains("grids"))
    return BadJson("copy", "must be an object with \"grids\": was it written by gridctl sync pull?");
  try {
    for (const auto& [path, grid] : document["grids"].items()) {
      Grid& into = out.grids_[path];
      into.cursor = grid.at("cursor");
      into.records = grid.at("records").get<std::map<std::string, int64_t>>();
      for (const auto& [name, version] : into.records) {
        if (name.find('/') == name.npos || name.find('/') == 0) return BadJson("copy", "a record has no name");
      }
    }
  } catch (const json::exception&) {
    return BadJson("copy", "a grid needs a cursor and records");
  }
  return out;
}

std::string SyncCopy::ToJson() const {
  json grids = json::object();
  for (const auto& [path, grid] : grids_) grids[path] = {{"cursor", grid.cursor}, {"records", grid.records}};
  return json{{"grids", grids}}.dump(1) + "\n";
}

PullRequest SyncCopy::Request(const std::string& area) const {
  PullRequest out;
  out.set_area(area);
  for (const auto& [path, grid] : grids_) {
    auto& held = *out.add_grids();
    held.set_grid(path);
    held.set_cursor(grid.cursor);
  }
  return out;
}

bool SyncCopy::Take(const GridChanges& changes) {
  if (changes.state() != GridChanges::STATE_CURRENT) {
    grids_.erase(changes.grid());
    return changes.state() != GridChanges::STATE_RESYNC;
  }
  Grid& grid = grids_[changes.grid()];
  grid.cursor = changes.cursor();
  for (const Change& change : changes.changes()) {
    if (!change.removed().empty()) {
      grid.records.erase(change.removed());
    } else {
      grid.records[change.has_place() ? change.place().name() : change.task().name()] = change.version();
    }
  }
  if (!changes.complete() || grid.Digest() == changes.digest()) return true;
  grids_.erase(changes.grid());
  return false;
}

uint64_t SyncCopy::Grid::Digest() const {
  uint64_t out = 0;
  for (const auto& [name, version] : records) out ^= HashOf(name, version);
  return out;
}

absl::StatusOr<Place> ParsePlace(std::string_view field, const std::string& text) {
  Place out;
  if (!json::accept(text) || !google::protobuf::util::JsonStringToMessage(text, &out).ok())
    return BadField(field, "must be a place in JSON, with the names of place.proto");
  return out;
}

absl::StatusOr<std::vector<Mutation>> ParseMutations(std::string_view text,
                                                     const std::function<std::string()>& new_id) {
  std::vector<Mutation> out;
  int number = 0;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    std::string line(text.substr(begin, end - begin));
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    const std::string where = fmt::format("line {}", number);
    // Protobuf's parser takes malformed input: this one does not.
    if (!json::accept(line)) return BadJson(where, "is no JSON");
    Mutation& mutation = out.emplace_back();
    auto parsed = google::protobuf::util::JsonStringToMessage(line, &mutation);
    if (!parsed.ok()) return BadJson(where, "is no Mutation of sync_service.proto");
    std::string* request_id = RequestIdOf(mutation);
    if (request_id == nullptr) return BadJson(where, "has no edit_place, submit_task, release_task or fail_task");
    if (request_id->empty()) *request_id = new_id();
  }
  return out;
}

}  // namespace gridwork::ctl
