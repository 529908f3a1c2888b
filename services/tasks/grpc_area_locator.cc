#include "services/tasks/grpc_area_locator.h"

#include <algorithm>

#include "common/auth/caller.h"
#include "common/base/status_macros.h"
#include "common/rpc/client.h"
#include "services/tasks/place_errors.h"

namespace gridwork::tasks {
namespace {

using identity::v1::AreaService;
using identity::v1::LocatePointsRequest;

constexpr size_t kPointsPerCall = 1'000;  // what LocatePoints takes
constexpr absl::Duration kTimeout = absl::Seconds(10);

}  // namespace

absl::StatusOr<std::vector<std::string>> GrpcAreaLocator::Locate(const std::string& root,
                                                                 const std::vector<LatLng>& points) {
  std::vector<std::string> paths;
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
      paths.push_back(path);
    }
  }
  return paths;
}

}  // namespace gridwork::tasks
