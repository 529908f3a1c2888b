#include "services/tasks/evidence/cleanup_flow.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/base/status_macros.h"

namespace gridwork::tasks {
namespace {

constexpr absl::Duration kEvery = absl::Hours(6);
constexpr size_t kAtOnce = 500;

// Whether nobody needs the object of a row in this state; nullopt is a row that is not there.
bool IsGarbage(const objects::ObjectInfo& object, const Uuid& owner, std::optional<AttachmentState> state) {
  if (!state || state == AttachmentState::kRejected) return true;
  return state == AttachmentState::kReady && object.key != PictureKey(owner);
}

}  // namespace

void Cleanup::Start() {
  auto round = [this] {
    if (absl::Status status = Round(); !status.ok())
      spdlog::warn("clean-up of attachments: {}", std::string(status.message()));
  };
  round_.Start(kEvery, round, Every::First::kAtOnce);  // a process may never live for as long as the pause
}

absl::Status Cleanup::Round() {
  return store_
      .Alone([this]() -> absl::Status {
        RETURN_IF_ERROR(ForgetStale());
        return DeleteGarbage();
      })
      .status();
}

absl::Status Cleanup::ForgetStale() {
  const absl::Time before = clock_.Now() - kUploadTime;
  for (;;) {
    ASSIGN_OR_RETURN(auto stale, store_.Stale(before, kAtOnce));
    for (const Uuid& id : stale) RETURN_IF_ERROR(store_.Forget(id, before).status());
    if (stale.size() < kAtOnce) return absl::OkStatus();
  }
}

absl::Status Cleanup::DeleteGarbage() {
  std::string after;
  for (;;) {
    ASSIGN_OR_RETURN(auto page, objects_.List(kAttachmentObjects, after, kAtOnce));
    if (page.empty()) return absl::OkStatus();
    after = page.back().key;
    RETURN_IF_ERROR(DeleteFrom(page));
  }
}

absl::Status Cleanup::DeleteFrom(const std::vector<objects::ObjectInfo>& page) {
  const absl::Time before = clock_.Now() - kObjectGrace;
  std::vector<Uuid> owners;
  for (const auto& object : page) {
    if (auto owner = OwnerOf(object.key); owner && (owners.empty() || owners.back() != *owner))
      owners.push_back(*owner);
  }
  // Asked after the objects were listed: a row is there before its first object.
  ASSIGN_OR_RETURN(auto states, store_.States(owners));
  for (const auto& object : page) {
    const auto owner = OwnerOf(object.key);
    if (!owner || object.modified >= before) continue;
    const auto state = states.find(*owner);
    if (IsGarbage(object, *owner, state == states.end() ? std::nullopt : std::optional(state->second)))
      RETURN_IF_ERROR(objects_.Delete(object.key));
  }
  return absl::OkStatus();
}

}  // namespace gridwork::tasks
