// Attachments from end to end, over gRPC, on MariaDB, with the phone of tests/support and its camera.
#include <gmock/gmock.h>

#include "common/base/error.h"
#include "services/tasks/evidence/picture.h"
#include "services/tasks/evidence/testing/attachment_samples.h"
#include "services/tasks/sync/testing/sync_world.h"
#include "tests/support/phone/camera.h"
#include "tests/support/tcp_proxy.h"

namespace gridwork::tasks::testing {
namespace {

using gridwork::testing::kCameraSecrets;
using gridwork::testing::TakePhoto;
using gridwork::testing::TcpProxy;
using ::testing::HasSubstr;
using Stub = v1::AttachmentService::Stub;

class AttachmentApiTest : public ::testing::Test {
 protected:
  AttachmentApiTest() { places_ = world_.Import(2); }

  v1::Task ClaimedTask(int staff = 1) {
    if (!kind_made_) world_.MakeKind(SampleKindWithPhoto());
    kind_made_ = true;
    world_.MakeTask(places_[0]);
    return world_.Claim(staff);
  }
  std::unique_ptr<Phone> NewPhone(int staff = 1, const std::string& file = ":memory:") {
    links_.push_back(world_.Link(staff));
    return std::make_unique<Phone>(file, *links_.back());
  }
  static v1::SubmitTaskRequest Naming(const v1::Task& task, const std::string& sha256) {
    v1::SubmitTaskRequest request = SyncWorld::Answered(task);
    auto* photo = request.add_answers();
    photo->set_key("ice_photo");
    photo->set_photo_sha256(sha256);
    return request;
  }
  static v1::CreateAttachmentRequest Announcing(const v1::Task& task, std::string_view picture) {
    v1::CreateAttachmentRequest request;
    request.set_request_id(SyncWorld::NewId());
    request.set_parent(task.name());
    request.set_attempt(task.attempt());
    request.set_sha256(ToBytes(Sha256Of(picture)));
    request.set_size_bytes(static_cast<int64_t>(picture.size()));
    return request;
  }
  absl::StatusOr<v1::Attachment> Create(const v1::CreateAttachmentRequest& request, int staff = 1) {
    return rpc::Invoke(*world_.attachments, &Stub::CreateAttachment, request, world_.Worker(staff));
  }
  absl::StatusOr<v1::Attachment> Send(const std::string& name, int64_t offset, std::string_view picture,
                                      const rpc::CallOptions& who) {
    v1::UploadChunkRequest request;
    request.set_name(name);
    request.set_offset(offset);
    request.set_data(std::string(picture.substr(static_cast<size_t>(offset), kPieceBytes)));
    return rpc::Invoke(*world_.attachments, &Stub::UploadChunk, request, who);
  }
  absl::StatusOr<v1::ListAttachmentsResponse> List(const std::string& task, const rpc::CallOptions& who,
                                                   int page_size = 0, const std::string& token = "") {
    v1::ListAttachmentsRequest request;
    request.set_parent(task);
    request.set_page_size(page_size);
    request.set_page_token(token);
    return rpc::Invoke(*world_.attachments, &Stub::ListAttachments, request, who);
  }
  absl::StatusOr<v1::DownloadChunkResponse> Download(const std::string& name, int64_t offset,
                                                     const rpc::CallOptions& who) {
    v1::DownloadChunkRequest request;
    request.set_name(name);
    request.set_offset(offset);
    return rpc::Invoke(*world_.attachments, &Stub::DownloadChunk, request, who);
  }
  absl::StatusOr<std::string> DownloadAll(const std::string& name, const rpc::CallOptions& who) {
    std::string out;
    for (;;) {
      auto piece = Download(name, static_cast<int64_t>(out.size()), who);
      if (!piece.ok()) return piece.status();
      if (piece->data().empty()) return out;
      out += piece->data();
    }
  }
  // One photo of a claimed task, uploaded.
  v1::Attachment Ready(const v1::Task& task, const std::string& picture) {
    auto phone = NewPhone();
    phone->Photograph(task.name(), task.attempt(), picture);
    EXPECT_TRUE(phone->Upload().ok());
    auto made = Create(Announcing(task, picture));
    EXPECT_TRUE(made.ok()) << made.status();
    EXPECT_EQ(made->state(), v1::Attachment::STATE_READY);
    return *made;
  }

  SyncWorld world_;
  std::vector<std::string> places_;
  bool kind_made_ = false;
  std::vector<std::unique_ptr<GrpcLink>> links_;
};

const std::string& LargePhoto() {
  static const std::string photo = TakePhoto({.width = 2'000, .height = 1'500});
  return photo;
}

TEST_F(AttachmentApiTest, TheResultComesFirstAndThePhotoLater) {
  const v1::Task task = ClaimedTask();
  auto phone = NewPhone();
  const std::string sha256 = phone->Photograph(task.name(), task.attempt(), LargePhoto());
  phone->Submit(Naming(task, sha256));
  ASSERT_TRUE(phone->Push().ok());

  auto before = List(task.name(), world_.Dispatcher());
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->attachments_size(), 0);
  ASSERT_EQ(before->awaited_photos_size(), 1);
  EXPECT_EQ(before->awaited_photos(0).attempt(), 1);
  EXPECT_EQ(before->awaited_photos(0).key(), "ice_photo");
  EXPECT_EQ(before->awaited_photos(0).sha256(), sha256);

  ASSERT_TRUE(phone->Upload().ok());
  EXPECT_EQ(phone->store().Photos()[0].state, OutboxState::kDone);
  auto after = List(task.name(), world_.Dispatcher());
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->awaited_photos_size(), 0);
  ASSERT_EQ(after->attachments_size(), 1);
  const v1::Attachment& kept = after->attachments(0);
  EXPECT_EQ(kept.state(), v1::Attachment::STATE_READY);
  EXPECT_EQ(kept.sha256(), sha256);
  EXPECT_EQ(kept.size_bytes(), static_cast<int64_t>(LargePhoto().size()));

  auto picture = DownloadAll(kept.name(), world_.Dispatcher());
  ASSERT_TRUE(picture.ok()) << picture.status();
  EXPECT_EQ(ToBytes(Sha256Of(*picture)), kept.stored_sha256());
  EXPECT_EQ(static_cast<int64_t>(picture->size()), kept.stored_bytes());
  for (std::string_view secret : kCameraSecrets) EXPECT_EQ(picture->find(secret), picture->npos) << secret;
  EXPECT_EQ(*picture, StripPicture(LargePhoto())->bytes);
}

TEST_F(AttachmentApiTest, APhotoOfALateResultComesToo) {
  const v1::Task task = ClaimedTask();
  Schema().Run("UPDATE task SET lease_until_us = 1");
  auto phone = NewPhone();
  phone->Submit(Naming(task, phone->Photograph(task.name(), task.attempt(), LargePhoto())));
  ASSERT_TRUE(phone->Push().ok());
  ASSERT_EQ(phone->store().Outbox()[0].state, OutboxState::kLate);
  ASSERT_TRUE(phone->Upload().ok());
  EXPECT_EQ(phone->store().Photos()[0].state, OutboxState::kDone);
  EXPECT_EQ(List(task.name(), world_.Dispatcher())->awaited_photos_size(), 0);
}

TEST_F(AttachmentApiTest, TheSamePictureIsTheSameAttachment) {
  const v1::Task task = ClaimedTask();
  const auto request = Announcing(task, LargePhoto());
  auto first = Create(request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Create(request)->name(), first->name());
  ASSERT_TRUE(Send(first->name(), 0, LargePhoto(), world_.Worker()).ok());
  auto second = Create(Announcing(task, LargePhoto()));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->name(), first->name());
  EXPECT_EQ(second->received_bytes(), kPieceBytes);
  EXPECT_EQ(List(task.name(), world_.Worker())->attachments_size(), 1);
}

TEST_F(AttachmentApiTest, WhatIsRefusedWhenItIsAnnounced) {
  const v1::Task task = ClaimedTask();
  const auto good = Announcing(task, LargePhoto());
  auto with = [&](const std::function<void(v1::CreateAttachmentRequest&)>& change, int staff = 1) {
    v1::CreateAttachmentRequest request = good;
    request.set_request_id(SyncWorld::NewId());
    change(request);
    return ReasonOf(Create(request, staff).status());
  };
  EXPECT_EQ(with([](auto& r) { r.set_attempt(2); }), "TASK_NOT_YOURS");
  EXPECT_EQ(with([](auto& r) { r.set_attempt(0); }), "BAD_FIELD");
  EXPECT_EQ(with([](auto& r) { r.set_sha256("short"); }), "BAD_FIELD");
  EXPECT_EQ(with([](auto& r) { r.set_size_bytes(kAttachmentBytes + 1); }), "BAD_FIELD");
  EXPECT_EQ(with([](auto&) {}, 2), "NOT_FOUND");  // who never claimed it does not see it
  ASSERT_TRUE(Create(good).ok());
  EXPECT_EQ(with([](auto& r) { r.set_size_bytes(7); }), "BAD_FIELD") << "one SHA-256, two sizes";

  Schema().Run(fmt::format("UPDATE task_attempt SET ended_us = {}",
                           absl::ToUnixMicros(absl::Now() - absl::Hours(24 * 30) - absl::Minutes(1))));
  EXPECT_EQ(with([](auto&) {}), "UPLOAD_TOO_LATE");
  Schema().Run(fmt::format("UPDATE task_attempt SET ended_us = {}",
                           absl::ToUnixMicros(absl::Now() - absl::Hours(24 * 30) + absl::Minutes(1))));
  EXPECT_EQ(with([](auto&) {}), "");
}

TEST_F(AttachmentApiTest, ATaskThatAsksForNoPhotoGetsNone) {
  world_.MakeKind();
  world_.MakeTask(places_[0]);
  auto refused = Create(Announcing(world_.Claim(), LargePhoto()));
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
  EXPECT_EQ(ReasonOf(refused.status()), "NO_PHOTO_ASKED");
}

// A result may answer any version of the form since the task was made.
TEST_F(AttachmentApiTest, AVersionOfTheFormThatAskedForPhotosIsEnough) {
  world_.MakeKind();
  world_.MakeTask(places_[0]);
  const v1::Task task = world_.Claim();
  auto update = [&](const TaskKind& kind) {
    v1::GetTaskKindRequest get;
    get.set_name("taskKinds/FOOD_INSPECTION");
    auto now = rpc::Invoke(*world_.kinds, &v1::TaskKindService::Stub::GetTaskKind, get, world_.Dispatcher());
    v1::UpdateTaskKindRequest request;
    request.set_request_id(SyncWorld::NewId());
    *request.mutable_task_kind() = ToProto(kind);
    request.mutable_task_kind()->set_etag(now->etag());
    request.mutable_update_mask()->add_paths("form");
    auto updated = rpc::Invoke(*world_.kinds, &v1::TaskKindService::Stub::UpdateTaskKind, request, world_.Dispatcher());
    EXPECT_TRUE(updated.ok()) << updated.status();
  };
  EXPECT_EQ(ReasonOf(Create(Announcing(task, LargePhoto())).status()), "NO_PHOTO_ASKED");
  update(SampleKindWithPhoto());
  update(SampleKind());
  EXPECT_TRUE(Create(Announcing(task, LargePhoto())).ok());
}

TEST_F(AttachmentApiTest, AnAttemptHasFiftyAtMostAndTheyComeInPages) {
  const v1::Task task = ClaimedTask();
  for (int i = 0; i < kAttachmentsOfAttempt; ++i)
    ASSERT_TRUE(Create(Announcing(task, "picture " + std::to_string(i))).ok()) << i;
  auto refused = Create(Announcing(task, "one more"));
  EXPECT_EQ(ReasonOf(refused.status()), "TOO_MANY_ATTACHMENTS");
  EXPECT_EQ(MetadataOf(refused.status())["limit"], "50");
  EXPECT_TRUE(Create(Announcing(task, "picture 7")).ok());

  std::set<std::string> names;
  std::string token;
  for (int page = 0; page < 3; ++page) {
    auto listed = List(task.name(), world_.Dispatcher(), 20, token);
    ASSERT_TRUE(listed.ok()) << listed.status();
    for (const auto& attachment : listed->attachments()) names.insert(attachment.name());
    token = listed->next_page_token();
    EXPECT_EQ(token.empty(), page == 2);
  }
  EXPECT_EQ(names.size(), 50u);
  EXPECT_EQ(ReasonOf(List(task.name(), world_.Dispatcher(), 20, "forged").status()), "BAD_FIELD");
}

TEST_F(AttachmentApiTest, WhoMaySeeAndSend) {
  const v1::Task task = ClaimedTask();
  const v1::Attachment ready = Ready(task, LargePhoto());
  const auto inspector = world_.As(options::v1::ROLE_INSPECTOR, 5);
  for (const auto& who : {world_.Worker(1), world_.Dispatcher(), inspector}) {
    EXPECT_TRUE(List(task.name(), who).ok());
    EXPECT_EQ(DownloadAll(ready.name(), who).value().size(), static_cast<size_t>(ready.stored_bytes()));
  }
  const auto elsewhere = world_.As(options::v1::ROLE_DISPATCHER, 9, "NYC");
  for (const auto& who : {world_.Worker(2), elsewhere}) {
    EXPECT_EQ(ReasonOf(List(task.name(), who).status()), "NOT_FOUND");
    EXPECT_EQ(ReasonOf(Download(ready.name(), 0, who).status()), "NOT_FOUND");
    EXPECT_EQ(ReasonOf(Send(ready.name(), 0, LargePhoto(), who).status()), "NOT_FOUND");
  }
  EXPECT_EQ(ReasonOf(Send(ready.name(), 0, LargePhoto(), world_.Dispatcher()).status()), "NOT_FOUND");
}

TEST_F(AttachmentApiTest, WhatIsRefusedOfPieces) {
  const v1::Task task = ClaimedTask();
  auto made = Create(Announcing(task, LargePhoto()));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(ReasonOf(Send(made->name(), 5, LargePhoto(), world_.Worker()).status()), "BAD_FIELD");
  EXPECT_EQ(ReasonOf(Send(made->name(), 0, "short", world_.Worker()).status()), "BAD_FIELD");
  EXPECT_EQ(ReasonOf(Send(made->name(), kPieceBytes, LargePhoto(), world_.Worker()).status()), "UPLOAD_GAP");
  EXPECT_EQ(ReasonOf(Download(made->name(), 0, world_.Worker()).status()), "ATTACHMENT_NOT_READY");

  auto text = Create(Announcing(task, "no picture"));
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(ReasonOf(Send(text->name(), 0, "not it !!!", world_.Worker()).status()), "SHA256_MISMATCH");
  auto rejected = Send(text->name(), 0, "no picture", world_.Worker());
  ASSERT_TRUE(rejected.ok()) << rejected.status();
  EXPECT_EQ(rejected->state(), v1::Attachment::STATE_REJECTED);
  EXPECT_EQ(rejected->reject_reason(), v1::Attachment::REJECT_REASON_UNSUPPORTED_TYPE);
  EXPECT_EQ(ReasonOf(Download(text->name(), 0, world_.Worker()).status()), "ATTACHMENT_NOT_READY");
}

TEST_F(AttachmentApiTest, DownloadsEndAndSayWhenTheStoreHasLostSomething) {
  const v1::Attachment ready = Ready(ClaimedTask(), LargePhoto());
  auto first = Download(ready.name(), 0, world_.Dispatcher());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->data().size(), static_cast<size_t>(kDownloadBytes));
  EXPECT_EQ(Download(ready.name(), ready.stored_bytes(), world_.Dispatcher())->data(), "");
  EXPECT_EQ(ReasonOf(Download(ready.name(), -1, world_.Dispatcher()).status()), "BAD_FIELD");
  world_.objects.SetAway(true);
  EXPECT_EQ(ReasonOf(Download(ready.name(), 0, world_.Dispatcher()).status()), "OBJECTS_AWAY");
  world_.objects.SetAway(false);
  ASSERT_TRUE(world_.objects.Delete(PictureKey(*Uuid::Parse(ready.name().substr(12)))).ok());
  auto lost = Download(ready.name(), 0, world_.Dispatcher());
  EXPECT_TRUE(absl::IsDataLoss(lost.status()));
  EXPECT_EQ(ReasonOf(lost.status()), "OBJECT_LOST");
}

TEST_F(AttachmentApiTest, APhotoThatIsRefusedStaysOnThePhoneWithTheReason) {
  const v1::Task task = ClaimedTask();
  auto phone = NewPhone();
  phone->Photograph(task.name(), task.attempt(), "no picture at all");
  phone->Photograph(task.name(), 9, LargePhoto());
  phone->Photograph(task.name(), task.attempt(), LargePhoto());
  ASSERT_TRUE(phone->Upload().ok());
  auto photos = phone->store().Photos();
  EXPECT_EQ(photos[0].state, OutboxState::kRejected);
  EXPECT_EQ(photos[0].why, "REJECT_REASON_UNSUPPORTED_TYPE");
  EXPECT_EQ(photos[1].state, OutboxState::kRejected);
  EXPECT_THAT(photos[1].why, HasSubstr("TASK_NOT_YOURS"));
  EXPECT_EQ(photos[2].state, OutboxState::kDone);
}

TEST_F(AttachmentApiTest, WhileTheStoreIsAwayThePhoneWaitsAndSaysWhy) {
  const v1::Task task = ClaimedTask();
  auto phone = NewPhone();
  phone->Photograph(task.name(), task.attempt(), LargePhoto());
  world_.objects.SetAway(true);
  EXPECT_TRUE(absl::IsUnavailable(phone->Upload()));
  EXPECT_EQ(phone->store().Photos()[0].state, OutboxState::kWaiting);
  EXPECT_THAT(phone->store().Photos()[0].why, HasSubstr("OBJECTS_AWAY"));
  world_.objects.SetAway(false);
  ASSERT_TRUE(phone->Upload().ok());
  EXPECT_EQ(phone->store().Photos()[0].state, OutboxState::kDone);
}

// Every third piece is cut in its middle, and every seventh before its reply arrives.
class CutLink : public GrpcLink {
 public:
  CutLink(TcpProxy& proxy, const std::shared_ptr<grpc::Channel>& channel, std::function<rpc::CallOptions()> options)
      : GrpcLink(channel, std::move(options)), proxy_(proxy) {}
  absl::StatusOr<v1::Attachment> UploadChunk(const v1::UploadChunkRequest& request) override {
    ++calls_;
    if (calls_ % 3 == 0) {
      proxy_.CutAfterBytes(calls_ * 7'001 % 100'000);
    } else if (calls_ % 7 == 0) {
      proxy_.CutAfterReplies(0);
    }
    return GrpcLink::UploadChunk(request);
  }

 private:
  TcpProxy& proxy_;
  int calls_ = 0;
};

TEST_F(AttachmentApiTest, CutsCostAPieceEach) {
  const v1::Task task = ClaimedTask();
  TcpProxy proxy(world_.port());
  CutLink link(proxy, world_.Connect(proxy.port()), [this] { return world_.Worker(); });
  Phone phone(":memory:", link);
  const std::string photo = TakePhoto({.width = 2'800, .height = 2'400});
  const int pieces = static_cast<int>((photo.size() + kPieceBytes - 1) / kPieceBytes);
  ASSERT_GT(pieces, 15);
  phone.Photograph(task.name(), task.attempt(), photo);
  int failed = 0;
  const absl::Time end = absl::Now() + absl::Minutes(2);
  while (absl::Now() < end && !phone.Upload().ok()) {
    ++failed;
    absl::SleepFor(absl::Milliseconds(20));  // a channel that could not connect waits a moment
  }
  EXPECT_EQ(phone.store().Photos()[0].state, OutboxState::kDone) << phone.store().Photos()[0].why;
  EXPECT_GE(proxy.cuts(), 5);
  EXPECT_LE(phone.pieces_sent(), pieces + proxy.cuts());
  EXPECT_EQ(phone.store().Photos()[0].attempts, failed + 1);
}

// The phone's battery is taken out.
TEST_F(AttachmentApiTest, APhoneThatStartsAnewGoesOn) {
  const v1::Task task = ClaimedTask();
  const std::string file = ::testing::TempDir() + "attachment_api_phone.db";
  for (const char* end : {"", "-wal", "-shm"}) std::remove((file + end).c_str());
  TcpProxy proxy(world_.port());
  auto link = world_.LinkBy(world_.Connect(proxy.port()), 1);
  {
    Phone phone(file, *link);
    phone.Photograph(task.name(), task.attempt(), LargePhoto());
    proxy.CutAfterBytes(400'000);
    EXPECT_FALSE(phone.Upload().ok());
  }
  const auto half = List(task.name(), world_.Worker())->attachments(0);
  EXPECT_GT(half.received_bytes(), 0);
  auto phone = NewPhone(1, file);
  ASSERT_TRUE(phone->Upload().ok());
  EXPECT_EQ(phone->store().Photos()[0].state, OutboxState::kDone);
  EXPECT_EQ(phone->pieces_sent(),
            static_cast<int>((half.size_bytes() - half.received_bytes() + kPieceBytes - 1) / kPieceBytes));
}

}  // namespace
}  // namespace gridwork::tasks::testing
