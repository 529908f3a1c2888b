#include "services/tasks/grpc_area_locator.h"

#include <algorithm>
#include <limits>

#include "common/auth/caller.h"
#include "common/base/status_macros.h"
#include "common/rpc/client.h"
#include "services/tasks/place_errors.h"
#include "services/tasks/time_convert.h"

namespace gridwork::tasks {
namespace {

using identity::v1::AreaChange;
using identity::v1::AreaService;
using identity::v1::ListAreaChangesRequest;
using identity::v1::LocatePointsRequest;

constexpr size_t kPointsPerCall = 1'000;  // what LocatePoints takes
constexpr int kChangesPerCall = 1'000;
constexpr absl::Duration kTimeout = absl::Seconds(10);

}  // namespace

absl::StatusOr<Located> GrpcAreaLocator::Locate(const std::string& root, const std::vector<LatLng>& points) {
  Located out{.change = std::numeric_limits<int64_t>::max()};
  for (size_t from = 0; from < points.size(); from += kPointsPerCall) {
    size_t to = std::min(points.size(), from + kPointsPerCall);
    LocatePointsRequest request;
    request.set_root("areas/" + root);
    for (size_t i = from; i < to; ++i) {
      auto* point = request.add_points();
      point->set_latitude(points[i].latitude);
      point->set_longitude(points[i].longitude);
    }
    auto reply = rpc::Invoke(*areas_, &AreaService::Stub::LocatePoints, request, {.timeout = kTimeout});
    if (absl::IsNotFound(reply.status())) return reply.status();
    if (!reply.ok()) return errors::AreasAway(absl::StatusCodeToString(reply.status().code()));
    if (static_cast<size_t>(reply->paths_size()) != to - from) return errors::AreasAway("an answer of another length");
    for (const std::string& path : reply->paths()) {
      if (!auth::Holds(root, path)) return errors::AreasAway("an answer outside of the root");
      out.grids.push_back(path);
    }
    out.change = std::min(out.change, reply->change_number());  // of a replica that may lag behind another
  }
  return out;
}

absl::StatusOr<std::vector<AreaMoves>> GrpcAreaLocator::ChangesAfter(const std::string& root, int64_t number) {
  ListAreaChangesRequest request;
  request.set_root("areas/" + root);
  request.set_after_number(number);
  request.set_page_size(kChangesPerCall);
  auto reply = rpc::Invoke(*areas_, &AreaService::Stub::ListAreaChanges, request, {.timeout = kTimeout});
  if (!reply.ok()) return errors::AreasAway(absl::StatusCodeToString(reply.status().code()));
  std::vector<AreaMoves> out;
  for (const auto& change : reply->changes()) {
    out.push_back({.number = change.number(),
                   .from = {change.from().begin(), change.from().end()},
                   .merged = change.kind() == AreaChange::KIND_MERGED,
                   .time = FromTimestamp(change.change_time())});
  }
  return out;
}

}  // namespace gridwork::tasks
