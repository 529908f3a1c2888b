// How far an import has come: enough to go on after a kill -9 with no row lost and none in the verdict file twice.
#pragma once
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace gridwork::ctl {

// What became of the rows so far.
struct ImportCounts {
  int64_t created = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;
  int64_t rejected = 0;
  int64_t unplaced = 0;  // of those that are not rejected: in no area
  // Spellings of the kind that no list has, with their rows. The first kMaxUnknown of them; the rest is counted
  // together.
  static constexpr size_t kMaxUnknown = 1'000;
  std::map<std::string, int64_t> unknown_kinds;
  int64_t other_unknown = 0;

  int64_t rows() const { return created + updated + unchanged + rejected; }
  void AddUnknown(const std::string& spelling);
  bool operator==(const ImportCounts&) const = default;
};

// Which import this is. A progress file of another one is refused.
struct ImportIdentity {
  std::string source;
  std::string root;
  std::string header;  // of the CSV file
  uint64_t file_bytes = 0;
  bool dry_run = false;
  bool operator==(const ImportIdentity&) const = default;
};

struct ImportProgress {
  ImportIdentity identity;
  uint64_t offset = 0;         // in the CSV file: where the first row without an answer begins
  uint64_t line = 0;           // lines up to there
  int64_t row = 0;             // data rows up to there
  uint64_t verdict_bytes = 0;  // length of the verdict file up to there
  ImportCounts counts;
  bool operator==(const ImportProgress&) const = default;
};

// With fsync and rename: after a crash the file holds this or the one before.
absl::Status SaveProgress(const std::string& path, const ImportProgress& progress);

// Nothing when there is no such file. INVALID_ARGUMENT BAD_PROGRESS when it is not one of SaveProgress(),
// FAILED_PRECONDITION PROGRESS_OF_ANOTHER_IMPORT when it belongs to another file, list, root or kind of run.
absl::StatusOr<std::optional<ImportProgress>> LoadProgress(const std::string& path, const ImportIdentity& identity);

}  // namespace gridwork::ctl
