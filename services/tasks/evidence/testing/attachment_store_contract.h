// What every implementation of AttachmentStore must do. Include it in a test program and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Fake, AttachmentStoreContract, ::testing::Values(&MakeFakeWorld));
#pragma once
#include <absl/time/clock.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "services/tasks/evidence/attachment_store.h"
#include "services/tasks/evidence/testing/attachment_samples.h"

namespace gridwork::tasks::testing {

class AttachmentStoreWorld {
 public:
  virtual ~AttachmentStoreWorld() = default;
  virtual AttachmentStore& store() = 0;  // empty at first
  // Runs `body` in a unit of work and commits.
  virtual absl::Status In(const std::function<absl::Status(Unit&)>& body) = 0;
};

class AttachmentStoreContract : public ::testing::TestWithParam<std::unique_ptr<AttachmentStoreWorld> (*)()> {
 protected:
  AttachmentStore& store() { return world_->store(); }
  Attachment Created(std::string_view bytes, const Uuid& task = kOneTask) {
    Attachment made = AnnouncedUpload(task, bytes, absl::FromUnixMicros(absl::ToUnixMicros(absl::Now())));
    absl::Status status = world_->In([&](Unit& unit) { return store().Create(unit, made); });
    EXPECT_TRUE(status.ok()) << status;
    return made;
  }
  Attachment Found(const Uuid& id) {
    auto found = store().Find(id);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(Attachment{});
  }
  static Attachment Ready(Attachment attachment) {
    attachment.state = AttachmentState::kReady;
    attachment.received = attachment.size;
    attachment.content_type = "image/jpeg";
    attachment.stored = 3;
    attachment.stored_sha256 = ToBytes(Sha256Of("abc"));
    return attachment;
  }
  static Attachment Rejected(Attachment attachment) {
    attachment.state = AttachmentState::kRejected;
    attachment.reject_reason = RejectReason::kUnsupportedType;
    attachment.received = attachment.size;
    return attachment;
  }
  bool Advance(const Uuid& id, int64_t from, int64_t to) { return store().Advance(id, from, to).value(); }

  std::unique_ptr<AttachmentStoreWorld> world_ = GetParam()();
};

inline void ExpectSame(const Attachment& a, const Attachment& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.task, b.task);
  EXPECT_EQ(a.attempt, b.attempt);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.reject_reason, b.reject_reason);
  EXPECT_EQ(a.sha256, b.sha256);
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.received, b.received);
  EXPECT_EQ(a.content_type, b.content_type);
  EXPECT_EQ(a.stored, b.stored);
  EXPECT_EQ(a.stored_sha256, b.stored_sha256);
  EXPECT_EQ(a.created, b.created);
}

TEST_P(AttachmentStoreContract, KeepsWhatWasCreated) {
  const Attachment made = Created("a picture");
  ExpectSame(Found(made.id), made);
  EXPECT_EQ(ReasonOf(store().Find(kNobody).status()), "NOT_FOUND");
}

TEST_P(AttachmentStoreContract, ListsThoseOfOneTaskByAge) {
  const Attachment first = Created("1"), second = Created("2"), other = Created("1", kOtherTask);
  auto listed = store().OfTask(first.task);
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->size(), 2u);
  const auto& [low, high] = std::minmax(first.id, second.id);
  EXPECT_EQ(listed->at(0).id, low);
  EXPECT_EQ(listed->at(1).id, high);
  std::vector<Attachment> inside;
  ASSERT_TRUE(
      world_->In([&](Unit& unit) { return (inside = store().OfTask(unit, other.task).value(), absl::OkStatus()); })
          .ok());
  ASSERT_EQ(inside.size(), 1u);
  ExpectSame(inside[0], other);
}

TEST_P(AttachmentStoreContract, AFailedUnitLeavesNothing) {
  const Attachment made = AnnouncedUpload(kOneTask, "x");
  EXPECT_FALSE(world_
                   ->In([&](Unit& unit) {
                     EXPECT_TRUE(store().Create(unit, made).ok());
                     return Error(absl::StatusCode::kFailedPrecondition, "NOT_TODAY", "it is Sunday");
                   })
                   .ok());
  EXPECT_FALSE(store().Find(made.id).ok());
}

TEST_P(AttachmentStoreContract, AnUploadMovesFromWhereItStands) {
  const Attachment made = Created(std::string(100, 'x'));
  EXPECT_TRUE(Advance(made.id, 0, 40));
  EXPECT_FALSE(Advance(made.id, 0, 40)) << "somebody was faster";
  EXPECT_FALSE(Advance(made.id, 20, 60));
  EXPECT_EQ(Found(made.id).received, 40);
  EXPECT_TRUE(Advance(made.id, 40, 80));
  EXPECT_TRUE(Advance(made.id, 80, 0));
  EXPECT_EQ(Found(made.id).received, 0);
  EXPECT_TRUE(Advance(made.id, 0, 0));
  EXPECT_FALSE(Advance(kNobody, 0, 10));
}

TEST_P(AttachmentStoreContract, FinishesOnce) {
  const Attachment good = Created("abcd"), bad = Created("efgh");
  EXPECT_TRUE(store().Finish(Ready(good)).value());
  EXPECT_FALSE(store().Finish(Ready(good)).value());
  EXPECT_FALSE(store().Finish(Rejected(good)).value());
  ExpectSame(Found(good.id), Ready(good));
  EXPECT_TRUE(store().Finish(Rejected(bad)).value());
  ExpectSame(Found(bad.id), Rejected(bad));
  EXPECT_FALSE(Advance(good.id, 4, 0));
  EXPECT_FALSE(Advance(bad.id, 4, 0));
}

TEST_P(AttachmentStoreContract, ForgetsWhatRestsAndIsNotReady) {
  const Attachment uploading = Created("1"), ready = Created("2"), rejected = Created("3");
  ASSERT_TRUE(store().Finish(Ready(ready)).value());
  ASSERT_TRUE(store().Finish(Rejected(rejected)).value());
  const absl::Time past = absl::Now() - absl::Hours(1), later = absl::Now() + absl::Hours(1);
  EXPECT_THAT(store().Stale(past, 10).value(), ::testing::IsEmpty());
  EXPECT_THAT(store().Stale(later, 10).value(), ::testing::UnorderedElementsAre(uploading.id, rejected.id));
  EXPECT_EQ(store().Stale(later, 1).value().size(), 1u);
  EXPECT_FALSE(store().Forget(uploading.id, past).value());
  EXPECT_FALSE(store().Forget(ready.id, later).value());
  EXPECT_TRUE(store().Forget(uploading.id, later).value());
  EXPECT_FALSE(store().Forget(uploading.id, later).value());
  EXPECT_TRUE(store().Forget(rejected.id, later).value());
  auto states = store().States({uploading.id, ready.id, rejected.id}).value();
  EXPECT_EQ(states, (std::map<Uuid, AttachmentState>{{ready.id, AttachmentState::kReady}}));
  EXPECT_TRUE(store().States({}).value().empty());
}

TEST_P(AttachmentStoreContract, OneAtATimeCleansUp) {
  bool second = true;
  auto first = store().Alone([&] {
    second = store().Alone([] { return absl::OkStatus(); }).value();
    return absl::OkStatus();
  });
  EXPECT_TRUE(first.value());
  EXPECT_FALSE(second);
  EXPECT_TRUE(store().Alone([] { return absl::OkStatus(); }).value());
  EXPECT_TRUE(absl::IsInternal(store().Alone([] { return absl::InternalError("no"); }).status()));
  EXPECT_TRUE(store().Alone([] { return absl::OkStatus(); }).value());
}

}  // namespace gridwork::tasks::testing
