// Every error that the work services add to the front door's own.
#pragma once
#include <absl/status/status.h>

#include <cstdint>
#include <string_view>

namespace gridwork::tasks::errors {

absl::Status EtagMismatch(int64_t current_version);
absl::Status TaskNotReady();
absl::Status TaskNotFound();  // the same words as the front door's
absl::Status TaskNotSubmitted();
absl::Status TaskNotOpen();
absl::Status TaskNotYours();
absl::Status ReviewOfOwnWork();
absl::Status AlreadySubmitted();
absl::Status TaskNotDead();
absl::Status TaskHasResult();
absl::Status SubmissionNotLate();
absl::Status SubmissionNotFound();
absl::Status OfflineUntilTooFar();
absl::Status TaskKindExists(std::string_view code);
absl::Status TaskKindUnknown(std::string_view field);
absl::Status TaskKindNotUsedHere(std::string_view field);
absl::Status FormVersionUnknown(int asked, int newest);

}  // namespace gridwork::tasks::errors
