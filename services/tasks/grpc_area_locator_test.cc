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
    response->set_change_number(change - static_cast<int>(calls.size()));
    return status;
  }
  grpc::Status ListAreaChanges(grpc::ServerContext*, const identity::v1::ListAreaChangesRequest* request,
                               identity::v1::ListAreaChangesResponse* response) override {
    root = request->root();
    for (int64_t number = request->after_number() + 1; number <= 3; ++number) {
      auto* one = response->add_changes();
      one->set_number(number);
      one->add_from("CHI/G" + std::to_string(number));
      one->mutable_change_time()->set_seconds(number);
      one->set_kind(number == 2 ? identity::v1::AreaChange::KIND_MERGED : identity::v1::AreaChange::KIND_SPLIT);
    }
    return status;
  }

  int change = 100;  // less one for each call
  std::vector<int> calls;
  std::string root, prefix = "CHI/G";
  int missing = 0;
  grpc::Status status;
};

class GrpcAreaLocatorTest : public ::testing::Test {
 protected:
  absl::StatusOr<Located> Locate(int points) {
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
  EXPECT_TRUE(Locate(0)->grids.empty());
  EXPECT_TRUE(areas_.calls.empty());
  auto paths = Locate(2'001);
  ASSERT_TRUE(paths.ok()) << paths.status();
  EXPECT_EQ(areas_.calls, (std::vector<int>{1'000, 1'000, 1}));
  EXPECT_EQ(areas_.root, "areas/CHI");
  ASSERT_EQ(paths->grids.size(), 2'001u);
  for (size_t i = 0; i < paths->grids.size(); ++i) EXPECT_EQ(paths->grids[i], "CHI/G" + std::to_string(i));
  EXPECT_EQ(paths->change, 97) << "what the least of them knows";
}

TEST_F(GrpcAreaLocatorTest, TellsWhatHasChangedSince) {
  auto changes = locator_.ChangesAfter("CHI", 1);
  ASSERT_TRUE(changes.ok()) << changes.status();
  EXPECT_EQ(areas_.root, "areas/CHI");
  ASSERT_EQ(changes->size(), 2u);
  EXPECT_EQ((*changes)[0].number, 2);
  EXPECT_EQ((*changes)[0].from, std::vector<std::string>{"CHI/G2"});
  EXPECT_TRUE((*changes)[0].merged);
  EXPECT_EQ((*changes)[0].time, absl::FromUnixSeconds(2));
  EXPECT_FALSE((*changes)[1].merged);
  areas_.status = grpc::Status(grpc::StatusCode::INTERNAL, "no");
  EXPECT_EQ(ReasonOf(locator_.ChangesAfter("CHI", 1).status()), "AREAS_AWAY");
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
