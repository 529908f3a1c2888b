#include "common/mysql/mysql_flags.h"

#include <absl/flags/flag.h>

#include "common/config/config.h"

ABSL_FLAG(std::string, mysql_host, "127.0.0.1", "host of the database");
ABSL_FLAG(uint16_t, mysql_port, 3306, "port of the database");
ABSL_FLAG(std::string, mysql_schema, "", "schema of this service; it must exist");
ABSL_FLAG(std::string, mysql_user, "", "user of this service in the database");
ABSL_FLAG(std::string, mysql_password_file, "", "file with that user's password");
ABSL_FLAG(std::string, mysql_ca, "", "PEM file: the authority that signed the certificate of the database");

namespace gridwork::mysql {

Config ConfigFromFlags(int connections) {
  Config out;
  out.host = absl::GetFlag(FLAGS_mysql_host);
  out.port = absl::GetFlag(FLAGS_mysql_port);
  out.schema = absl::GetFlag(FLAGS_mysql_schema);
  out.user = absl::GetFlag(FLAGS_mysql_user);
  out.password = config::ReadFile("mysql_password_file", absl::GetFlag(FLAGS_mysql_password_file));
  out.ca_file = absl::GetFlag(FLAGS_mysql_ca);
  if (out.schema.empty() || out.user.empty() || out.ca_file.empty()) {
    config::Wrong("--mysql_schema, --mysql_user and --mysql_ca must be set");
  }
  out.size = connections;
  return out;
}

}  // namespace gridwork::mysql
