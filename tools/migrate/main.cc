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
#include "common/mysql/pool.h"
#include "common/mysql/request_log.h"

ABSL_FLAG(std::string, service, "", "whose schema it is");
ABSL_FLAG(std::string, mysql_host, "127.0.0.1", "host of the database");
ABSL_FLAG(uint16_t, mysql_port, 3306, "its port");
ABSL_FLAG(std::string, mysql_schema, "", "the schema; it must exist");
ABSL_FLAG(std::string, mysql_user, "", "a user who may change tables");
ABSL_FLAG(std::string, mysql_password_file, "", "file with the password of the user");
ABSL_FLAG(std::string, mysql_ca, "", "PEM file of the authority that signed the certificate of the database");

namespace gridwork {
namespace {

using mysql::MigrationSet;

// What each service has beside the common tables.
const std::map<std::string, std::vector<MigrationSet>>& Services() {
  static const std::map<std::string, std::vector<MigrationSet>> services = {
      {"common", {}},  // a schema with the common tables only
  };
  return services;
}

mysql::Config ConfigFromFlags() {
  mysql::Config config;
  config.host = absl::GetFlag(FLAGS_mysql_host);
  config.port = absl::GetFlag(FLAGS_mysql_port);
  config.schema = absl::GetFlag(FLAGS_mysql_schema);
  config.user = absl::GetFlag(FLAGS_mysql_user);
  config.password = config::ReadFile("mysql_password_file", absl::GetFlag(FLAGS_mysql_password_file));
  config.ca_file = absl::GetFlag(FLAGS_mysql_ca);
  if (config.schema.empty() || config.user.empty() || config.ca_file.empty()) {
    config::Wrong("--mysql_schema, --mysql_user and --mysql_ca must be given");
  }
  config.size = 1;
  config.read_timeout = absl::Hours(1);  // a large table takes its time
  return config;
}

absl::Status Run() {
  auto service = Services().find(absl::GetFlag(FLAGS_service));
  if (service == Services().end()) config::Wrong("--service must name a service");
  std::vector<MigrationSet> sets = {{"common", embedded::common_migrations()}};
  sets.insert(sets.end(), service->second.begin(), service->second.end());

  mysql::Pool pool(ConfigFromFlags());
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
