#include "tests/support/fake_units.h"

#include "tests/support/units_contract.h"

namespace gridwork::testing {
namespace {

class FakeWorld : public UnitsWorld {
 public:
  Units& units() override { return fake; }
  absl::Status Increment(Unit& unit) override {
    ++count_;
    FakeUnit::Of(unit).OnRollback([this] { --count_; });
    return absl::OkStatus();
  }
  int64_t Committed() override { return count_; }

  FakeUnits fake;

 private:
  int64_t count_ = 0;  // only touched under the lock of `fake`, or after it
};

std::unique_ptr<UnitsWorld> MakeFakeWorld() { return std::make_unique<FakeWorld>(); }

INSTANTIATE_TEST_SUITE_P(Fake, UnitsContract, ::testing::Values(&MakeFakeWorld));

TEST(FakeUnits, ADeadlockRunsTheBodyAgain) {
  FakeWorld world;
  world.fake.FailWithDeadlock(2);
  int runs = 0, after = 0;
  RequestKey key{.caller = "a", .request_id = Uuid::V7(absl::Now()), .method = "m"};
  auto response = world.units().Run(key, absl::InfiniteFuture(), [&](Unit& unit) -> absl::StatusOr<std::string> {
    ++runs;
    unit.AfterCommit([&] { ++after; });
    RETURN_IF_ERROR(world.Increment(unit));
    return "";
  });
  EXPECT_TRUE(response.ok());
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(after, 1);
  EXPECT_EQ(world.Committed(), 1);
}

}  // namespace
}  // namespace gridwork::testing
