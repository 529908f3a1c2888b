// A picture that belongs to a task, as evidence of its result. It comes in pieces of one size, so that whoever sends a
// piece again, from wherever, sends the same one. The rules and limits of uploads are here.
#pragma once
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/scope_limits.h"
#include "common/base/uuid.h"
#include "services/tasks/form.h"
#include "services/tasks/work/task.h"

namespace gridwork::tasks {

inline constexpr int64_t kAttachmentBytes = 10 << 20;  // of one picture, as it is sent
inline constexpr int64_t kPieceBytes = 128 << 10;      // of each piece but the last
inline constexpr int64_t kDownloadBytes = 512 << 10;   // of one answer
inline constexpr int kAttachmentsOfAttempt = 50;
// How long after the end of its attempt a picture may be announced, and how long an upload may rest before it is
// forgotten: as long as a phone may be away.
inline constexpr absl::Duration kUploadTime = absl::Hours(24 * scope::kRequestIdDays);
// Objects younger than this are not looked at by the clean-up: their rows may just be written.
inline constexpr absl::Duration kObjectGrace = absl::Hours(24);

// Stored: never renumber.
enum class AttachmentState { kUploading = 1, kReady = 2, kRejected = 3 };
enum class RejectReason { kNone = 0, kUnsupportedType = 1, kScan = 2 };

struct Attachment {
  Uuid id;  // version 7: sorts by age
  Uuid task;
  int attempt = 0;  // in which it was announced
  AttachmentState state = AttachmentState::kUploading;
  RejectReason reject_reason = RejectReason::kNone;
  std::string sha256;  // as it is sent, 32 bytes
  int64_t size = 0;
  int64_t received = 0;  // the offset of the next piece
  // READY: what is kept.
  std::string content_type;
  int64_t stored = 0;
  std::string stored_sha256;
  absl::Time created, updated;

  // How long the piece at `offset` is.
  int64_t PieceAt(int64_t offset) const { return std::min(kPieceBytes, size - offset); }
};

// A photo that a result names.
struct NamedPhoto {
  int attempt = 0;
  std::string key;  // of the question
  std::string sha256;
};

// Whether an answer to this form can be a photo.
bool AsksForPhotos(const Form& form);

// Whether pictures of this attempt may still be announced. FAILED_PRECONDITION UPLOAD_TOO_LATE.
absl::Status CheckUploadTime(const Attempt& attempt, absl::Time now);

// Those of `named` that are not READY among `attachments`.
std::vector<NamedPhoto> Awaited(std::vector<NamedPhoto> named, const std::vector<Attachment>& attachments);

// ---- objects: "attachments/{last two digits of the id}/{id}/...", so that no folder grows large

inline constexpr char kAttachmentObjects[] = "attachments/";
std::string PieceKey(const Uuid& id, int64_t offset);
std::string PictureKey(const Uuid& id);
// Whose object it is; nullopt for a key that is none of these.
std::optional<Uuid> OwnerOf(std::string_view key);

}  // namespace gridwork::tasks
