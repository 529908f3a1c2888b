// A photo on its way: its connection is cut, and the service is killed.
#include <absl/time/clock.h>
#include <fmt/format.h>

#include "common/config/config.h"
#include "tests/support/phone/camera.h"
#include "tests/support/phone/grpc_link.h"
#include "tests/support/tcp_proxy.h"
#include "tools/demo_day/checks.h"
#include "tools/demo_day/day.h"

namespace gridwork::demo {
namespace {

using testing::GrpcLink;
using testing::OutboxState;
using testing::Phone;
using Attachments = tasks::AttachmentService::Stub;
using Work = tasks::TaskService::Stub;

constexpr int kPieceBytes = 131'072;

// Does something before the fifth piece goes out.
class Interrupted : public GrpcLink {
 public:
  using GrpcLink::GrpcLink;
  absl::StatusOr<tasks::Attachment> UploadChunk(const tasks::UploadChunkRequest& request) override {
    if (request.offset() >= 4 * kPieceBytes && interrupt) std::exchange(interrupt, nullptr)();
    return GrpcLink::UploadChunk(request);
  }
  std::function<void()> interrupt;
};

std::string Download(const Person& person, const tasks::Attachment& attachment) {
  std::string out;
  tasks::DownloadChunkRequest request;
  request.set_name(attachment.name());
  for (;;) {
    request.set_offset(static_cast<int64_t>(out.size()));
    auto piece = person.Call(person.attachments, &Attachments::DownloadChunk, request);
    Need(piece.status(), "evidence", "the dispatcher downloads the photo");
    if (piece->data().empty()) return out;
    out += piece->data();
  }
}

bool HoldsSecrets(std::string_view picture) {
  for (std::string_view secret : testing::kCameraSecrets) {
    if (picture.find(secret) != picture.npos) return true;
  }
  return false;
}

}  // namespace

void Day::APhotoComesThroughTwoCuts(const std::function<bool()>& restart_tasks) {
  Need(admin_.Login(), "identity", "the administrator logs in");
  Person& dispatcher = dispatcher_[0];
  Need(dispatcher.Login(), "identity", "the dispatcher logs in");
  const std::string grid = workers_[5].grid;
  Person worker = NewWorker("photographer", grid);
  const tasks::Task task = InspectionFor(worker, grid);

  testing::TcpProxy bad_network(static_cast<uint16_t>(config::ParseHostPort("tasks", targets_.tasks).port));
  Interrupted link(rpc::Connect(fmt::format("localhost:{}", bad_network.port()), worker.tls, {}),
                   [&worker] { return rpc::CallOptions{.timeout = absl::Seconds(20), .token = worker.token}; });
  Phone phone(":memory:", link);
  const std::string photo = testing::TakePhoto({.width = 2'000, .height = 1'500});
  tasks::SubmitTaskRequest result = GoodAnswers(task);
  auto* answer = result.add_answers();
  answer->set_key("sinks_photo");
  answer->set_photo_sha256(phone.Photograph(task.name(), task.attempt(), photo));
  phone.Submit(result);
  Need(phone.Push(), "tasks", "the result is handed in");
  tasks::ListAttachmentsRequest list;
  list.set_parent(task.name());
  auto before = dispatcher.Call(dispatcher.attachments, &Attachments::ListAttachments, list);
  Need(before.status(), "tasks", "attachments are listed");
  Check(before->awaited_photos_size() == 1 && HoldsSecrets(photo), "evidence",
        fmt::format(
            "a result names a photo of {} KiB with place, time and owner in it, which the dispatcher sees as awaited",
            photo.size() / 1024));

  bad_network.CutAfterBytes(300'000);
  Check(!phone.Upload().ok() && phone.store().Photos()[0].state == OutboxState::kWaiting, "evidence",
        "the connection is cut in the middle of a piece: the phone keeps the photo");
  link.interrupt = [&] {
    Check(restart_tasks(), "evidence", "the tasks service is killed in the middle of the upload, and started");
  };
  for (int i = 0; i < 100 && phone.store().Photos()[0].state == OutboxState::kWaiting; ++i) {
    if (i > 0) absl::SleepFor(absl::Milliseconds(200));
    phone.Upload().IgnoreError();
  }
  const int pieces = static_cast<int>((photo.size() + kPieceBytes - 1) / kPieceBytes);
  Check(phone.store().Photos()[0].state == OutboxState::kDone, "evidence",
        fmt::format("after both cuts the photo of {} pieces is there; {} were sent", pieces, phone.pieces_sent()));

  auto after = dispatcher.Call(dispatcher.attachments, &Attachments::ListAttachments, list);
  Need(after.status(), "tasks", "attachments are listed");
  if (!Check(after->attachments_size() == 1 && after->awaited_photos().empty(), "evidence",
             "the dispatcher awaits no photo any more"))
    return;
  const std::string kept = Download(dispatcher, after->attachments(0));
  Check(!HoldsSecrets(kept) && testing::JpegPixels(kept) == testing::JpegPixels(photo), "evidence",
        "what the dispatcher downloads has the same pixels, and no place, time or owner");
}

tasks::Task Day::InspectionFor(const Person& worker, const std::string& grid) {
  tasks::CreateTaskRequest create;
  create.set_request_id(NewRequestId());
  create.mutable_task()->set_kind("taskKinds/FOOD_INSPECTION");
  create.mutable_task()->set_place(grids_[grid][0].name());
  create.mutable_task()->set_assignee(worker.name);
  Need(dispatcher_[0].Call(dispatcher_[0].work, &Work::CreateTask, create).status(), "tasks",
       "an inspection is created");
  for (int i = 0; i < 50; ++i) {
    if (i > 0) absl::SleepFor(absl::Milliseconds(100));
    auto claimed = Claim(worker, 1);
    Need(claimed.status(), "tasks", "a worker claims");
    if (!claimed->empty()) return claimed->front();
  }
  Need(absl::NotFoundError("nothing to claim"), "tasks", "a worker claims what was assigned to them");
  return {};
}

}  // namespace gridwork::demo
