// A schema of its own on the MariaDB that tools/test and tools/with-databases start.
#pragma once
#include <memory>
#include <vector>

#include "common/mysql/migrate.h"
#include "common/mysql/pool.h"

namespace gridwork::testing {

// How to reach that MariaDB, without a schema. Throws with what to do when it is not there: such a test fails, it is
// never skipped.
mysql::Config MysqlServer();

// A new schema with the common tables, today's request log and `sets`; dropped at the end. Usually one for a test
// program:
//   MysqlSchema& Schema() { static MysqlSchema schema({{"tasks", embedded::tasks_migrations()}}); return schema; }
// Throws when it cannot be made.
class MysqlSchema {
 public:
  struct Empty {};
  explicit MysqlSchema(const std::vector<mysql::MigrationSet>& sets = {});
  explicit MysqlSchema(Empty);  // without any table
  ~MysqlSchema();

  const mysql::Config& config() const { return config_; }
  mysql::Pool& pool() { return *pool_; }
  // A statement that must work.
  void Run(std::string_view sql);

 private:
  mysql::Config config_;
  std::unique_ptr<mysql::Pool> pool_;
};

}  // namespace gridwork::testing
