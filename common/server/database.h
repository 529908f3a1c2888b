// What a service with tables of its own has at its start and while it runs: connections, units of work, an up-to-date
// schema, and a request log with room for tomorrow.
#pragma once
#include <vector>

#include "common/base/embedded.h"
#include "common/base/every.h"
#include "common/mysql/database.h"
#include "common/mysql/feed.h"
#include "common/mysql/migrate.h"
#include "common/mysql/pool.h"
#include "common/mysql/request_log.h"
#include "common/mysql/unit.h"

namespace gridwork::server {

class ServiceDatabase {
 public:
  explicit ServiceDatabase(const mysql::Config& config) : pool(config, mysql::OpenEpoch) {}

  // Stops the process with a clear message when the schema is not that of this build (migrate comes first) or the
  // database is away.
  void Start(const std::vector<mysql::MigrationSet>& sets);

  mysql::Pool pool;
  mysql::Database database{pool};
  mysql::MysqlUnits units{pool};

 private:
  Every partitions_;
};

}  // namespace gridwork::server
