// Redis, over plain TCP (hiredis 0.14 has no TLS): on the same pod, or behind stunnel. It holds nothing that cannot be
// rebuilt and nothing about a person.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/redis/reply.h"

struct redisContext;

namespace gridwork::redis {

struct Config {
  std::string host = "127.0.0.1";
  uint16_t port = 6379;
  std::string password;  // read from a file; never logged; empty: none
  int database = 0;

  size_t idle = 16;  // connections kept; as many are used as threads call at once
  absl::Duration connect_timeout = absl::Milliseconds(200);
  absl::Duration command_timeout = absl::Milliseconds(500);
  absl::Duration away_pause = absl::Milliseconds(200);  // after a failed connect, callers fail at once for so long
};

// The words of a command, binary-safe.
using Command = std::vector<std::string>;

// Who answers. After a failover or a restart with another data set, what the index holds must be checked.
struct ServerIdentity {
  std::string run_id;          // changes with each start of the process
  std::string replication_id;  // changes with each failover
  std::string role;            // "master", "slave"

  bool operator==(const ServerIdentity&) const = default;
};

struct ClientStats {
  int idle = 0;
  uint64_t connects = 0;
  uint64_t connect_failures = 0;
  uint64_t broken = 0;  // connections thrown away after an error
};

// Messages of one channel. Redis keeps none: what is published while nobody listens is lost. Not thread-safe.
class Subscription {
 public:
  virtual ~Subscription() = default;
  // Those that have come, at once, or the first that come within `timeout`; none when none came. UNAVAILABLE REDIS_AWAY
  // when the connection is lost: then it is of no more use.
  virtual absl::StatusOr<std::vector<std::string>> Wait(absl::Duration timeout) = 0;
};

// Thread-safe. UNAVAILABLE REDIS_AWAY when there is no answer in time, when there is no connection, or when the server
// cannot do what is asked now (loading, read-only replica); then the command may have been carried out or not. Nothing
// is repeated here.
class Client {
 public:
  explicit Client(Config config) : config_(std::move(config)) {}
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // One command. An error that Redis answers is INTERNAL REDIS_ERROR with metadata "code" ("WRONGTYPE").
  absl::StatusOr<Reply> Run(const Command& command);
  // Several at once, in order, with one wait; not atomic. Errors that Redis answers are replies of type kError.
  absl::StatusOr<std::vector<Reply>> RunAll(const std::vector<Command>& commands);

  absl::StatusOr<ServerIdentity> Identity();

  // Messages published to `channel` from now on, over a connection of their own.
  absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(const std::string& channel);
  ClientStats stats() const;

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };
  using Context = std::unique_ptr<redisContext, Free>;

  absl::StatusOr<Context> Take();
  absl::StatusOr<Context> Connect();
  void GiveBack(Context context);
  void Break(Context context);

  const Config config_;
  mutable Mutex mu_;
  std::vector<Context> idle_ GUARDED_BY(mu_);
  absl::Time away_until_ GUARDED_BY(mu_) = absl::InfinitePast();
  ClientStats stats_ GUARDED_BY(mu_);
};

// The status of an error reply.
absl::Status StatusOf(const Reply& error);

}  // namespace gridwork::redis
