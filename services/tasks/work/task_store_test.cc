#include "services/tasks/work/task_store.h"

#include "services/tasks/work/testing/fake_task_store.h"
#include "services/tasks/work/testing/task_store_contract.h"

namespace gridwork::tasks::testing {
namespace {

class FakeWorld : public TaskStoreWorld {
 public:
  TaskStore& store() override { return store_; }

 private:
  FakeClock clock_;
  FakeTaskStore store_{clock_};
};

std::unique_ptr<TaskStoreWorld> MakeFakeWorld() { return std::make_unique<FakeWorld>(); }

INSTANTIATE_TEST_SUITE_P(Fake, TaskStoreContract, ::testing::Values(&MakeFakeWorld));

}  // namespace
}  // namespace gridwork::tasks::testing
