#include "tools/gridctl/import_progress.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "tools/gridctl/files.h"

namespace gridwork::ctl {

using nlohmann::json;

void ImportCounts::AddUnknown(const std::string& spelling) {
  auto known = unknown_kinds.find(spelling);
  if (known != unknown_kinds.end()) {
    ++known->second;
  } else if (unknown_kinds.size() < kMaxUnknown) {
    unknown_kinds[spelling] = 1;
  } else {
    ++other_unknown;
  }
}

absl::Status SaveProgress(const std::string& path, const ImportProgress& progress) {
  const ImportIdentity& identity = progress.identity;
  const ImportCounts& counts = progress.counts;
  json document = {{"source", identity.source},
                   {"root", identity.root},
                   {"header", identity.header},
                   {"file_bytes", identity.file_bytes},
                   {"dry_run", identity.dry_run},
                   {"offset", progress.offset},
                   {"line", progress.line},
                   {"row", progress.row},
                   {"verdict_bytes", progress.verdict_bytes},
                   {"created", counts.created},
                   {"updated", counts.updated},
                   {"unchanged", counts.unchanged},
                   {"rejected", counts.rejected},
                   {"unplaced", counts.unplaced},
                   {"unknown_kinds", counts.unknown_kinds},
                   {"other_unknown", counts.other_unknown}};
  return WriteFile(path, document.dump(1, ' ', false, json::error_handler_t::replace) + "\n", 0644);
}

absl::StatusOr<std::optional<ImportProgress>> LoadProgress(const std::string& path, const ImportIdentity& identity) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  ImportProgress progress;
  try {
    json document = json::parse(text);
    document.at("source").get_to(progress.identity.source);
    document.at("root").get_to(progress.identity.root);
    document.at("header").get_to(progress.identity.header);
    document.at("file_bytes").get_to(progress.identity.file_bytes);
    document.at("dry_run").get_to(progress.identity.dry_run);
    document.at("offset").get_to(progress.offset);
    document.at("line").get_to(progress.line);
    document.at("row").get_to(progress.row);
    document.at("verdict_bytes").get_to(progress.verdict_bytes);
    document.at("created").get_to(progress.counts.created);
    document.at("updated").get_to(progress.counts.updated);
    document.at("unchanged").get_to(progress.counts.unchanged);
    document.at("rejected").get_to(progress.counts.rejected);
    document.at("unplaced").get_to(progress.counts.unplaced);
    document.at("unknown_kinds").get_to(progress.counts.unknown_kinds);
    document.at("other_unknown").get_to(progress.counts.other_unknown);
  } catch (const json::exception&) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_PROGRESS",
                 fmt::format("{} is no progress of an import; remove it and start anew", path));
  }
  if (progress.identity == identity && progress.offset <= identity.file_bytes) return progress;
  return Error(absl::StatusCode::kFailedPrecondition, "PROGRESS_OF_ANOTHER_IMPORT",
               fmt::format("{} belongs to another file, list, root or kind of run; import without --resume", path));
}

}  // namespace gridwork::ctl
