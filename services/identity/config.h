// What the identity service is told at its start.
#pragma once
#include <string>

#include "common/mysql/config.h"
#include "common/server/server.h"

namespace gridwork::identity {

struct Config {
  server::Config server;
  mysql::Config mysql;
  std::string ca_certificate, ca_key;  // PEM: the authority that signs the certificates of devices
  std::string key_encryption_key;      // 32 bytes: seals the keys that sign access tokens
  std::string bootstrap_secret;        // "": nobody can bootstrap
};

// Parses the flags; stops the process with a clear message when one is wrong.
Config ParseConfig(int argc, char** argv);

}  // namespace gridwork::identity
