// A database of its own on the Redis that tools/test and tools/with-databases start, and a Redis that may be killed.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "common/redis/client.h"

namespace gridwork::testing {

// One of the numbered databases, empty, for as long as this lives; usually one for a test program. SCRIPT FLUSH,
// FLUSHALL and the like reach those of others: use a RedisServer for them. Throws with what to do when there is no
// Redis.
class RedisDatabase {
 public:
  RedisDatabase();
  ~RedisDatabase();

  const redis::Config& config() const { return config_; }
  redis::Client& client() { return *client_; }

 private:
  redis::Config config_;
  std::unique_ptr<redis::Client> admin_;  // of database 0, where the numbers are given out
  std::unique_ptr<redis::Client> client_;
};

// A redis-server process without persistence.
class RedisServer {
 public:
  RedisServer();
  ~RedisServer() { Kill(); }

  const redis::Config& config() const { return config_; }
  void Start();  // waits until it answers
  void Kill();   // SIGKILL; nothing it held is kept
  void Freeze() const;
  void Thaw() const;

 private:
  redis::Config config_;
  pid_t pid_ = 0;
};

}  // namespace gridwork::testing
