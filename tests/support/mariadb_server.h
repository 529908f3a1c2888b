// A MariaDB of its own that may be killed, as the change feed's fence is afraid of: without a binlog, and with a disk
// that is slow to write the log, a commit is seen long before it is durable.
#pragma once
#include <absl/time/time.h>
#include <sys/types.h>

#include <string>

#include "common/mysql/config.h"

namespace gridwork::testing {

class MariadbServer {
 public:
  // Makes an empty database in a new folder and starts it. Each write of the log takes `log_delay` longer. Throws when
  // it does not start.
  explicit MariadbServer(absl::Duration log_delay);
  ~MariadbServer();  // removes the folder

  const mysql::Config& config() const { return config_; }  // without a schema
  void Start();                                            // waits until it answers, after whatever recovery it needs
  void Kill();                                             // SIGKILL

 private:
  const absl::Duration log_delay_;
  std::string folder_;
  mysql::Config config_;
  pid_t pid_ = 0;
};

}  // namespace gridwork::testing
