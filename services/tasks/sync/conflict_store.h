// Where conflicts wait for a person.
#pragma once
#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "common/auth/scope.h"
#include "common/base/unit.h"
#include "services/tasks/sync/conflict.h"

namespace gridwork::tasks {

struct ConflictQuery {
  std::string area;  // "" or a path: only conflicts of places in it
  std::optional<Uuid> place;
  bool decided_too = false;
  size_t limit = 100;
  std::string after;  // `next` of the page before
};

struct ConflictCounts {
  int64_t open = 0;
  int64_t overdue = 0;
};

class ConflictStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~ConflictStore() = default;

  // NOT_FOUND when there is none. For the fact loader.
  virtual absl::StatusOr<Conflict> Find(const Uuid& id) = 0;
  // Of places inside `scope`, the oldest first.
  virtual absl::StatusOr<auth::Page<Conflict>> List(const auth::Scope& scope, const ConflictQuery& query) = 0;

  // Keeps new open conflicts; `current` is not read.
  virtual absl::Status Add(Unit& unit, const std::vector<Conflict>& conflicts) = 0;
  // Locks the conflict and its place, and reads both.
  virtual absl::StatusOr<Conflict> Lock(Unit& unit, const Uuid& id) = 0;
  // Writes state, what was replaced and the time of the decision of a conflict that this unit holds locked.
  virtual absl::Status Decide(Unit& unit, const Conflict& conflict) = 0;
  // The database's clock.
  virtual absl::StatusOr<absl::Time> Now(Unit& unit) = 0;

  // For background work.
  virtual absl::StatusOr<ConflictCounts> Count() = 0;
  // Removes decided ones that are older than kConflictMemory.
  virtual absl::Status Forget() = 0;
};

}  // namespace gridwork::tasks
