#include "services/tasks/sync/sync_convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/rpc/status_map.h"
#include "services/tasks/place_convert.h"
#include "services/tasks/sync/sync_errors.h"
#include "services/tasks/time_convert.h"
#include "services/tasks/work/task_convert.h"

namespace gridwork::tasks {
namespace {

using State = GridAnswer::State;

constexpr int kGridsHeld = 1'000;
constexpr int kDefaultRecords = 500;
constexpr size_t kAnswerBytes = 512 << 10;

v1::GridChanges::State ToProto(State state) {
  switch (state) {
    case State::kCurrent:
      return v1::GridChanges::STATE_CURRENT;
    case State::kPurge:
      return v1::GridChanges::STATE_PURGE;
    case State::kResync:
      return v1::GridChanges::STATE_RESYNC;
    case State::kOverBudget:
      return v1::GridChanges::STATE_OVER_BUDGET;
  }
  return v1::GridChanges::STATE_UNSPECIFIED;
}

v1::Change ToProto(const Change& change) {
  v1::Change out;
  out.set_version(change.version);
  if (const Place* place = std::get_if<Place>(&change.record)) {
    *out.mutable_place() = tasks::ToProto(*place);
  } else if (const Task* task = std::get_if<Task>(&change.record)) {
    *out.mutable_task() = tasks::ToProto(*task);
    out.mutable_task()->clear_lease_expire_time();
  } else {
    const Removed& removed = std::get<Removed>(change.record);
    out.set_removed(fmt::format("{}s/{}", removed.kind, removed.id.ToString()));
  }
  return out;
}

// Adds changes while `bytes` last; false when some are left.
bool Pack(const GridAnswer& grid, size_t& bytes, Cursor& next, v1::GridChanges& out) {
  for (const Change& next_change : grid.changes) {
    v1::Change change = ToProto(next_change);
    size_t size = change.ByteSizeLong() + 4;
    if (size > bytes) {
      // The first that does not fit comes next; what lies between it and the one before are tombstones that were left
      // out.
      next.version = next_change.version - 1;
      return false;
    }
    bytes -= size;
    *out.add_changes() = std::move(change);
  }
  return true;
}

}  // namespace

std::string SealCursor(const PageTokens& tokens, const std::string& grid, const Cursor& cursor) {
  return tokens.Seal({"sync", grid}, fmt::format("{} {} {}", cursor.epoch, cursor.version, cursor.start));
}

std::optional<Cursor> OpenCursor(const PageTokens& tokens, const std::string& grid, const std::string& sealed) {
  if (sealed.empty()) return Cursor();
  auto text = tokens.Open({"sync", grid}, sealed);
  if (!text.ok()) return std::nullopt;
  Cursor out;
  const char* at = text->data();
  const char* end = at + text->size();
  for (int64_t* number : {&out.epoch, &out.version, &out.start}) {
    while (at != end && *at == ' ') ++at;
    auto [next, error] = std::from_chars(at, end, *number);
    if (error != std::errc() || *number < 0) return std::nullopt;
    at = next;
  }
  return out;
}

Budget BudgetOf(const auth::Caller& caller, absl::Time now) {
  bool desk = std::any_of(caller.grants.begin(), caller.grants.end(), [&](const auth::Grant& grant) {
    return grant.role == options::v1::ROLE_DISPATCHER && grant.until > now;
  });
  return desk ? kDeskBudget : kFieldBudget;
}

absl::StatusOr<PullQuery> ParsePull(const v1::PullRequest& request, const PageTokens& tokens) {
  PullQuery out;
  if (request.grids_size() > kGridsHeld) return BadField("grids", fmt::format("at most {}", kGridsHeld));
  std::set<std::string> seen;
  for (int i = 0; i < request.grids_size(); ++i) {
    const std::string field = fmt::format("grids[{}].grid", i);
    ASSIGN_OR_RETURN(std::string grid, ParseAreaPath(field, request.grids(i).grid()));
    if (!seen.insert(grid).second) return BadField(field, "must not be named twice");
    out.held.push_back({grid, OpenCursor(tokens, grid, request.grids(i).cursor())});
  }
  if (!request.area().empty()) {
    ASSIGN_OR_RETURN(out.area, ParseAreaPath("area", request.area()));
  }
  ASSIGN_OR_RETURN(out.limit, ParsePageSize(request.page_size() == 0 ? kDefaultRecords : request.page_size()));
  return out;
}

v1::PullResponse ToProto(const PullAnswer& answer, const Budget& budget, const PageTokens& tokens) {
  v1::PullResponse out;
  out.set_more(answer.more);
  size_t bytes = kAnswerBytes;
  for (const GridAnswer& grid : answer.grids) {
    v1::GridChanges& changes = *out.add_grids();
    changes.set_grid(grid.grid);
    changes.set_state(ToProto(grid.state));
    if (grid.state == State::kResync) *changes.mutable_error() = rpc::ToRpcStatus(errors::ResyncRequired());
    if (grid.state == State::kOverBudget)
      *changes.mutable_error() = rpc::ToRpcStatus(errors::OverBudget(grid.size, grid.left, budget));
    if (grid.state != State::kCurrent) continue;

    Cursor next = grid.next;
    bool all = Pack(grid, bytes, next, changes);
    if (!all) {
      bytes = 0;  // the next grids would overtake it
      out.set_more(true);
    }
    changes.set_cursor(SealCursor(tokens, grid.grid, next));
    if (all && grid.complete) {
      changes.set_complete(true);
      changes.set_digest(grid.digest);
      changes.set_records(grid.size.records);
    }
  }
  return out;
}

absl::StatusOr<ConflictQuery> ParseListConflicts(const v1::ListConflictsRequest& request) {
  ConflictQuery out{.decided_too = request.include_decided()};
  if (!request.area().empty()) {
    ASSIGN_OR_RETURN(out.area, ParseAreaPath("area", request.area()));
  }
  if (!request.place().empty()) {
    ASSIGN_OR_RETURN(out.place, ParseName("place", "places", request.place()));
  }
  ASSIGN_OR_RETURN(out.limit, ParsePageSize(request.page_size()));
  return out;
}

absl::StatusOr<Uuid> ParseConflictName(const std::string& name) { return ParseName("name", "conflicts", name); }

absl::StatusOr<ConflictState> ParseDecision(v1::ResolveConflictRequest::Decision decision) {
  switch (decision) {
    case v1::ResolveConflictRequest::DECISION_KEEP_CURRENT:
      return ConflictState::kKeptCurrent;
    case v1::ResolveConflictRequest::DECISION_TAKE_PROPOSED:
      return ConflictState::kTookProposed;
    case v1::ResolveConflictRequest::DECISION_MERGE:
      return ConflictState::kMerged;
    default:  // also a number that this version does not know
      return BadField("decision", "must be KEEP_CURRENT, TAKE_PROPOSED or MERGE");
  }
}

v1::Conflict ToProto(const Conflict& conflict, absl::Time now) {
  v1::Conflict out;
  const bool decided = conflict.replaced.has_value();
  auto mark = conflict.current.marks.find(conflict.field);
  const FieldMark current = decided                                ? conflict.replaced_mark
                            : mark != conflict.current.marks.end() ? mark->second
                                                                   : FieldMark{1, "", conflict.current.created};
  out.set_name(fmt::format("conflicts/{}", conflict.id.ToString()));
  out.set_etag(EtagOf(current.version));
  out.set_state(static_cast<v1::Conflict::State>(conflict.state));
  out.set_place(fmt::format("places/{}", conflict.place.ToString()));
  out.set_grid(conflict.current.grid);
  out.set_field(std::string(NameOf(conflict.field)));
  *out.mutable_current() = tasks::ToProto(decided ? *conflict.replaced : conflict.current, conflict.field);
  out.set_current_author(current.author);
  *out.mutable_current_time() = ToTimestamp(current.time);
  *out.mutable_proposed() = tasks::ToProto(conflict.proposed, conflict.field);
  out.set_proposed_author(conflict.author);
  *out.mutable_create_time() = ToTimestamp(conflict.created);
  out.set_overdue(conflict.Overdue(now));
  if (conflict.decided) *out.mutable_decide_time() = ToTimestamp(*conflict.decided);
  return out;
}

}  // namespace gridwork::tasks
