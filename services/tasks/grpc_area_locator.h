// AreaLocator over identity's AreaService, with this service's certificate.
#pragma once
#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "gridwork/identity/v1/area_service.grpc.pb.h"
#include "services/tasks/area_locator.h"

namespace gridwork::tasks {

class GrpcAreaLocator : public AreaLocator {  // Thread-safe.
 public:
  explicit GrpcAreaLocator(const std::shared_ptr<grpc::Channel>& identity)
      : areas_(identity::v1::AreaService::NewStub(identity)) {}

  absl::StatusOr<Located> Locate(const std::string& root, const std::vector<LatLng>& points) override;
  absl::StatusOr<std::vector<AreaMoves>> ChangesAfter(const std::string& root, int64_t number) override;

 private:
  const std::unique_ptr<identity::v1::AreaService::Stub> areas_;
};

}  // namespace gridwork::tasks
