// The tables of tasks on a MariaDB, for tests.
#pragma once
#include <fmt/format.h>

#include "common/mysql/database.h"
#include "common/mysql/outbox.h"
#include "common/mysql/unit.h"
#include "services/tasks/migrations.h"
#include "services/tasks/mysql_place_store.h"
#include "services/tasks/work/mysql_task_kind_store.h"
#include "services/tasks/work/mysql_task_store.h"
#include "tests/support/mysql_fixture.h"

namespace gridwork::tasks::testing {

// One for a test program.
inline gridwork::testing::MysqlSchema& Schema() {
  static gridwork::testing::MysqlSchema schema({{"tasks", embedded::tasks_migrations()}});
  return schema;
}

// Empties the tables. What is here has no state of its own: several may be used at once.
struct Mysql {
  Mysql() {
    for (const char* table : {"task", "task_attempt", "submission", "attachment", "task_kind", "task_form", "place",
                              "outbox", "area_follow"})
      Schema().Run(fmt::format("DELETE FROM {}", table));
  }

  mysql::Database database{Schema().pool()};
  mysql::MysqlUnits units{Schema().pool()};
  mysql::Outbox outbox{database};
  MysqlTaskStore tasks{database};
  MysqlPlaceStore places{database, tasks};
  MysqlTaskKindStore kinds{database};
};

}  // namespace gridwork::tasks::testing
