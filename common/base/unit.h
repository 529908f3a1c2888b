// A unit of work, as a handler sees it: everything that one write does, in one transaction, together with its row in
// the request log. The front door opens it, hands it to the handler of every writing RPC, stores the response beside
// the effect, and commits (guarantees.md, "Every write"). common/mysql implements it; stores take it as their first
// parameter.
#pragma once
#include <absl/status/statusor.h>

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "common/base/uuid.h"

namespace gridwork {

// Names one write of one caller. Same caller and id with another method or body is an error.
struct RequestKey {
  std::string caller;                   // subject of the token, or SPIFFE id of a service
  Uuid request_id;                      // version 7; its time names the day partition of the request log
  std::string method;                   // "gridwork.tasks.v1.TaskService/CreateTask"
  std::array<uint8_t, 32> body_hmac{};  // keyed: a thief of the log cannot test guesses of a body against it
};

class Unit {  // Not thread-safe: one handler, one thread.
 public:
  virtual ~Unit() = default;
  // Runs after COMMIT, before the reply; never after a rollback. Best effort: its failure changes nothing.
  virtual void AfterCommit(std::function<void()> action) = 0;
};

class Units {  // Thread-safe.
 public:
  virtual ~Units() = default;

  // The stored response of this request: nullopt when it is new; FAILED_PRECONDITION REQUEST_ID_REUSED when caller and
  // id are known with another method or body; UNAVAILABLE when the database is away.
  virtual absl::StatusOr<std::optional<std::string>> FindResponse(const RequestKey& key) = 0;

  // Runs `body` in a transaction (opened at its first statement), writes the request-log row with the bytes that it
  // returns, commits. An error of `body` rolls everything back and writes no row: a refused request may be tried again.
  // A deadlock or lock wait runs `body` again, as a whole. When another call with the same key was faster, its stored
  // response is returned.
  virtual absl::StatusOr<std::string> Run(const RequestKey& key, absl::Time deadline,
                                          const std::function<absl::StatusOr<std::string>(Unit&)>& body) = 0;
};

}  // namespace gridwork
