#include "services/tasks/place_store.h"

#include "services/tasks/testing/fake_place_store.h"
#include "services/tasks/testing/place_store_contract.h"

namespace gridwork::tasks::testing {
namespace {

class FakeWorld : public PlaceStoreWorld {
 public:
  PlaceStore& store() override { return store_; }
  Units& units() override { return units_; }
  void BeginFollow(int64_t change) override { store_.BeginFollow(change); }

 private:
  FakeClock clock_;
  FakePlaceStore store_{clock_, this};
  gridwork::testing::FakeUnits units_;
};

std::unique_ptr<PlaceStoreWorld> MakeFakeWorld() { return std::make_unique<FakeWorld>(); }

INSTANTIATE_TEST_SUITE_P(Fake, PlaceStoreContract, ::testing::Values(&MakeFakeWorld));

}  // namespace
}  // namespace gridwork::tasks::testing
