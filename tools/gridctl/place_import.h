// Brings a CSV list of places in, batch by batch: constant memory, a verdict for each row, resumable.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <string>

#include "gridwork/tasks/v1/place_service.pb.h"
#include "tools/gridctl/import_progress.h"
#include "tools/gridctl/mapping.h"

namespace gridwork::ctl {

struct PlaceImport {
  std::string file;
  std::string root;      // code
  std::string verdicts;  // path of the verdict file; "": none, and nothing to resume from
  bool dry_run = false;
  bool resume = false;

  // The RPC. A second call with the same request_id must be harmless.
  std::function<absl::StatusOr<tasks::v1::ImportPlacesResponse>(const tasks::v1::ImportPlacesRequest&)> call;
  std::function<void(absl::Duration)> sleep;
  std::function<void(uint64_t bytes, uint64_t total, int64_t rows)> show;  // may be empty
};

// Where SaveProgress() writes for this verdict file.
std::string ProgressPath(const std::string& verdicts);

// Row 1 is the first after the header. Order of writes for each batch: the server's answer, the verdict file (fsync),
// the progress file. A kill between two of them repeats the batch at --resume; the server says UNCHANGED for its rows.
// The progress file is removed at the end. A row that is broken as CSV ends the import after the rows before it.
absl::StatusOr<ImportCounts> ImportPlaces(const PlaceImport& job, Mapping mapping);

}  // namespace gridwork::ctl
