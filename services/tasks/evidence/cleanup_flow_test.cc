#include "services/tasks/evidence/cleanup_flow.h"

#include <gtest/gtest.h>

#include "common/base/status_macros.h"
#include "common/objects/testing/fake_object_store.h"
#include "services/tasks/evidence/testing/attachment_samples.h"
#include "services/tasks/evidence/testing/fake_attachment_store.h"

namespace gridwork::tasks::testing {
namespace {

class CleanupFlowTest : public ::testing::Test {
 protected:
  Uuid Create(const std::string& bytes, AttachmentState state = AttachmentState::kUploading) {
    Attachment made = AnnouncedUpload(kOneTask, bytes, clock_.Now());
    RequestKey key{.caller = "somebody", .request_id = Uuid::V7(absl::Now()), .method = "write"};
    auto run = units_.Run(key, absl::InfiniteFuture(), [&](Unit& unit) -> absl::StatusOr<std::string> {
      RETURN_IF_ERROR(store_.Create(unit, made));
      return "";
    });
    EXPECT_TRUE(run.ok()) << run.status();
    made.state = state;
    if (state != AttachmentState::kUploading) EXPECT_TRUE(store_.Finish(made).value());
    return made.id;
  }
  void Put(const std::string& key) { ASSERT_TRUE(objects_.Put(key, "x").ok()); }
  bool Has(const std::string& key) { return objects_.Get(key, 0, 1).ok(); }
  bool Known(const Uuid& id) { return store_.Find(id).ok(); }
  void Round() {
    absl::Status status = cleanup_.Round();
    ASSERT_TRUE(status.ok()) << status;
  }

  FakeClock clock_;
  gridwork::testing::FakeUnits units_;
  FakeAttachmentStore store_{clock_};
  objects::testing::FakeObjectStore objects_{clock_};
  Cleanup cleanup_{store_, objects_, clock_};
};

TEST_F(CleanupFlowTest, AnUploadThatRestsForThirtyDaysGoes) {
  const Uuid resting = Create("1"), moving = Create("2"), refused = Create("3", AttachmentState::kRejected);
  Put(PieceKey(resting, 0));
  Put(PieceKey(moving, 0));
  clock_.Advance(absl::Hours(24 * 29));
  ASSERT_TRUE(store_.Advance(moving, 0, 1).value());
  Round();
  EXPECT_TRUE(Known(resting) && Known(moving) && Known(refused));
  EXPECT_TRUE(Has(PieceKey(resting, 0)));

  clock_.Advance(absl::Hours(24) + absl::Seconds(1));
  Round();
  EXPECT_FALSE(Known(resting));
  EXPECT_FALSE(Has(PieceKey(resting, 0)));
  EXPECT_FALSE(Known(refused));
  EXPECT_TRUE(Known(moving));
  EXPECT_TRUE(Has(PieceKey(moving, 0)));
}

TEST_F(CleanupFlowTest, WhatIsReadyStaysAndItsPiecesGo) {
  const Uuid ready = Create("1", AttachmentState::kReady), refused = Create("2", AttachmentState::kRejected);
  Put(PictureKey(ready));
  Put(PieceKey(ready, 0));
  Put(PieceKey(refused, 0));
  Round();
  EXPECT_TRUE(Has(PieceKey(ready, 0))) << "too young to be looked at";
  clock_.Advance(absl::Hours(24) + absl::Seconds(1));
  Round();
  EXPECT_FALSE(Has(PieceKey(ready, 0)));
  EXPECT_FALSE(Has(PieceKey(refused, 0)));
  EXPECT_TRUE(Has(PictureKey(ready)));
  clock_.Advance(absl::Hours(24 * 3'650));
  Round();
  EXPECT_TRUE(Known(ready));
  EXPECT_TRUE(Has(PictureKey(ready)));
}

TEST_F(CleanupFlowTest, AnObjectWithoutARowGoesAfterADay) {
  const Uuid nobody = kNobody;
  Put(PieceKey(nobody, 0));
  Put(PictureKey(nobody));
  Put("attachments/what/is/this");
  Put("elsewhere/picture");
  clock_.Advance(absl::Hours(23));
  Round();
  EXPECT_TRUE(Has(PieceKey(nobody, 0)));
  clock_.Advance(absl::Hours(2));
  Round();
  EXPECT_FALSE(Has(PieceKey(nobody, 0)));
  EXPECT_FALSE(Has(PictureKey(nobody)));
  EXPECT_TRUE(Has("attachments/what/is/this")) << "nothing of ours";
  EXPECT_TRUE(Has("elsewhere/picture"));
}

TEST_F(CleanupFlowTest, ManyPages) {
  std::vector<Uuid> kept;
  for (int i = 0; i < 700; ++i) {
    const Uuid id = Create(std::to_string(i), AttachmentState::kReady);
    Put(PictureKey(id));
    Put(PieceKey(SampleTask(i).id, 0));
    kept.push_back(id);
  }
  clock_.Advance(absl::Hours(25));
  Round();
  EXPECT_EQ(objects_.size(), kept.size());
}

TEST_F(CleanupFlowTest, SomebodyElseIsAtIt) {
  const Uuid resting = Create("1");
  clock_.Advance(absl::Hours(24 * 31));
  ASSERT_TRUE(store_
                  .Alone([&] {
                    Round();
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_TRUE(Known(resting));
}

TEST_F(CleanupFlowTest, TriesAgainWhenTheStoreIsBack) {
  Put(PieceKey(kOneTask, 0));
  clock_.Advance(absl::Hours(25));
  objects_.SetAway(true);
  EXPECT_TRUE(absl::IsUnavailable(cleanup_.Round()));
  objects_.SetAway(false);
  Round();
  EXPECT_EQ(objects_.size(), 0u);
}

}  // namespace
}  // namespace gridwork::tasks::testing
