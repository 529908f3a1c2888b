#include "services/tasks/evidence/attachment.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "services/tasks/evidence/attachment_errors.h"

namespace gridwork::tasks {
namespace {

std::string FolderOf(const Uuid& id) {
  const std::string text = id.ToString();
  return fmt::format("{}{}/{}/", kAttachmentObjects, text.substr(text.size() - 2), text);
}

}  // namespace

bool AsksForPhotos(const Form& form) {
  return std::any_of(form.questions.begin(), form.questions.end(),
                     [](const Question& question) { return question.kind_of() == QuestionKind::kPhoto; });
}

absl::Status CheckUploadTime(const Attempt& attempt, absl::Time now) {
  if (attempt.ended && now - *attempt.ended > kUploadTime) return errors::UploadTooLate();
  return absl::OkStatus();
}

std::vector<NamedPhoto> Awaited(std::vector<NamedPhoto> named, const std::vector<Attachment>& attachments) {
  std::set<std::string_view> ready;
  for (const Attachment& attachment : attachments) {
    if (attachment.state == AttachmentState::kReady) ready.insert(attachment.sha256);
  }
  std::erase_if(named, [&](const NamedPhoto& photo) { return ready.contains(photo.sha256); });
  return named;
}

std::string PieceKey(const Uuid& id, int64_t offset) { return fmt::format("{}{:08}", FolderOf(id), offset); }

std::string PictureKey(const Uuid& id) { return FolderOf(id) + "picture"; }

std::optional<Uuid> OwnerOf(std::string_view key) {
  constexpr size_t kShard = 3, kId = 36;  // "7f/", "018f0000-..."
  const size_t at = std::string_view(kAttachmentObjects).size() + kShard;
  if (key.size() <= at + kId) return std::nullopt;
  auto id = Uuid::Parse(key.substr(at, kId));
  if (!id.ok() || !key.starts_with(FolderOf(*id))) return std::nullopt;
  return *id;
}

}  // namespace gridwork::tasks
