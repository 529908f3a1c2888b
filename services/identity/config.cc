#include "services/identity/config.h"

#include <absl/flags/flag.h>

#include "common/config/config.h"
#include "common/mysql/mysql_flags.h"

ABSL_FLAG(std::string, ca_certificate, "", "PEM file: the authority that signs the certificates of devices");
ABSL_FLAG(std::string, ca_key, "", "PEM file: the key of --ca_certificate");
ABSL_FLAG(std::string, key_encryption_key_file, "",
          "file with 64 hex digits, the same on all replicas: seals the keys that sign access tokens, in the database");
ABSL_FLAG(std::string, bootstrap_secret_file, "",
          "file with the secret for `gridctl bootstrap`; empty: nobody can bootstrap");

namespace gridwork::identity {

Config ParseConfig(int argc, char** argv) {
  config::ParseFlags(argc, argv);
  Config out;
  out.server = server::ConfigFromFlags();
  out.server.client_certificate_required = false;  // a phone that enrols has none
  // A worker never waits for a connection; two more are for what runs in the background.
  out.mysql = mysql::ConfigFromFlags(out.server.workers + out.server.bulk_workers + 2);
  out.ca_certificate = config::ReadFile("ca_certificate", absl::GetFlag(FLAGS_ca_certificate));
  out.ca_key = config::ReadFile("ca_key", absl::GetFlag(FLAGS_ca_key));
  out.key_encryption_key = config::ReadKey("key_encryption_key_file", absl::GetFlag(FLAGS_key_encryption_key_file));
  if (std::string file = absl::GetFlag(FLAGS_bootstrap_secret_file); !file.empty()) {
    out.bootstrap_secret = config::ReadFile("bootstrap_secret_file", file);
  }
  return out;
}

}  // namespace gridwork::identity
