// What the tasks service is told at its start.
#pragma once
#include <memory>

#include "common/mysql/config.h"
#include "common/objects/object_store.h"
#include "common/redis/client.h"
#include "common/server/server.h"
#include "services/tasks/evidence/upload_flow.h"

namespace gridwork::tasks {

struct Config {
  server::Config server;
  mysql::Config mysql;
  redis::Config redis;
  std::string identity;  // host:port of the identity service
  std::unique_ptr<objects::ObjectStore> objects;
  Scan scan;  // of pictures, or none
};

// Parses the flags; stops the process with a clear message when one is wrong.
Config ParseConfig(int argc, char** argv);

}  // namespace gridwork::tasks
