#include "services/tasks/evidence/upload_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/objects/testing/fake_object_store.h"
#include "services/tasks/evidence/picture.h"
#include "services/tasks/evidence/testing/attachment_samples.h"
#include "services/tasks/evidence/testing/fake_attachment_store.h"
#include "services/tasks/work/testing/test_call.h"
#include "tests/support/phone/camera.h"

namespace gridwork::tasks::testing {
namespace {

using gridwork::testing::FakeUnits;
using gridwork::testing::TakePhoto;
using objects::testing::FakeObjectStore;

// Three pieces and a bit.
const std::string& Photo3() {
  static const std::string photo = TakePhoto({.width = 1'100, .height = 900});
  return photo;
}

class UploadFlowTest : public ::testing::Test {
 protected:
  UploadFlowTest() { EXPECT_GT(Photo3().size(), size_t{3 * kPieceBytes}); }

  Attachment Announce(std::string_view bytes) {
    Attachment made = AnnouncedUpload(kOneTask, bytes);
    RequestKey key{.caller = "somebody", .request_id = Uuid::V7(absl::Now()), .method = "write"};
    auto run = units_.Run(key, absl::InfiniteFuture(), [&](Unit& unit) -> absl::StatusOr<std::string> {
      RETURN_IF_ERROR(store_.Create(unit, made));
      return "";
    });
    EXPECT_TRUE(run.ok()) << run.status();
    return made;
  }
  Attachment Now(const Uuid& id) { return store_.Find(id).value(); }
  absl::StatusOr<Attachment> Send(const Uuid& id, int64_t offset, std::string_view bytes) {
    const Attachment now = Now(id);
    return uploads_->Take(now, offset,
                          bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(now.PieceAt(offset))));
  }
  // As a phone does it: from where the server says it is.
  absl::StatusOr<Attachment> SendAll(const Uuid& id, std::string_view bytes) {
    Attachment now = Now(id);
    while (now.state == AttachmentState::kUploading) {
      ASSIGN_OR_RETURN(now, Send(id, now.received, bytes));
    }
    return now;
  }

  FakeClock clock_;
  FakeUnits units_;
  FakeAttachmentStore store_{clock_};
  FakeObjectStore objects_{clock_};
  absl::StatusOr<bool> scanned_ = true;
  std::string scanned_bytes_;
  std::optional<Uploads> uploads_{std::in_place, store_, objects_, [this](std::string_view bytes) {
                                    scanned_bytes_ = bytes;
                                    return scanned_;
                                  }};
};

TEST_F(UploadFlowTest, PiecesBecomeAPictureWithoutItsMetadata) {
  const Uuid id = Announce(Photo3()).id;
  auto done = SendAll(id, Photo3());
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->state, AttachmentState::kReady);
  EXPECT_EQ(done->received, done->size);
  EXPECT_EQ(done->content_type, "image/jpeg");
  EXPECT_EQ(objects_.size(), 1u) << "the pieces are gone";
  const std::string kept = objects_.Get(PictureKey(id), 0, kAttachmentBytes).value();
  EXPECT_EQ(kept, StripPicture(Photo3())->bytes);
  EXPECT_EQ(scanned_bytes_, kept);
  EXPECT_EQ(done->stored, static_cast<int64_t>(kept.size()));
  EXPECT_EQ(done->stored_sha256, ToBytes(Sha256Of(kept)));
}

TEST_F(UploadFlowTest, APictureOfOnePiece) {
  const std::string photo = TakePhoto({.width = 64, .height = 64});
  EXPECT_EQ(SendAll(Announce(photo).id, photo).value().state, AttachmentState::kReady);
}

TEST_F(UploadFlowTest, APieceThatIsThereIsNotTakenAgain) {
  const Uuid id = Announce(Photo3()).id;
  ASSERT_TRUE(Send(id, 0, Photo3()).ok());
  EXPECT_EQ(Send(id, kPieceBytes, Photo3()).value().received, 2 * kPieceBytes);
  const std::string other(Photo3().size(), 'x');
  EXPECT_EQ(Send(id, 0, other).value().received, 2 * kPieceBytes);
  EXPECT_EQ(SendAll(id, Photo3()).value().state, AttachmentState::kReady) << "the other one was not written";
  EXPECT_EQ(Send(id, 0, other).value().state, AttachmentState::kReady);
}

TEST_F(UploadFlowTest, AGapIsRefusedAndTellsWhereItIs) {
  const Uuid id = Announce(Photo3()).id;
  ASSERT_TRUE(Send(id, 0, Photo3()).ok());
  absl::Status gap = Send(id, 2 * kPieceBytes, Photo3()).status();
  EXPECT_TRUE(absl::IsOutOfRange(gap));
  EXPECT_EQ(ReasonOf(gap), "UPLOAD_GAP");
  EXPECT_EQ(MetadataOf(gap)["received_bytes"], "131072");
}

TEST_F(UploadFlowTest, WhatIsNotWhatWasAnnouncedBeginsAnew) {
  const Uuid id = Announce(Photo3()).id;
  std::string broken = Photo3();
  broken[200'000] = static_cast<char>(broken[200'000] ^ 1);
  absl::Status mismatch = SendAll(id, broken).status();
  EXPECT_TRUE(absl::IsDataLoss(mismatch)) << mismatch;
  EXPECT_EQ(ReasonOf(mismatch), "SHA256_MISMATCH");
  EXPECT_EQ(Now(id).received, 0);
  EXPECT_EQ(SendAll(id, Photo3()).value().state, AttachmentState::kReady);
}

TEST_F(UploadFlowTest, APieceThatTheStoreHasLostBeginsAnew) {
  const Uuid id = Announce(Photo3()).id;
  ASSERT_TRUE(Send(id, 0, Photo3()).ok());
  ASSERT_TRUE(objects_.Delete(PieceKey(id, 0)).ok());
  EXPECT_EQ(ReasonOf(SendAll(id, Photo3()).status()), "SHA256_MISMATCH");
  EXPECT_EQ(SendAll(id, Photo3()).value().state, AttachmentState::kReady);
}

TEST_F(UploadFlowTest, WhatIsNoPictureIsRejectedAndNotKept) {
  const std::string text(2 * kPieceBytes, 'x');
  const Uuid id = Announce(text).id;
  Attachment done = SendAll(id, text).value();
  EXPECT_EQ(done.state, AttachmentState::kRejected);
  EXPECT_EQ(done.reject_reason, RejectReason::kUnsupportedType);
  EXPECT_EQ(done.received, done.size);
  EXPECT_EQ(objects_.size(), 0u);
}

TEST_F(UploadFlowTest, TheScannerDecides) {
  const Uuid id = Announce(Photo3()).id;
  scanned_ = absl::UnavailableError("it does not run");
  EXPECT_TRUE(absl::IsUnavailable(SendAll(id, Photo3()).status()));
  EXPECT_EQ(Now(id).state, AttachmentState::kUploading) << "the last piece is to be sent again";
  scanned_ = false;
  EXPECT_EQ(SendAll(id, Photo3()).value().reject_reason, RejectReason::kScan);
  EXPECT_EQ(objects_.size(), 0u);
}

TEST_F(UploadFlowTest, NothingMovesWhileTheStoreIsAway) {
  const Uuid id = Announce(Photo3()).id;
  ASSERT_TRUE(Send(id, 0, Photo3()).ok());
  objects_.SetAway(true);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ReasonOf(SendAll(id, Photo3()).status()), "OBJECTS_AWAY");
  EXPECT_EQ(Now(id).received, kPieceBytes);
  objects_.SetAway(false);
  EXPECT_EQ(SendAll(id, Photo3()).value().state, AttachmentState::kReady);
}

TEST_F(UploadFlowTest, TheStoreIsAwayAtTheEnd) {
  const Uuid id = Announce(Photo3()).id;
  for (int64_t at = 0; at < 3 * kPieceBytes; at += kPieceBytes) ASSERT_TRUE(Send(id, at, Photo3()).ok());
  objects_.BeforePut([this] { objects_.SetAway(true); });  // of the picture
  EXPECT_EQ(ReasonOf(SendAll(id, Photo3()).status()), "OBJECTS_AWAY");
  EXPECT_EQ(Now(id).state, AttachmentState::kUploading);
  objects_.SetAway(false);
  EXPECT_EQ(SendAll(id, Photo3()).value().state, AttachmentState::kReady);
}

// While one call is at the last piece, another one sends it too, and finishes.
TEST_F(UploadFlowTest, TwoFinishAtOnce) {
  const Uuid id = Announce(Photo3()).id;
  for (int64_t at = 0; at < 3 * kPieceBytes; at += kPieceBytes) ASSERT_TRUE(Send(id, at, Photo3()).ok());
  objects_.BeforePut([&] { EXPECT_EQ(SendAll(id, Photo3()).value().state, AttachmentState::kReady); });
  EXPECT_EQ(SendAll(id, Photo3()).value().state, AttachmentState::kReady);
  EXPECT_EQ(objects_.size(), 1u);
}

// A call that read the row long ago finds its pieces gone, as another one has finished.
TEST_F(UploadFlowTest, ALateLastPieceIsNoMismatch) {
  const Uuid id = Announce(Photo3()).id;
  for (int64_t at = 0; at < 3 * kPieceBytes; at += kPieceBytes) ASSERT_TRUE(Send(id, at, Photo3()).ok());
  const Attachment before = Now(id);
  ASSERT_TRUE(SendAll(id, Photo3()).ok());
  auto late = uploads_->Take(before, before.received, std::string_view(Photo3()).substr(before.received));
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_EQ(late->state, AttachmentState::kReady);
}

TEST_F(UploadFlowTest, ManyUploadersOfTheSamePictureAtOnce) {
  uploads_.emplace(store_, objects_);
  for (int round = 0; round < 5; ++round) {
    const std::string photo = TakePhoto({.width = 1'100, .height = 900, .seed = static_cast<uint32_t>(round + 2)});
    const Uuid id = Announce(photo).id;
    std::vector<std::thread> phones;
    for (int i = 0; i < 4; ++i) {
      phones.emplace_back([&] {
        auto done = SendAll(id, photo);
        EXPECT_TRUE(done.ok()) << done.status();
      });
    }
    for (std::thread& phone : phones) phone.join();
    EXPECT_EQ(Now(id).state, AttachmentState::kReady);
    EXPECT_EQ(objects_.Get(PictureKey(id), 0, kAttachmentBytes).value(), StripPicture(photo)->bytes);
  }
}

}  // namespace
}  // namespace gridwork::tasks::testing
