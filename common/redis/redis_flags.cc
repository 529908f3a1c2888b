#include "common/redis/redis_flags.h"

#include <absl/flags/flag.h>

#include "common/config/config.h"

ABSL_FLAG(std::string, redis_host, "127.0.0.1",
          "host of Redis: on the same machine or pod, or the near end of a tunnel");
ABSL_FLAG(uint16_t, redis_port, 6379, "port of Redis");
ABSL_FLAG(std::string, redis_password_file, "", "file with the password of Redis; empty: none");

namespace gridwork::redis {

Config ConfigFromFlags() {
  Config out;
  out.host = absl::GetFlag(FLAGS_redis_host);
  out.port = absl::GetFlag(FLAGS_redis_port);
  if (std::string file = absl::GetFlag(FLAGS_redis_password_file); !file.empty()) {
    out.password = config::ReadFile("redis_password_file", file);
  }
  return out;
}

}  // namespace gridwork::redis
