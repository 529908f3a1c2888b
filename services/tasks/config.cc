#include "services/tasks/config.h"

#include <absl/flags/flag.h>

#include "common/config/config.h"
#include "common/mysql/mysql_flags.h"
#include "common/redis/redis_flags.h"

ABSL_FLAG(std::string, identity, "", "host:port of the identity service");

namespace gridwork::tasks {

Config ParseConfig(int argc, char** argv) {
  config::ParseFlags(argc, argv);
  Config out;
  out.server = server::ConfigFromFlags();
  // A worker never waits for a connection; the queue's relay has two of its own, heartbeats and watches one each.
  out.mysql = mysql::ConfigFromFlags(out.server.workers + out.server.bulk_workers + 4);
  out.redis = redis::ConfigFromFlags();
  out.identity = absl::GetFlag(FLAGS_identity);
  config::ParseHostPort("identity", out.identity);
  return out;
}

}  // namespace gridwork::tasks
