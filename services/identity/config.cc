#include "services/identity/config.h"

#include <absl/flags/flag.h>

#include "common/config/config.h"
#include "common/mysql/mysql_flags.h"

ABSL_FLAG(std::string, ca_certificate, "", "PEM file: the authority that signs the certificates of devices");
ABSL_FLAG(std::string, ca_key, "", "PEM file: the key of --ca_certificate");
ABSL_FLAG(std::string, token_key_file, "", "file with 64 hex digits: seed of the key that signs access tokens");
ABSL_FLAG(std::string, bootstrap_secret_file, "",
          "file with the secret for `gridctl bootstrap`; empty: nobody can bootstrap");

namespace gridwork::identity {

Config ParseConfig(int argc, char** argv) {
  config::ParseFlags(argc, argv);
  Config out;
  out.server = server::ConfigFromFlags();
  out.server.client_certificate_required = false;  // a phone that enrols has none
  // A worker never waits for a connection; one more is for what runs in the background.
  out.mysql = mysql::ConfigFromFlags(out.server.workers + out.server.bulk_workers + 1);
  out.ca_certificate = config::ReadFile("ca_certificate", absl::GetFlag(FLAGS_ca_certificate));
  out.ca_key = config::ReadFile("ca_key", absl::GetFlag(FLAGS_ca_key));
  out.token_key = config::ReadKey("token_key_file", absl::GetFlag(FLAGS_token_key_file));
  if (std::string file = absl::GetFlag(FLAGS_bootstrap_secret_file); !file.empty()) {
    out.bootstrap_secret = config::ReadFile("bootstrap_secret_file", file);
  }
  return out;
}

}  // namespace gridwork::identity
