// Reads the change feed of places and tasks.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include "common/auth/scope.h"
#include "services/tasks/sync/sync.h"

namespace gridwork::tasks {

class SyncStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~SyncStore() = default;

  // What the grids inside `scope` have for a phone that holds `query.held`, as of one moment. It is durable: it may be
  // told.
  virtual absl::StatusOr<PullAnswer> Pull(const auth::Scope& scope, const PullQuery& query, absl::Time deadline) = 0;

  // Everything that was visible before this call is durable afterwards.
  virtual absl::Status PassFence(absl::Time deadline) = 0;
};

}  // namespace gridwork::tasks
