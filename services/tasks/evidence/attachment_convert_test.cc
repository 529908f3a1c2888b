#include "services/tasks/evidence/attachment_convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "services/tasks/evidence/testing/attachment_samples.h"
#include "services/tasks/work/task_convert.h"

namespace gridwork::tasks::testing {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> out;
  for (const auto& [field, rule] : FieldViolationsOf(status)) out.push_back(field);
  return out;
}

TEST(ParseCreateTest, ReadsAllAndNamesAllThatIsWrong) {
  v1::CreateAttachmentRequest request;
  EXPECT_THAT(FieldsOf(ParseCreate(request).status()), ElementsAre("attempt", "sha256", "size_bytes"));
  request.set_attempt(2);
  request.set_sha256(std::string(32, '\xab'));
  request.set_size_bytes(kAttachmentBytes);
  auto parsed = ParseCreate(request);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->attempt, 2);
  EXPECT_EQ(parsed->sha256, std::string(32, '\xab'));
  EXPECT_EQ(parsed->size, kAttachmentBytes);
  request.set_size_bytes(kAttachmentBytes + 1);
  request.set_sha256(std::string(33, 'x'));
  EXPECT_THAT(FieldsOf(ParseCreate(request).status()), ElementsAre("sha256", "size_bytes"));
}

TEST(ParseUploadTest, APieceHasItsPlaceAndItsLength) {
  const Attachment attachment{.size = kPieceBytes + 10};
  auto with = [&](int64_t offset, size_t bytes) {
    v1::UploadChunkRequest request;
    request.set_offset(offset);
    request.set_data(std::string(bytes, 'x'));
    return ParseUpload(request, attachment);
  };
  EXPECT_EQ(with(0, kPieceBytes).value(), 0);
  EXPECT_EQ(with(kPieceBytes, 10).value(), kPieceBytes);
  for (int64_t offset : {int64_t{-1}, int64_t{1}, kPieceBytes - 1, 2 * kPieceBytes, INT64_MIN, INT64_MAX})
    EXPECT_THAT(FieldsOf(with(offset, 10).status()), ElementsAre("offset")) << offset;
  for (size_t bytes : {size_t{0}, size_t{10}, size_t{kPieceBytes - 1}, size_t{kPieceBytes + 1}})
    EXPECT_THAT(FieldsOf(with(0, bytes).status()), ElementsAre("data")) << bytes;
  EXPECT_THAT(FieldsOf(with(kPieceBytes, 11).status()), ElementsAre("data"));
}

TEST(ParseDownloadTest, FromTheBeginningOn) {
  v1::DownloadChunkRequest request;
  request.set_offset(7);
  EXPECT_EQ(ParseDownload(request).value(), 7);
  request.set_offset(-1);
  EXPECT_THAT(FieldsOf(ParseDownload(request).status()), ElementsAre("offset"));
}

TEST(ParseAttachmentNameTest, IsAnAttachment) {
  EXPECT_TRUE(ParseAttachmentName("attachments/018f0000-0000-7000-8000-00000000ab7f").ok());
  for (const char* name : {"", "attachments/", "tasks/018f0000-0000-7000-8000-00000000ab7f", "attachments/x"})
    EXPECT_THAT(FieldsOf(ParseAttachmentName(name).status()), ElementsAre("name")) << name;
}

TEST(PhotosOfTest, FindsTheAnswersThatArePhotos) {
  SubmitTask submit;
  submit.answers = {{"ice", Checked{"PASS"}},
                    {"ice_photo", Pictured{std::string(32, 'a')}},
                    {"other_photo", Pictured{std::string(32, 'b')}}};
  auto photos = PhotosOf({.attempt = 3, .content = SerializeContent(submit)});
  ASSERT_EQ(photos.size(), 2u);
  EXPECT_EQ(photos[0].attempt, 3);
  EXPECT_EQ(photos[0].key, "ice_photo");
  EXPECT_EQ(photos[1].sha256, std::string(32, 'b'));
}

TEST(ToProtoTest, SaysAllButTheUploader) {
  Attachment attachment = AnnouncedUpload(kOneTask, "abc");
  attachment.state = AttachmentState::kRejected;
  attachment.reject_reason = RejectReason::kScan;
  attachment.received = 3;
  v1::Attachment proto = ToProto(attachment);
  EXPECT_EQ(proto.name(), "attachments/" + attachment.id.ToString());
  EXPECT_EQ(proto.task(), TaskName(attachment.task));
  EXPECT_EQ(proto.state(), v1::Attachment::STATE_REJECTED);
  EXPECT_EQ(proto.reject_reason(), v1::Attachment::REJECT_REASON_SCAN);
  EXPECT_EQ(proto.size_bytes(), 3);
  EXPECT_EQ(proto.received_bytes(), 3);
  EXPECT_EQ(proto.sha256(), ToBytes(Sha256Of("abc")));
  EXPECT_EQ(proto.create_time().seconds(), absl::ToUnixSeconds(kThen));
}

}  // namespace
}  // namespace gridwork::tasks::testing
