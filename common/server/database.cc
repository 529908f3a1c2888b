#include "common/server/database.h"

#include <absl/time/clock.h>
#include <spdlog/spdlog.h>

#include "common/base/status_macros.h"
#include "common/config/config.h"

namespace gridwork::server {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr absl::Duration kEvery = absl::Hours(1);  // the request log has room for two days

absl::Status MaintainLog(mysql::Pool& pool) {
  return mysql::RequestLogPartitions(pool).Maintain(absl::Now(), absl::Now() + kPatience);
}

absl::Status Check(mysql::Pool& pool, const std::vector<mysql::MigrationSet>& sets) {
  {
    // Not one of the pool, which needs the tables.
    ASSIGN_OR_RETURN(auto connection, mysql::Connection::Open(pool.config()));
    RETURN_IF_ERROR(mysql::CheckSchema(*connection, sets));
  }
  return MaintainLog(pool);
}

}  // namespace

void ServiceDatabase::Start(const std::vector<mysql::MigrationSet>& sets) {
  std::vector<mysql::MigrationSet> all = {{"common", embedded::common_migrations()}};
  all.insert(all.end(), sets.begin(), sets.end());
  config::Must("database", Check(pool, all));
  partitions_.Start(kEvery, [this] {
    if (absl::Status maintained = MaintainLog(pool); !maintained.ok())
      spdlog::error("partitions of the request log: {}", std::string(maintained.message()));
  });
}

}  // namespace gridwork::server
