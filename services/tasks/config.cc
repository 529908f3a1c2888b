#include "services/tasks/config.h"

#include <absl/flags/flag.h>

#include "common/config/config.h"
#include "common/mysql/mysql_flags.h"
#include "common/objects/object_flags.h"
#include "common/redis/redis_flags.h"
#include "services/tasks/evidence/scan_flow.h"

ABSL_FLAG(std::string, identity, "", "host:port of the identity service");
ABSL_FLAG(std::string, attachment_scan_command, "",
          "command that gets each picture on its standard input: exit 0 keeps it, 1 refuses it; empty: none is run");

namespace gridwork::tasks {

Config ParseConfig(int argc, char** argv) {
  config::ParseFlags(argc, argv);
  Config out;
  out.server = server::ConfigFromFlags();
  // A worker never waits for a connection; the queue's relay and the clean-up of attachments have two of their own,
  // heartbeats and watches one each.
  out.mysql = mysql::ConfigFromFlags(out.server.workers + out.server.bulk_workers + 6);
  out.redis = redis::ConfigFromFlags();
  out.identity = absl::GetFlag(FLAGS_identity);
  config::ParseHostPort("identity", out.identity);
  out.objects = objects::StoreFromFlags();
  out.scan = ScanByCommand(absl::GetFlag(FLAGS_attachment_scan_command));
  return out;
}

}  // namespace gridwork::tasks
