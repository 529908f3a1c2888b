// Attachments for tests.
#pragma once
#include <string>
#include <string_view>

#include "common/base/sha256.h"
#include "services/tasks/evidence/attachment.h"
#include "services/tasks/work/testing/samples.h"

namespace gridwork::tasks::testing {

inline const Uuid kOneTask = *Uuid::Parse("018f0000-0000-7000-8000-0000000000a1");
inline const Uuid kOtherTask = *Uuid::Parse("018f0000-0000-7000-8000-0000000000a2");
inline const Uuid kNobody = *Uuid::Parse("018f0000-0000-7000-8000-0000000000ff");

// The announced upload of `bytes` to the first attempt of a task.
inline Attachment AnnouncedUpload(const Uuid& task, std::string_view bytes, absl::Time now = kThen) {
  return {.id = Uuid::V7(now),
          .task = task,
          .attempt = 1,
          .sha256 = ToBytes(Sha256Of(bytes)),
          .size = static_cast<int64_t>(bytes.size()),
          .created = now,
          .updated = now};
}

// The form of SampleKind() with a photo of the ice, on version 1.
inline TaskKind SampleKindWithPhoto(std::string code = "FOOD_INSPECTION") {
  TaskKind kind = SampleKind(std::move(code));
  kind.form.questions.push_back({.key = "ice_photo", .item = "FOOD_ICE", .kind = Photo{}});
  return kind;
}

}  // namespace gridwork::tasks::testing
