// Where the database is and how patient we are with it.
#pragma once
#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace gridwork::mysql {

struct Config {
  std::string host = "127.0.0.1";
  uint16_t port = 3306;
  std::string schema;  // empty: none is chosen
  std::string user;
  std::string password;  // read from a file; never logged
  std::string ca_file;   // PEM; the server's certificate must chain to it and carry `host`

  int size = 16;                                             // connections at most
  absl::Duration acquire_timeout = absl::Milliseconds(500);  // longest wait for a free connection
  absl::Duration connect_timeout = absl::Seconds(1);         // whole seconds
  absl::Duration read_timeout = absl::Seconds(5);            // whole seconds; a black hole ends a statement after it
  absl::Duration lock_wait = absl::Seconds(2);               // whole seconds; for row and metadata locks
  absl::Duration ping_after = absl::Seconds(5);         // a connection idle for longer is tried before it is handed out
  absl::Duration away_pause = absl::Milliseconds(500);  // after a failed connect, callers fail at once for so long
  size_t statements = 128;                              // prepared statements kept for each connection
};

}  // namespace gridwork::mysql
