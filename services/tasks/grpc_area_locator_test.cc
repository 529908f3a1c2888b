#include "services/tasks/grpc_area_locator.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "common/base/error.h"

namespace gridwork::tasks {
namespace {

class FakeAreas : public identity::v1::AreaService::Service {
 public:
  grpc::Status LocatePoints(grpc::ServerContext*, const identity::v1::LocatePointsRequest* request,
                            identity::v1::LocatePointsResponse* response) override {
    calls.push_back(request->points_size());
    root = request->root();
    for (int i = 0; i < request->points_size() - missing; ++i) {
      response->add_paths(prefix + std::to_string(std::lround(request->points(i).latitude() * 1'000)));
    }
    return status;
  }

  std::vector<int> calls;
  std::string root, prefix = "CHI/G";
  int missing = 0;
  grpc::Status status;
};

class GrpcAreaLocatorTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<std::string>> Locate(int points) {
    std::vector<LatLng> all;
    for (int i = 0; i < points; ++i) all.push_back({i * 0.001, 5});
    return locator_.Locate("CHI", all);
  }

  FakeAreas areas_;
  std::unique_ptr<grpc::Server> server_ = [this] {
    grpc::ServerBuilder builder;
    builder.RegisterService(&areas_);
    return builder.BuildAndStart();
  }();
  GrpcAreaLocator locator_{server_->InProcessChannel({})};
};

TEST_F(GrpcAreaLocatorTest, AsksForAThousandPointsAtATimeAndKeepsTheirOrder) {
  EXPECT_TRUE(Locate(0)->empty());
  EXPECT_TRUE(areas_.calls.empty());
  auto paths = Locate(2'001);
  ASSERT_TRUE(paths.ok()) << paths.status();
  EXPECT_EQ(areas_.calls, (std::vector<int>{1'000, 1'000, 1}));
  EXPECT_EQ(areas_.root, "areas/CHI");
  ASSERT_EQ(paths->size(), 2'001u);
  for (size_t i = 0; i < paths->size(); ++i) EXPECT_EQ((*paths)[i], "CHI/G" + std::to_string(i));
}

TEST_F(GrpcAreaLocatorTest, AnAnswerThatCannotBeHadOrUsedMeansAway) {
  auto is_away = [&] {
    absl::Status status = Locate(3).status();
    return absl::IsUnavailable(status) && ReasonOf(status) == "AREAS_AWAY" &&
           RetryAfterOf(status) > absl::ZeroDuration();
  };
  for (auto code : {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::INTERNAL, grpc::StatusCode::DEADLINE_EXCEEDED,
                    grpc::StatusCode::PERMISSION_DENIED}) {
    areas_.status = grpc::Status(code, "no");
    EXPECT_TRUE(is_away()) << code;
  }
  areas_.status = grpc::Status::OK;
  areas_.missing = 1;
  EXPECT_TRUE(is_away());
  areas_.missing = 0;
  areas_.prefix = "CHIX/G";
  EXPECT_TRUE(is_away());
  areas_.prefix = "CHI/G";
  EXPECT_TRUE(Locate(3).ok());
}

TEST_F(GrpcAreaLocatorTest, AnUnknownRootIsNotFound) {
  areas_.status = grpc::Status(grpc::StatusCode::NOT_FOUND, "no such Area in your areas");
  EXPECT_TRUE(absl::IsNotFound(Locate(1).status()));
}

}  // namespace
}  // namespace gridwork::tasks
