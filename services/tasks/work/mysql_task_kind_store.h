// TaskKindStore on MySQL.
#pragma once
#include "common/mysql/database.h"
#include "services/tasks/work/task_kind_store.h"

namespace gridwork::tasks {

class MysqlTaskKindStore : public TaskKindStore {
 public:
  explicit MysqlTaskKindStore(mysql::Database& database) : database_(database) {}
  absl::StatusOr<TaskKind> Find(const std::string& code) override;
  absl::StatusOr<std::vector<TaskKind>> All() override;
  absl::StatusOr<Form> FindForm(const std::string& code, int version) override;
  absl::Status Create(Unit& unit, const TaskKind& kind) override;
  absl::Status Update(Unit& unit, const TaskKind& kind) override;

 private:
  mysql::Database& database_;
};

}  // namespace gridwork::tasks
