#include "tools/gridctl/area_import.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/rpc/status_map.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using identity::v1::Area;
using identity::v1::AreaVerdict;
using identity::v1::ImportAreasRequest;

constexpr int kBatch = 50;
constexpr size_t kMaxBatchBytes = 900'000;  // a server takes 1 MiB

class Batch {
 public:
  explicit Batch(const AreaImport& job) : import_(job) {}

  absl::Status Add(Area area) {
    size_t bytes = area.ByteSizeLong() + 8;  // with the length in front
    if (bytes > kMaxBatchBytes) {
      RETURN_IF_ERROR(Send());
      AreaVerdict verdict;
      verdict.set_result(AreaVerdict::RESULT_REJECTED);
      *verdict.mutable_error() = rpc::ToRpcStatus(BadField("geometry", "at most 900 KB; simplify it"));
      import_.verdict(area, verdict);
      return absl::OkStatus();
    }
    if (request_.areas_size() == kBatch || bytes_ + bytes > kMaxBatchBytes) RETURN_IF_ERROR(Send());
    bytes_ += bytes;
    *request_.add_areas() = std::move(area);
    return absl::OkStatus();
  }

  absl::Status Send() {
    if (request_.areas_size() == 0) return absl::OkStatus();
    request_.set_request_id(Uuid::V7(absl::Now()).ToString());
    request_.set_root(NameIn("areas", import_.root));
    ASSIGN_OR_RETURN(auto response, import_.call(request_));
    if (response.verdicts_size() != request_.areas_size()) {
      return Error(absl::StatusCode::kInternal, "VERDICTS_MISSING",
                   fmt::format("{} verdicts for {} areas", response.verdicts_size(), request_.areas_size()));
    }
    for (int i = 0; i < request_.areas_size(); ++i) import_.verdict(request_.areas(i), response.verdicts(i));
    request_.clear_areas();
    bytes_ = 0;
    return absl::OkStatus();
  }

 private:
  const AreaImport& import_;
  ImportAreasRequest request_;
  size_t bytes_ = 0;
};

}  // namespace

absl::Status ImportAreas(const AreaImport& job, const AreaFile& file) {
  Batch batch(job);
  RETURN_IF_ERROR(file.ForEach([&](int, Area area) { return batch.Add(std::move(area)); }));
  return batch.Send();
}

}  // namespace gridwork::ctl
