#include "services/tasks/evidence/attachment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/objects/object_store.h"
#include "services/tasks/evidence/testing/attachment_samples.h"

namespace gridwork::tasks::testing {
namespace {

TEST(AttachmentTest, PiecesHaveOneSizeButTheLast) {
  const Attachment attachment{.size = 2 * kPieceBytes + 5};
  EXPECT_EQ(attachment.PieceAt(0), kPieceBytes);
  EXPECT_EQ(attachment.PieceAt(kPieceBytes), kPieceBytes);
  EXPECT_EQ(attachment.PieceAt(2 * kPieceBytes), 5);
}

TEST(AttachmentTest, FormsWithAPhotoAskForPhotos) {
  EXPECT_FALSE(AsksForPhotos(SampleKind().form));
  EXPECT_TRUE(AsksForPhotos(SampleKindWithPhoto().form));
}

TEST(AttachmentTest, PicturesComeUntilThirtyDaysAfterTheAttempt) {
  const absl::Time end = kThen, last = end + absl::Hours(24 * 30);
  EXPECT_TRUE(CheckUploadTime({.claimed = end}, last + absl::Hours(1'000)).ok()) << "it has not ended";
  EXPECT_TRUE(CheckUploadTime({.ended = end}, last).ok());
  EXPECT_EQ(ReasonOf(CheckUploadTime({.ended = end}, last + absl::Microseconds(1))), "UPLOAD_TOO_LATE");
}

TEST(AttachmentTest, AwaitedIsWhatIsNamedAndNotReady) {
  Attachment ready{.state = AttachmentState::kReady, .sha256 = "1"};
  Attachment uploading{.sha256 = "2"};
  Attachment rejected{.state = AttachmentState::kRejected, .sha256 = "3"};
  auto awaited = Awaited({{1, "a", "1"}, {1, "b", "2"}, {2, "a", "3"}, {2, "b", "4"}, {2, "c", "1"}},
                         {ready, uploading, rejected});
  std::string keys;
  for (const NamedPhoto& photo : awaited) keys += std::to_string(photo.attempt) + photo.key + " ";
  EXPECT_EQ(keys, "1b 2a 2b ");
}

TEST(AttachmentTest, KeysOfObjectsTellWhoseTheyAre) {
  const Uuid id = *Uuid::Parse("018f0000-0000-7000-8000-00000000ab7f");
  EXPECT_EQ(PictureKey(id), "attachments/7f/018f0000-0000-7000-8000-00000000ab7f/picture");
  EXPECT_EQ(PieceKey(id, 131'072), "attachments/7f/018f0000-0000-7000-8000-00000000ab7f/00131072");
  for (const std::string& key : {PictureKey(id), PieceKey(id, 0), PieceKey(id, kAttachmentBytes)}) {
    EXPECT_TRUE(objects::IsObjectKey(key)) << key;
    EXPECT_EQ(OwnerOf(key), id) << key;
  }
  for (const char* key : {"", "attachments/", "attachments/7f/018f0000-0000-7000-8000-00000000ab7f",
                          "attachments/7e/018f0000-0000-7000-8000-00000000ab7f/picture",
                          "other/7f/018f0000-0000-7000-8000-00000000ab7f/picture", "attachments/7f/no-id/picture"})
    EXPECT_EQ(OwnerOf(key), std::nullopt) << key;
}

}  // namespace
}  // namespace gridwork::tasks::testing
