#include "tests/support/phone/phone.h"

#include <absl/time/clock.h>

#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"

namespace gridwork::testing {
namespace {

using tasks::v1::GridChanges;
using tasks::v1::MutationVerdict;

constexpr int kAtOnce = 20;              // mutations in one push
constexpr size_t kPieceBytes = 131'072;  // attachment_service.proto says so
constexpr int kPulls = 10'000;           // a server that always has more is broken

std::string NewId() { return Uuid::V7(absl::Now()).ToString(); }

}  // namespace

absl::Status Phone::EditPlace(const std::string& name, const std::vector<std::string>& fields,
                              const std::function<void(tasks::v1::Place&)>& change) {
  auto place = store_.Place(name);
  if (!place) return absl::NotFoundError("not on this phone");
  tasks::v1::Mutation mutation;
  auto& request = *mutation.mutable_edit_place();
  request.set_request_id(NewId());
  change(*place);
  *request.mutable_place() = *place;  // with the etag of the copy: what the person saw
  for (const std::string& field : fields) request.mutable_update_mask()->add_paths(field);
  store_.Add(mutation);
  return absl::OkStatus();
}

void Phone::Submit(tasks::v1::SubmitTaskRequest request) {
  request.set_request_id(NewId());
  tasks::v1::Mutation mutation;
  *mutation.mutable_submit_task() = std::move(request);
  store_.Add(mutation);
}

void Phone::Release(tasks::v1::ReleaseTaskRequest request) {
  request.set_request_id(NewId());
  tasks::v1::Mutation mutation;
  *mutation.mutable_release_task() = std::move(request);
  store_.Add(mutation);
}

std::string Phone::Photograph(const std::string& task, int attempt, const std::string& picture) {
  std::string sha256 = ToBytes(Sha256Of(picture));
  store_.Add(Photo{.task = task, .attempt = attempt, .sha256 = sha256, .picture = picture});
  return sha256;
}

absl::Status Phone::Upload() {
  for (const Photo& photo : store_.Photos()) {
    if (photo.state != OutboxState::kWaiting) continue;
    auto attachment = Upload(photo);
    const absl::Status& status = attachment.status();
    if (attachment.ok() && attachment->state() == tasks::v1::Attachment::STATE_READY) {
      store_.SettlePhoto(photo.id, OutboxState::kDone, "");
    } else if (attachment.ok()) {
      store_.SettlePhoto(photo.id, OutboxState::kRejected,
                         tasks::v1::Attachment::RejectReason_Name(attachment->reject_reason()));
    } else if (absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status) || absl::IsNotFound(status)) {
      store_.SettlePhoto(photo.id, OutboxState::kRejected, std::string(status.message()));
    } else {
      store_.SettlePhoto(photo.id, OutboxState::kWaiting, std::string(status.message()));
      return status;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<tasks::v1::Attachment> Phone::Upload(const Photo& photo) {
  tasks::v1::CreateAttachmentRequest create;
  create.set_request_id(NewId());  // the same picture is the same attachment, whatever the id
  create.set_parent(photo.task);
  create.set_attempt(photo.attempt);
  create.set_sha256(photo.sha256);
  create.set_size_bytes(static_cast<int64_t>(photo.picture.size()));
  ASSIGN_OR_RETURN(auto attachment, link_.CreateAttachment(create));
  while (attachment.state() == tasks::v1::Attachment::STATE_UPLOADING) {
    tasks::v1::UploadChunkRequest piece;
    piece.set_name(attachment.name());
    piece.set_offset(attachment.received_bytes());
    piece.set_data(photo.picture.substr(static_cast<size_t>(piece.offset()), kPieceBytes));
    ++pieces_sent_;
    ASSIGN_OR_RETURN(attachment, link_.UploadChunk(piece));
  }
  return attachment;
}

absl::Status Phone::Push() {
  for (;;) {
    std::vector<OutboxItem> waiting = store_.Waiting(kAtOnce);
    if (waiting.empty()) return absl::OkStatus();
    tasks::v1::PushRequest request;
    for (const OutboxItem& item : waiting) *request.add_mutations() = item.mutation;
    auto response = link_.Push(request);
    if (!response.ok()) {
      for (const OutboxItem& item : waiting)
        store_.Settle(item.id, OutboxState::kWaiting, std::string(response.status().message()));
      return response.status();
    }
    if (response->verdicts_size() != request.mutations_size()) return absl::InternalError("a verdict is missing");
    for (size_t i = 0; i < waiting.size(); ++i) Settle(waiting[i], response->verdicts(static_cast<int>(i)));
  }
}

void Phone::Settle(const OutboxItem& item, const MutationVerdict& verdict) {
  bool conflict = !verdict.edit_place().conflicts().empty();
  bool late = verdict.submission().state() == tasks::v1::SUBMISSION_STATE_LATE;
  switch (verdict.result()) {
    case MutationVerdict::RESULT_REJECTED:
      return store_.Settle(item.id, OutboxState::kRejected, verdict.error().message());
    case MutationVerdict::RESULT_CONFLICT:
    case MutationVerdict::RESULT_LATE:
    case MutationVerdict::RESULT_APPLIED:
    case MutationVerdict::RESULT_DUPLICATE:
      return store_.Settle(item.id,
                           conflict ? OutboxState::kConflict
                           : late   ? OutboxState::kLate
                                    : OutboxState::kDone,
                           conflict || late ? "a dispatcher decides" : "");
    default:
      return store_.Settle(item.id, OutboxState::kWaiting, "the server gave a verdict that this app does not know");
  }
}

absl::Status Phone::Pull(const std::string& area) {
  over_budget_.clear();
  for (int i = 0; i < kPulls; ++i) {
    tasks::v1::PullRequest request;
    request.set_area(area);
    for (const auto& [grid, copy] : store_.Grids()) {
      auto& held = *request.add_grids();
      held.set_grid(grid);
      held.set_cursor(copy.cursor);
    }
    ASSIGN_OR_RETURN(auto response, link_.Pull(request));
    bool again = response.more();
    over_budget_.clear();
    for (const GridChanges& grid : response.grids()) again = !Take(grid) || again;
    if (!again) return absl::OkStatus();
  }
  return absl::InternalError("the server always has more");
}

bool Phone::Take(const GridChanges& grid) {
  switch (grid.state()) {
    case GridChanges::STATE_PURGE:
      ++purges_;
      store_.Drop(grid.grid());
      return true;
    case GridChanges::STATE_RESYNC:
      ++resyncs_;
      store_.Drop(grid.grid());
      return false;
    case GridChanges::STATE_OVER_BUDGET:
      over_budget_.push_back(grid.grid());
      store_.Drop(grid.grid());
      return true;
    default:
      store_.Apply(grid);
  }
  if (!grid.complete() ||
      (store_.Digest(grid.grid()) == grid.digest() && store_.Records(grid.grid()) == grid.records()))
    return true;
  ++digest_faults_;
  store_.Drop(grid.grid());
  return false;
}

absl::Status Phone::Sync(const std::string& area) {
  RETURN_IF_ERROR(Push());
  return Pull(area);
}

}  // namespace gridwork::testing
