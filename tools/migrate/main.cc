// Brings the schema of one service to the state that this build needs, and makes the days of its request log. Runs
// before a rollout.
//   migrate --service=tasks --mysql_schema=gridwork_tasks --mysql_user=... --mysql_password_file=... --mysql_ca=ca.pem
#include <absl/flags/flag.h>
#include <absl/flags/usage.h>
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "common/base/status_macros.h"
#include "common/config/config.h"
#include "common/mysql/migrate.h"
#include "common/mysql/mysql_flags.h"
#include "common/mysql/pool.h"
#include "common/mysql/request_log.h"
#include "services/identity/migrations.h"
#include "services/tasks/migrations.h"

ABSL_FLAG(std::string, service, "", "whose schema it is");

namespace gridwork {
namespace {

using mysql::MigrationSet;

// What each service has beside the common tables.
const std::map<std::string, std::vector<MigrationSet>>& Services() {
  static const std::map<std::string, std::vector<MigrationSet>> services = {
      {"identity", {{"identity", embedded::identity_migrations()}}},
      {"tasks", {{"tasks", embedded::tasks_migrations()}}},
  };
  return services;
}

absl::Status Run() {
  auto service = Services().find(absl::GetFlag(FLAGS_service));
  if (service == Services().end()) config::Wrong("--service must name a service");
  std::vector<MigrationSet> sets = {{"common", embedded::common_migrations()}};
  sets.insert(sets.end(), service->second.begin(), service->second.end());

  mysql::Config config = mysql::ConfigFromFlags(1);
  config.read_timeout = absl::Hours(1);  // a large table takes its time
  mysql::Pool pool(config);
  {
    ASSIGN_OR_RETURN(mysql::Lease lease, pool.Acquire(absl::InfiniteFuture()));
    ASSIGN_OR_RETURN(std::vector<std::string> applied, mysql::Migrate(*lease, sets));
    for (const std::string& name : applied) fmt::print("applied {}\n", name);
    if (applied.empty()) fmt::print("nothing to apply\n");
  }
  return mysql::RequestLogPartitions(pool).Maintain(absl::Now(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace gridwork

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("brings the schema of a service up to date");
  gridwork::config::ParseFlags(argc, argv);
  absl::Status status = gridwork::Run();
  if (!status.ok()) fmt::print(stderr, "migrate: {}\n", std::string(status.message()));
  return status.ok() ? 0 : 1;
}
