// Brings a file of areas in, a batch at a time, parents before children.
#pragma once
#include <absl/status/statusor.h>

#include <functional>
#include <string>

#include "gridwork/identity/v1/area_service.pb.h"
#include "tools/gridctl/geojson.h"

namespace gridwork::ctl {

struct AreaImport {
  std::string root;  // code
  std::function<absl::StatusOr<identity::v1::ImportAreasResponse>(const identity::v1::ImportAreasRequest&)> call;
  // Of each area, in the order in which they were sent.
  std::function<void(const identity::v1::Area& area, const identity::v1::AreaVerdict& verdict)> verdict;
};

// Batches of at most 50 areas and 900 KB. Stops at the first call that fails; run again, it goes on, as the same area
// again is UNCHANGED.
absl::Status ImportAreas(const AreaImport& job, const AreaFile& file);

}  // namespace gridwork::ctl
