// The tasks service as phones see it: the real server with certificates, tokens and MariaDB; only identity's areas are
// faked, and the queue's index is absent (claims find their candidates in MySQL).
#pragma once
#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/mysql/feed.h"
#include "common/objects/testing/fake_object_store.h"
#include "common/rpc/client.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/server.h"
#include "gridwork/tasks/v1/attachment_service.grpc.pb.h"
#include "gridwork/tasks/v1/conflict_service.grpc.pb.h"
#include "gridwork/tasks/v1/place_service.grpc.pb.h"
#include "gridwork/tasks/v1/sync_service.grpc.pb.h"
#include "gridwork/tasks/v1/task_kind_service.grpc.pb.h"
#include "gridwork/tasks/v1/task_service.grpc.pb.h"
#include "services/tasks/evidence/attachment_service.h"
#include "services/tasks/evidence/mysql_attachment_store.h"
#include "services/tasks/place_service.h"
#include "services/tasks/sync/conflict_service.h"
#include "services/tasks/sync/mysql_conflict_store.h"
#include "services/tasks/sync/mysql_sync_store.h"
#include "services/tasks/sync/sync_service.h"
#include "services/tasks/task_kind_convert.h"
#include "services/tasks/testing/fake_area_locator.h"
#include "services/tasks/testing/place_messages.h"
#include "services/tasks/work/queue_service.h"
#include "services/tasks/work/task_kind_service.h"
#include "services/tasks/work/task_service.h"
#include "services/tasks/work/testing/fake_task_queue.h"
#include "services/tasks/work/testing/mysql_world.h"
#include "services/tasks/work/testing/samples.h"
#include "tests/support/phone/grpc_link.h"
#include "tests/support/test_pki.h"

namespace gridwork::tasks::testing {

using gridwork::testing::GrantOf;
using gridwork::testing::GrpcLink;
using gridwork::testing::OutboxState;
using gridwork::testing::Phone;
using gridwork::testing::TestPki;

// The index is away.
class NoWakes : public Wakes {
 public:
  absl::StatusOr<std::vector<Wake>> Wait(absl::Duration) override { return absl::UnavailableError("no index"); }
};

class SyncWorld {
 public:
  explicit SyncWorld(int workers = 4) {
    for (const char* table : {"sync_clock", "sync_entry", "place_conflict"})
      Schema().Run(fmt::format("DELETE FROM {}", table));
    queue.SetAway(true);
    server::Config config;
    config.listen = "localhost:0";
    config.tls = pki_.Identity("svc/localhost");
    config.workers = config.bulk_workers = workers;
    config.request_log_key = std::string(32, 'k');
    server_ = std::make_unique<server::Server>(config, authenticator_, mysql.units, access_log_, clock);
    sync_service_ = std::make_unique<SyncService>(sync_store, mysql.places, conflict_store, areas,
                                                  server_->inner_calls(), page_tokens_);
    port_ = static_cast<uint16_t>(server_->Serve(place_service_, kind_service_, task_service_, queue_service_,
                                                 *sync_service_, conflict_service_, attachment_service_));
    channel_ = Connect(port_);
    places = v1::PlaceService::NewStub(channel_);
    kinds = v1::TaskKindService::NewStub(channel_);
    tasks = v1::TaskService::NewStub(channel_);
    conflicts = v1::ConflictService::NewStub(channel_);
    sync = v1::SyncService::NewStub(channel_);
    attachments = v1::AttachmentService::NewStub(channel_);
  }

  rpc::CallOptions As(auth::Role role, int staff, const std::string& area = "CHI") {
    return {.token = pki_.Token(device_, Staff(staff), {GrantOf(role, area)})};
  }
  rpc::CallOptions With(int staff, std::vector<auth::Grant> grants) {
    return {.token = pki_.Token(device_, Staff(staff), std::move(grants))};
  }
  std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  uint16_t port() const { return port_; }
  // The same phones, by another way to the server.
  std::shared_ptr<grpc::Channel> Connect(uint16_t port) const {
    return rpc::Connect("localhost:" + std::to_string(port), device_, {});
  }
  rpc::CallOptions Admin() { return As(options::v1::ROLE_ADMIN, 8); }
  rpc::CallOptions Dispatcher() { return As(options::v1::ROLE_DISPATCHER, 9); }
  rpc::CallOptions Worker(int staff = 1, const std::string& area = "CHI") {
    return As(options::v1::ROLE_FIELD_WORKER, staff, area);
  }
  std::unique_ptr<GrpcLink> Link(int staff, const std::string& area = "CHI") { return LinkBy(channel_, staff, area); }
  std::unique_ptr<GrpcLink> LinkBy(const std::shared_ptr<grpc::Channel>& channel, int staff,
                                   const std::string& area = "CHI") {
    return std::make_unique<GrpcLink>(channel, [this, staff, area] { return Worker(staff, area); });
  }

  static std::string NewId() { return Uuid::V7(absl::Now()).ToString(); }

  // Imports `count` places at different points; with another `first`, others.
  std::vector<std::string> Import(int count, int first = 0, double latitude = 41.88) {
    v1::ImportPlacesRequest job;
    job.set_request_id(NewId());
    job.set_root("CHI");
    for (int i = first; i < first + count; ++i) {
      v1::Place& place = *job.add_places() = SampleMessage(i);
      place.mutable_location()->set_latitude(latitude);
    }
    auto imported = rpc::Invoke(*places, &v1::PlaceService::Stub::ImportPlaces, job, Admin());
    EXPECT_TRUE(imported.ok()) << imported.status();
    std::vector<std::string> names;
    if (imported.ok()) {
      for (const auto& verdict : imported->verdicts()) names.push_back(verdict.place());
    }
    return names;
  }
  v1::Place Get(const std::string& name) {
    v1::GetPlaceRequest request;
    request.set_name(name);
    auto place = rpc::Invoke(*places, &v1::PlaceService::Stub::GetPlace, request, Dispatcher());
    EXPECT_TRUE(place.ok()) << place.status();
    return place.ok() ? *place : v1::Place();
  }
  // As somebody at a desk does it.
  absl::StatusOr<v1::Place> Update(v1::Place place, const std::string& field) {
    v1::UpdatePlaceRequest request;
    request.set_request_id(NewId());
    *request.mutable_place() = std::move(place);
    request.mutable_update_mask()->add_paths(field);
    return rpc::Invoke(*places, &v1::PlaceService::Stub::UpdatePlace, request, Dispatcher());
  }
  void MakeKind(const TaskKind& kind = SampleKind()) {
    v1::CreateTaskKindRequest request;
    request.set_request_id(NewId());
    *request.mutable_task_kind() = ToProto(kind);
    auto made = rpc::Invoke(*kinds, &v1::TaskKindService::Stub::CreateTaskKind, request, Dispatcher());
    EXPECT_TRUE(made.ok()) << made.status();
  }
  v1::Task MakeTask(const std::string& place) {
    v1::CreateTaskRequest request;
    request.set_request_id(NewId());
    request.mutable_task()->set_kind("taskKinds/FOOD_INSPECTION");
    request.mutable_task()->set_place(place);
    auto made = rpc::Invoke(*tasks, &v1::TaskService::Stub::CreateTask, request, Dispatcher());
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : v1::Task();
  }
  v1::Task Claim(int staff = 1) {
    v1::ClaimTasksRequest request;
    request.set_request_id(NewId());
    request.set_max_tasks(1);
    auto claimed = rpc::Invoke(*tasks, &v1::TaskService::Stub::ClaimTasks, request, Worker(staff));
    EXPECT_TRUE(claimed.ok()) << claimed.status();
    return claimed.ok() && claimed->tasks_size() == 1 ? claimed->tasks(0) : v1::Task();
  }
  static v1::SubmitTaskRequest Answered(const v1::Task& task) {
    v1::SubmitTaskRequest request;
    request.set_name(task.name());
    request.set_attempt(task.attempt());
    request.set_form_version(1);
    auto* answer = request.add_answers();
    answer->set_key("ice");
    answer->set_checklist("PASS");
    return request;
  }
  std::vector<v1::Conflict> Conflicts(bool decided_too = false) {
    v1::ListConflictsRequest request;
    request.set_include_decided(decided_too);
    request.set_page_size(1000);
    auto listed = rpc::Invoke(*conflicts, &v1::ConflictService::Stub::ListConflicts, request, Dispatcher());
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (!listed.ok()) return {};
    return {listed->conflicts().begin(), listed->conflicts().end()};
  }
  // What a restart of the database does to the feed.
  static void NewEpoch() {
    Schema().Run("DELETE FROM sync_boot");
    auto connection = mysql::Connection::Open(Schema().config());
    EXPECT_TRUE(mysql::OpenEpoch(**connection).ok());
  }

  Mysql mysql;
  mysql::Feed feed{Schema().pool()};
  MysqlSyncStore sync_store{feed, mysql.places, mysql.tasks};
  MysqlConflictStore conflict_store{mysql.database, mysql.places};
  FakeTaskQueue queue;
  FakeAreaLocator areas;
  SystemClock clock;
  objects::testing::FakeObjectStore objects{clock};
  MysqlAttachmentStore attachment_store{mysql.database, Schema().pool()};

 private:
  TestPki pki_;
  rpc::TlsIdentity device_ = pki_.Identity("device/1");
  rpc::TokenAuthenticator authenticator_{TestPki::rules(), pki_.keys(), pki_.revocations()};
  rpc::NoAccessLog access_log_;
  PageTokens page_tokens_{std::string(32, 'p')};
  PlaceService place_service_{mysql.places, areas, page_tokens_};
  TaskKindService kind_service_{mysql.kinds, page_tokens_};
  Heartbeats heartbeats_{mysql.tasks, absl::Milliseconds(20)};
  NoWakes wakes_;
  Watches watches_{mysql.tasks, wakes_, clock};
  TaskService task_service_{mysql.tasks, mysql.kinds, mysql.places, queue, heartbeats_, watches_, page_tokens_};
  QueueService queue_service_{mysql.tasks, queue};
  ConflictService conflict_service_{conflict_store, mysql.places, areas, page_tokens_};
  AttachmentService attachment_service_{attachment_store, objects, mysql.tasks, mysql.kinds, page_tokens_};
  std::unique_ptr<SyncService> sync_service_;
  std::unique_ptr<server::Server> server_;
  uint16_t port_ = 0;
  std::shared_ptr<grpc::Channel> channel_;

 public:
  std::unique_ptr<v1::PlaceService::Stub> places;
  std::unique_ptr<v1::TaskKindService::Stub> kinds;
  std::unique_ptr<v1::TaskService::Stub> tasks;
  std::unique_ptr<v1::ConflictService::Stub> conflicts;
  std::unique_ptr<v1::SyncService::Stub> sync;
  std::unique_ptr<v1::AttachmentService::Stub> attachments;
};

}  // namespace gridwork::tasks::testing
