#include "services/tasks/work/task_kind_store.h"

#include "services/tasks/work/testing/fake_task_kind_store.h"
#include "services/tasks/work/testing/task_kind_store_contract.h"

namespace gridwork::tasks::testing {
namespace {

class FakeWorld : public TaskKindStoreWorld {
 public:
  TaskKindStore& store() override { return store_; }
  Units& units() override { return units_; }

 private:
  FakeTaskKindStore store_;
  gridwork::testing::FakeUnits units_;
};

std::unique_ptr<TaskKindStoreWorld> MakeFakeWorld() { return std::make_unique<FakeWorld>(); }

INSTANTIATE_TEST_SUITE_P(Fake, TaskKindStoreContract, ::testing::Values(&MakeFakeWorld));

}  // namespace
}  // namespace gridwork::tasks::testing
