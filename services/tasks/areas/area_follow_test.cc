// Areas that change while phones are out, from end to end: over gRPC, on MariaDB, with the phone of tests/support.
#include "services/tasks/areas/area_follow_flow.h"

#include "common/base/error.h"
#include "services/tasks/areas/mysql_area_follow_store.h"
#include "services/tasks/sync/testing/sync_world.h"

namespace gridwork::tasks::testing {
namespace {

constexpr char kGrid[] = "CHI/G418-876";  // latitude 41.88
constexpr char kNorth[] = "CHI/G418-876/NORTH", kSouth[] = "CHI/G418-876/SOUTH";

std::string NorthOrSouth(const LatLng& point) { return point.latitude > 41.88 ? kNorth : kSouth; }

class AreaFollowTest : public ::testing::Test {
 protected:
  std::unique_ptr<Phone> NewPhone(int staff, const std::string& area) {
    links_.push_back(world_.Link(staff, area));
    return std::make_unique<Phone>(":memory:", *links_.back());
  }
  // Places 0 to n-1 in the north of the grid, as many in its south.
  void ImportHalves(int n) {
    north_ = world_.Import(n, 0, 41.885);
    south_ = world_.Import(n, 1'000, 41.875);
  }
  int64_t Round() {
    auto moved = flow_.Round();
    EXPECT_TRUE(moved.ok()) << moved.status();
    return moved.value_or(-1);
  }
  double Waiting() { return gauges_.Collect().at(0).metric.at(0).gauge.value; }
  int64_t Followed() { return follow_.Followed("CHI").value(); }
  v1::Task Read(const std::string& name) {
    v1::GetTaskRequest request;
    request.set_name(name);
    auto task = rpc::Invoke(*world_.tasks, &v1::TaskService::Stub::GetTask, request, world_.Dispatcher());
    EXPECT_TRUE(task.ok()) << task.status();
    return task.value_or(v1::Task());
  }

  SyncWorld world_;
  FakeClock clock_;
  MysqlAreaFollowStore follow_{world_.mysql.database};
  metrics::Gauges gauges_;
  AreaFollow flow_{follow_, world_.mysql.places, world_.areas, clock_, gauges_};
  std::vector<std::string> north_, south_;
  std::vector<std::unique_ptr<GrpcLink>> links_;
};

TEST_F(AreaFollowTest, PlacesGoWhereTheyLieAndNothingElseMoves) {
  ImportHalves(3);
  auto other = world_.Import(1, 5'000, 42.1);
  EXPECT_EQ(Round(), 0);
  int64_t split = world_.areas.Change(kGrid, NorthOrSouth);
  EXPECT_EQ(Round(), 6);
  EXPECT_EQ(world_.Get(north_[2]).grid(), kNorth);
  EXPECT_EQ(world_.Get(south_[0]).grid(), kSouth);
  EXPECT_EQ(world_.Get(other[0]).grid(), "CHI/G421-876");
  EXPECT_EQ(world_.Get(other[0]).etag(), "1");
  EXPECT_EQ(Followed(), split);
  EXPECT_EQ(Round(), 0);
  EXPECT_EQ(world_.Get(south_[0]).etag(), "2") << "once";
}

TEST_F(AreaFollowTest, MoreThanOneTransactionHolds) {
  ImportHalves(100);
  for (int i = 1; i < 6; ++i) ASSERT_EQ(world_.Import(100, i * 100, 41.885).size(), 100u);
  world_.areas.Change(kGrid, NorthOrSouth);
  EXPECT_EQ(Round(), 700);
}

TEST_F(AreaFollowTest, APhoneThatIsOutKeepsItsWorkAndGetsTheNewGrids) {
  world_.MakeKind();
  ImportHalves(3);
  v1::Task task = world_.MakeTask(north_[0]);
  ASSERT_EQ(world_.Claim().name(), task.name());
  auto phone = NewPhone(1, kGrid);
  ASSERT_TRUE(phone->Pull().ok());
  ASSERT_EQ(phone->store().Places(kGrid).size(), 6u);
  ASSERT_TRUE(
      phone->EditPlace(south_[1], {"status"}, [](v1::Place& p) { p.set_status(v1::PLACE_STATUS_CLOSED); }).ok());

  world_.areas.Change(kGrid, NorthOrSouth);
  EXPECT_EQ(Round(), 6);
  EXPECT_EQ(Read(task.name()).grid(), kNorth);

  phone->Submit(SyncWorld::Answered(phone->store().Tasks(kGrid).at(0)));
  ASSERT_TRUE(phone->Sync().ok());
  for (const auto& item : phone->store().Outbox()) EXPECT_EQ(item.state, OutboxState::kDone);
  EXPECT_EQ(phone->store().Places(kGrid).size(), 0u);
  EXPECT_EQ(phone->store().Places(kNorth).size(), 3u);
  EXPECT_EQ(phone->store().Places(kSouth).size(), 3u);
  EXPECT_EQ(phone->store().Place(south_[1])->status(), v1::PLACE_STATUS_CLOSED);
  EXPECT_EQ(Read(task.name()).state(), v1::TASK_STATE_SUBMITTED);
  EXPECT_EQ(phone->digest_faults(), 0);
  EXPECT_EQ(phone->resyncs(), 0);
}

TEST_F(AreaFollowTest, WhoWorksInOnePartSeesOnlyThat) {
  ImportHalves(2);
  auto phone = NewPhone(1, kGrid);
  ASSERT_TRUE(phone->Pull().ok());
  world_.areas.Change(kGrid, NorthOrSouth);
  EXPECT_EQ(Round(), 4);
  links_.back() = world_.Link(1, kNorth);
  auto narrow = std::make_unique<Phone>(":memory:", *links_.back());
  ASSERT_TRUE(narrow->Pull().ok());
  EXPECT_EQ(narrow->store().Places(kNorth).size(), 2u);
  EXPECT_EQ(narrow->store().Places(kSouth).size(), 0u);
}

TEST_F(AreaFollowTest, AMergeWaitsUntilTokensHaveChanged) {
  ImportHalves(1);
  clock_.Advance(absl::Hours(1));
  world_.areas.Change(
      kGrid, [](const LatLng&) { return "CHI/MERGED"; }, true, clock_.Now());
  EXPECT_EQ(Round(), 0);
  EXPECT_EQ(Followed(), 0);
  EXPECT_EQ(Waiting(), 1);
  clock_.Advance(AreaFollow::kMergeSettles);
  EXPECT_EQ(Round(), 2);
  EXPECT_EQ(Waiting(), 0);
  EXPECT_EQ(world_.Get(north_[0]).grid(), "CHI/MERGED");
}

TEST_F(AreaFollowTest, AReplicaThatDoesNotKnowTheChangeIsAskedAgain) {
  ImportHalves(1);
  world_.areas.Change(kGrid, NorthOrSouth);
  world_.areas.ForgetNewest();
  EXPECT_EQ(ReasonOf(flow_.Round().status()), "AREAS_CHANGED");
  EXPECT_EQ(Followed(), 0);
  world_.areas.Change("CHI/nothing", NorthOrSouth);
  EXPECT_EQ(Round(), 2);
}

TEST_F(AreaFollowTest, WhatWasLocatedBeforeIsRefusedAfterwards) {
  ImportHalves(1);
  world_.areas.Change(kGrid, NorthOrSouth);
  EXPECT_EQ(Round(), 2);
  world_.areas.ForgetNewest();  // an answer of before
  v1::Place moved = world_.Get(north_[0]);
  moved.mutable_location()->set_latitude(41.886);
  EXPECT_EQ(ReasonOf(world_.Update(moved, "location").status()), "AREAS_CHANGED");
  EXPECT_EQ(world_.Get(north_[0]).etag(), moved.etag());
  v1::ImportPlacesRequest job;
  job.set_request_id(SyncWorld::NewId());
  job.set_root("CHI");
  *job.add_places() = SampleMessage(7);
  auto imported = rpc::Invoke(*world_.places, &v1::PlaceService::Stub::ImportPlaces, job, world_.Admin());
  EXPECT_EQ(ReasonOf(imported.status()), "AREAS_CHANGED");
}

TEST_F(AreaFollowTest, WhileIdentityIsAwayNothingMovesAndNothingIsLost) {
  ImportHalves(1);
  world_.areas.Change(kGrid, NorthOrSouth);
  world_.areas.FailWith(absl::UnavailableError("away"));
  EXPECT_FALSE(flow_.Round().ok());
  EXPECT_EQ(Waiting(), 1);
  world_.areas.FailWith(absl::OkStatus());
  EXPECT_EQ(Round(), 2);
  EXPECT_EQ(Waiting(), 0);
}

// Writers on both sides of a change that is being followed: in the end every place is in the grid in which it lies, and
// every task in that of its place.
TEST_F(AreaFollowTest, NothingIsLeftBehindWhileEverythingIsWritten) {
  world_.MakeKind();
  ImportHalves(40);
  std::atomic<bool> stop = false;
  std::vector<std::thread> writers;
  writers.emplace_back([&] {
    for (int i = 0; !stop; ++i) {
      v1::Place place = world_.Get(north_[i % 40]);
      place.mutable_location()->set_latitude(i % 2 == 0 ? 41.871 : 41.889);
      auto updated = world_.Update(place, "location");
      const std::string reason = ReasonOf(updated.status());
      EXPECT_TRUE(updated.ok() || reason == "AREAS_CHANGED" || reason == "ETAG_MISMATCH") << updated.status();
    }
  });
  writers.emplace_back([&] {
    for (int i = 0; !stop; ++i) world_.MakeTask(i % 2 == 0 ? north_[i % 40] : south_[i % 40]);
  });
  for (int change = 0; change < 6; ++change) {
    bool split = change % 2 == 0;
    world_.areas.Change(
        kGrid, split ? NorthOrSouth : [](const LatLng&) { return std::string("CHI/G418-876/ALL"); });
    absl::SleepFor(absl::Milliseconds(50));
    EXPECT_TRUE(flow_.Round().ok());
  }
  stop = true;
  for (auto& writer : writers) writer.join();

  std::map<std::string, std::string> grids;
  for (const auto* names : {&north_, &south_}) {
    for (const std::string& name : *names) {
      v1::Place place = world_.Get(name);
      EXPECT_EQ(place.grid(), "CHI/G418-876/ALL");
      grids[name] = place.grid();
    }
  }
  v1::ListTasksRequest all;
  all.set_page_size(1'000);
  auto tasks = rpc::Invoke(*world_.tasks, &v1::TaskService::Stub::ListTasks, all, world_.Dispatcher());
  ASSERT_TRUE(tasks.ok()) << tasks.status();
  EXPECT_GT(tasks->tasks_size(), 10);
  for (const auto& task : tasks->tasks()) EXPECT_EQ(task.grid(), grids[task.place()]);
}

}  // namespace
}  // namespace gridwork::tasks::testing
