#include "services/tasks/sync/sync_service.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/status_map.h"
#include "services/tasks/place_convert.h"
#include "services/tasks/place_errors.h"
#include "services/tasks/sync/sync_convert.h"
#include "services/tasks/sync/sync_errors.h"

namespace gridwork::tasks {
namespace {

constexpr int kMutations = 100;

// It says nothing about the mutation: the phone pushes all of them again, and gets DUPLICATE for those that went
// through.
bool IsAboutTheServer(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status) ||
         absl::IsCancelled(status) || absl::IsUnauthenticated(status);
}

v1::MutationVerdict Rejected(const absl::Status& error) {
  v1::MutationVerdict out;
  out.set_result(v1::MutationVerdict::RESULT_REJECTED);
  *out.mutable_error() = rpc::ToRpcStatus(error);
  return out;
}

v1::MutationVerdict::Result ResultOf(const v1::MutationVerdict& verdict, bool repeated) {
  if (repeated) return v1::MutationVerdict::RESULT_DUPLICATE;
  if (!verdict.edit_place().conflicts().empty()) return v1::MutationVerdict::RESULT_CONFLICT;
  if (verdict.submission().state() == v1::SUBMISSION_STATE_LATE) return v1::MutationVerdict::RESULT_LATE;
  return v1::MutationVerdict::RESULT_APPLIED;
}

}  // namespace

void SyncService::Register(rpc::FrontDoor& door) {
  door.FactsOf("Place", &place_facts_, &PlaceFacts::Load);
  door.On("Pull", this, &SyncService::Pull)
      .On("Push", this, &SyncService::Push)
      .On("EditPlace", this, &SyncService::EditPlace);
}

absl::StatusOr<v1::PullResponse> SyncService::Pull(const rpc::CallContext& call, const v1::PullRequest& request,
                                                   const auth::Scope& scope) {
  ASSIGN_OR_RETURN(PullQuery query, ParsePull(request, page_tokens_));
  query.budget = BudgetOf(call.caller, call.now);
  ASSIGN_OR_RETURN(PullAnswer answer, sync_.Pull(scope, query, call.deadline));
  return ToProto(answer, query.budget, page_tokens_);
}

absl::StatusOr<v1::PushResponse> SyncService::Push(const rpc::CallContext& call, const v1::PushRequest& request) {
  if (request.mutations().empty() || request.mutations_size() > kMutations)
    return BadField("mutations", fmt::format("must have 1 to {} items", kMutations));
  v1::PushResponse out;
  for (const v1::Mutation& mutation : request.mutations()) {
    auto verdict = Carry(call, mutation);
    if (IsAboutTheServer(verdict.status())) return verdict.status();
    *out.add_verdicts() = verdict.ok() ? *std::move(verdict) : Rejected(verdict.status());
  }
  // What a refusal was decided on may be seen before it is on disk.
  RETURN_IF_ERROR(sync_.PassFence(call.deadline));
  return out;
}

absl::StatusOr<v1::MutationVerdict> SyncService::Carry(const rpc::CallContext& call, const v1::Mutation& mutation) {
  const google::protobuf::FieldDescriptor* field =
      mutation.GetReflection()->GetOneofFieldDescriptor(mutation, v1::Mutation::descriptor()->oneof_decl(0));
  if (field == nullptr) return errors::MutationUnknown();
  ASSIGN_OR_RETURN(auto answer, calls_.Make(call, mutation.GetReflection()->GetMessage(mutation, field)));

  v1::MutationVerdict out;
  if (auto* place = dynamic_cast<v1::EditPlaceResponse*>(answer.reply.get())) out.mutable_edit_place()->Swap(place);
  if (auto* submission = dynamic_cast<v1::Submission*>(answer.reply.get())) out.mutable_submission()->Swap(submission);
  if (auto* task = dynamic_cast<v1::Task*>(answer.reply.get())) out.mutable_task()->Swap(task);
  out.set_result(ResultOf(out, answer.repeated));
  return out;
}

absl::StatusOr<v1::EditPlaceResponse> SyncService::EditPlace(const rpc::CallContext& call,
                                                             const v1::EditPlaceRequest& request, Unit& unit,
                                                             const Place& found) {
  ASSIGN_OR_RETURN(PlaceEdit edit, ParseEdit(request.place(), request.update_mask(), found));
  edit.author = call.caller.id;
  // Identity is asked before the transaction begins: its first statement is the store's.
  if (edit.wanted.location != found.location) {
    ASSIGN_OR_RETURN(int64_t change, PutInGrid(areas_, RootOf(found.grid), edit.wanted));
    RETURN_IF_ERROR(places_.HoldAreas(unit, RootOf(found.grid), change));
  }
  ASSIGN_OR_RETURN(Place current, places_.Lock(unit, found.id));
  if (edit.base > current.version) return errors::PlaceEtagMismatch(current.version);
  MergedPlace merged = Merge(current, edit);
  if (merged.changed) {
    ASSIGN_OR_RETURN(merged.place, places_.Update(unit, merged.place, edit.author));
  }
  ASSIGN_OR_RETURN(auto conflicts, Keep(unit, merged, edit));

  v1::EditPlaceResponse out;
  *out.mutable_place() = ToProto(merged.place);
  for (const Conflict& conflict : conflicts) *out.add_conflicts() = ToProto(conflict, call.now);
  return out;
}

absl::StatusOr<std::vector<Conflict>> SyncService::Keep(Unit& unit, const MergedPlace& merged, const PlaceEdit& edit) {
  ASSIGN_OR_RETURN(absl::Time now, conflicts_.Now(unit));
  std::vector<Conflict> out;
  for (PlaceField field : merged.conflicts) {
    out.push_back({.id = Uuid::V7(now),
                   .place = merged.place.id,
                   .field = field,
                   .proposed = edit.wanted,
                   .author = edit.author,
                   .created = now,
                   .current = merged.place});
  }
  RETURN_IF_ERROR(conflicts_.Add(unit, out));
  return out;
}

}  // namespace gridwork::tasks
