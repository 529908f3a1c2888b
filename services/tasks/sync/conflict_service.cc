#include "services/tasks/sync/conflict_service.h"

#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/tasks/place_convert.h"
#include "services/tasks/sync/sync_convert.h"
#include "services/tasks/sync/sync_errors.h"

namespace gridwork::tasks {

void ConflictService::Register(rpc::FrontDoor& door) {
  door.FactsOf("Conflict", this, &ConflictService::LoadConflict);
  door.On("ListConflicts", this, &ConflictService::ListConflicts)
      .On("ResolveConflict", this, &ConflictService::ResolveConflict);
}

absl::StatusOr<rpc::Loaded<Conflict>> ConflictService::LoadConflict(const std::string& name) {
  ASSIGN_OR_RETURN(Uuid id, ParseConflictName(name));
  ASSIGN_OR_RETURN(Conflict conflict, conflicts_.Find(id));
  return rpc::Loaded<Conflict>{{.area = conflict.current.grid}, conflict};
}

absl::StatusOr<v1::ListConflictsResponse> ConflictService::ListConflicts(const rpc::CallContext& call,
                                                                         const v1::ListConflictsRequest& request,
                                                                         const auth::Scope& scope) {
  ASSIGN_OR_RETURN(ConflictQuery query, ParseListConflicts(request));
  v1::ListConflictsRequest filter = request;
  filter.clear_page_token();
  const std::string filters = filter.SerializeAsString();
  ASSIGN_OR_RETURN(query.after, page_tokens_.Open({call.method, call.caller.id, filters}, request.page_token()));

  ASSIGN_OR_RETURN(auto page, conflicts_.List(scope, query));
  v1::ListConflictsResponse out;
  for (const Conflict& conflict : page.rows) *out.add_conflicts() = ToProto(conflict, call.now);
  out.set_next_page_token(page_tokens_.Seal({call.method, call.caller.id, filters}, page.next));
  return out;
}

absl::StatusOr<v1::Conflict> ConflictService::ResolveConflict(const rpc::CallContext& call,
                                                              const v1::ResolveConflictRequest& request, Unit& unit,
                                                              const Conflict& found) {
  ASSIGN_OR_RETURN(int64_t version, ParseEtag("etag", request.etag()));
  ASSIGN_OR_RETURN(ConflictState decision, ParseDecision(request.decision()));
  ASSIGN_OR_RETURN(auto wanted, Wanted(unit, decision, request.merged(), found));

  ASSIGN_OR_RETURN(Conflict conflict, conflicts_.Lock(unit, found.id));
  if (conflict.state != ConflictState::kOpen) return errors::ConflictDecided();
  const Place before = conflict.current;
  if (before.VersionOf(conflict.field) != version)
    return errors::ConflictEtagMismatch(before.VersionOf(conflict.field));
  if (wanted && !SameField(conflict.field, before, *wanted)) {
    Place after = before;
    CopyField(conflict.field, *wanted, after);
    ASSIGN_OR_RETURN(conflict.current, places_.Update(unit, after, call.caller.id));
  }

  ASSIGN_OR_RETURN(conflict.decided, conflicts_.Now(unit));
  conflict.state = decision;
  conflict.replaced = before;
  auto mark = before.marks.find(conflict.field);
  conflict.replaced_mark = mark == before.marks.end() ? FieldMark{1, "", before.created} : mark->second;
  RETURN_IF_ERROR(conflicts_.Decide(unit, conflict));
  return ToProto(conflict, call.now);
}

absl::StatusOr<std::optional<Place>> ConflictService::Wanted(Unit& unit, ConflictState decision,
                                                             const v1::Place& merged, const Conflict& found) {
  if (decision == ConflictState::kKeptCurrent) return std::nullopt;
  Place out = found.current;
  if (decision == ConflictState::kTookProposed) CopyField(found.field, found.proposed, out);
  if (decision == ConflictState::kMerged) RETURN_IF_ERROR(ReadField(found.field, "merged", merged, out));
  if (found.field == PlaceField::kLocation) {  // identity is asked before the transaction begins
    ASSIGN_OR_RETURN(int64_t change, PutInGrid(areas_, RootOf(found.current.grid), out));
    RETURN_IF_ERROR(places_.HoldAreas(unit, RootOf(found.current.grid), change));
  }
  return out;
}

}  // namespace gridwork::tasks
