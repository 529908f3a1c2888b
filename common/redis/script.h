// A Lua script: one atomic operation on the keys of one slot.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/redis/client.h"

namespace gridwork::redis {

// Immutable, thread-safe. Scripts must be idempotent: after REDIS_AWAY one may have run.
class Script {
 public:
  explicit Script(std::string text);

  // Runs it by its hash; a server that does not know it (new, flushed) gets the text. Errors as in Client::Run.
  absl::StatusOr<Reply> Run(Client& client, const std::vector<std::string>& keys,
                            const std::vector<std::string>& args = {}) const;

  struct Call {
    std::vector<std::string> keys;
    std::vector<std::string> args;
  };
  // Runs it many times in one pipeline, in order, each run atomic on its own. The first error that a run answers is
  // returned; the others have run all the same.
  absl::StatusOr<std::vector<Reply>> RunAll(Client& client, const std::vector<Call>& calls) const;

  const std::string& sha1() const { return sha1_; }

 private:
  Command Make(const char* verb, const std::string& what, const std::vector<std::string>& keys,
               const std::vector<std::string>& args) const;

  const std::string text_;
  const std::string sha1_;
};

}  // namespace gridwork::redis
