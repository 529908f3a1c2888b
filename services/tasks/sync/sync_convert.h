// Protobuf to domain and back, for sync and conflicts. What comes out of Parse* is valid; nothing checks it again.
#pragma once
#include <absl/status/statusor.h>

#include <optional>
#include <string>

#include "common/auth/caller.h"
#include "common/base/page_token.h"
#include "gridwork/tasks/v1/conflict_service.pb.h"
#include "gridwork/tasks/v1/sync_service.pb.h"
#include "services/tasks/sync/conflict_store.h"
#include "services/tasks/sync/sync.h"

namespace gridwork::tasks {

// Cursors are sealed for their grid: one that is foreign, or was not made here, cannot be read.
std::string SealCursor(const PageTokens& tokens, const std::string& grid, const Cursor& cursor);
std::optional<Cursor> OpenCursor(const PageTokens& tokens, const std::string& grid, const std::string& sealed);

// What the caller's device may hold: that of the largest of their roles.
Budget BudgetOf(const auth::Caller& caller, absl::Time now);

// Without the budget, which depends on the caller.
absl::StatusOr<PullQuery> ParsePull(const v1::PullRequest& request, const PageTokens& tokens);

// As many changes as fit into an answer; the cursors say how far it goes.
v1::PullResponse ToProto(const PullAnswer& answer, const Budget& budget, const PageTokens& tokens);

absl::StatusOr<ConflictQuery> ParseListConflicts(const v1::ListConflictsRequest& request);
absl::StatusOr<Uuid> ParseConflictName(const std::string& name);
// The state that a conflict has after the decision.
absl::StatusOr<ConflictState> ParseDecision(v1::ResolveConflictRequest::Decision decision);
v1::Conflict ToProto(const Conflict& conflict, absl::Time now);

}  // namespace gridwork::tasks
