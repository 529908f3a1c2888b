#include "services/tasks/work/mysql_task_kind_store.h"

#include "services/tasks/work/testing/mysql_world.h"
#include "services/tasks/work/testing/task_kind_store_contract.h"

namespace gridwork::tasks::testing {
namespace {

class MysqlWorld : public TaskKindStoreWorld {
 public:
  TaskKindStore& store() override { return mysql_.kinds; }
  Units& units() override { return mysql_.units; }

 private:
  Mysql mysql_;
};

std::unique_ptr<TaskKindStoreWorld> MakeMysqlWorld() { return std::make_unique<MysqlWorld>(); }

INSTANTIATE_TEST_SUITE_P(Mysql, TaskKindStoreContract, ::testing::Values(&MakeMysqlWorld));

}  // namespace
}  // namespace gridwork::tasks::testing
