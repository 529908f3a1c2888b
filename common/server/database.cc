#include "common/server/database.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "common/base/status_macros.h"
#include "common/config/config.h"

namespace gridwork::server {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr auto kEvery = std::chrono::hours(1);  // the request log has room for two days

absl::Status Check(mysql::Pool& pool, const std::vector<mysql::MigrationSet>& sets) {
  {
    // Not one of the pool, which needs the tables.
    ASSIGN_OR_RETURN(auto connection, mysql::Connection::Open(pool.config()));
    RETURN_IF_ERROR(mysql::CheckSchema(*connection, sets));
  }
  return mysql::RequestLogPartitions(pool).Maintain(absl::Now(), absl::Now() + kPatience);
}

}  // namespace

ServiceDatabase::~ServiceDatabase() {
  {
    MutexLock lock(mu_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ServiceDatabase::Start(const std::vector<mysql::MigrationSet>& sets) {
  std::vector<mysql::MigrationSet> all = {{"common", embedded::common_migrations()}};
  all.insert(all.end(), sets.begin(), sets.end());
  absl::Status status = Check(pool, all);
  if (!status.ok()) config::Wrong(fmt::format("database: {}", std::string(status.message())));
  thread_ = std::thread([this] { Loop(); });
}

void ServiceDatabase::Loop() {
  for (;;) {
    {
      std::unique_lock<Mutex> lock(mu_);
      if (stopped_.wait_for(lock, kEvery, [this] { return stop_; })) return;
    }
    absl::Status status = mysql::RequestLogPartitions(pool).Maintain(absl::Now(), absl::Now() + kPatience);
    if (!status.ok()) spdlog::error("partitions of the request log: {}", std::string(status.message()));
  }
}

}  // namespace gridwork::server
