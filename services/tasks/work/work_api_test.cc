// Tasks from end to end: the real server with certificates, tokens, MariaDB and Redis; only identity's areas are faked.
// One worker and one connection: a call that asked for a second one would wait for itself.
#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <set>
#include <thread>

#include "common/base/error.h"
#include "common/rpc/client.h"
#include "common/rpc/status_map.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/server.h"
#include "gridwork/tasks/v1/place_service.grpc.pb.h"
#include "gridwork/tasks/v1/queue_service.grpc.pb.h"
#include "gridwork/tasks/v1/task_kind_service.grpc.pb.h"
#include "gridwork/tasks/v1/task_service.grpc.pb.h"
#include "services/tasks/place_service.h"
#include "services/tasks/task_kind_convert.h"
#include "services/tasks/testing/fake_area_locator.h"
#include "services/tasks/testing/place_messages.h"
#include "services/tasks/work/queue_relay.h"
#include "services/tasks/work/queue_service.h"
#include "services/tasks/work/redis_task_queue.h"
#include "services/tasks/work/task_kind_service.h"
#include "services/tasks/work/task_service.h"
#include "services/tasks/work/testing/mysql_world.h"
#include "services/tasks/work/testing/samples.h"
#include "tests/support/redis_fixture.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/test_pki.h"

namespace gridwork::tasks {
namespace {

using namespace testing;
using gridwork::testing::GrantOf;
using gridwork::testing::TestPki;
using options::v1::ROLE_ADMIN;
using options::v1::ROLE_DISPATCHER;
using options::v1::ROLE_FIELD_WORKER;
using Tasks = v1::TaskService::Stub;

std::string NewId() { return Uuid::V7(absl::Now()).ToString(); }

mysql::Config Through(uint16_t port) {
  mysql::Config config = Schema().config();
  config.port = port;
  config.size = 1;
  return config;
}

class WorkApiTest : public ::testing::Test {
 protected:
  WorkApiTest() {
    server::Config config;
    config.listen = "localhost:0";
    config.tls = pki_.Identity("svc/localhost");
    config.workers = 1;
    config.bulk_workers = 1;
    config.request_log_key = std::string(32, 'k');
    server_ = std::make_unique<server::Server>(config, authenticator_, units_, access_log_, clock_);
    target_ =
        "localhost:" + std::to_string(server_->Serve(place_service_, kind_service_, task_service_, queue_service_));
    auto channel = rpc::Connect(target_, device_, {});
    places_ = v1::PlaceService::NewStub(channel);
    kinds_ = v1::TaskKindService::NewStub(channel);
    tasks_ = v1::TaskService::NewStub(channel);
    queue_stub_ = v1::QueueService::NewStub(channel);
    relay_.Start();
    watches_.Start();
  }

  rpc::CallOptions As(auth::Role role, const std::string& subject, const std::string& area = "CHI",
                      absl::Duration grant = absl::Hours(1)) {
    return {.token = pki_.Token(device_, subject, {GrantOf(role, area, grant)})};
  }
  rpc::CallOptions Admin() { return As(ROLE_ADMIN, Staff(8)); }
  rpc::CallOptions Dispatcher() { return As(ROLE_DISPATCHER, Staff(9)); }
  rpc::CallOptions Worker(int number = 1) { return As(ROLE_FIELD_WORKER, Staff(number)); }

  // A place, a kind, and `count` tasks that the index knows.
  std::vector<v1::Task> Prepare(int count) {
    v1::ImportPlacesRequest job = SampleImport(1);
    job.set_request_id(NewId());
    auto imported = rpc::Invoke(*places_, &v1::PlaceService::Stub::ImportPlaces, job, Admin());
    EXPECT_TRUE(imported.ok()) << imported.status();
    place_ = imported->verdicts(0).place();

    v1::CreateTaskKindRequest kind;
    kind.set_request_id(NewId());
    *kind.mutable_task_kind() = ToProto(SampleKind());
    auto made = rpc::Invoke(*kinds_, &v1::TaskKindService::Stub::CreateTaskKind, kind, Dispatcher());
    EXPECT_TRUE(made.ok()) << made.status();
    return Create(count);
  }
  std::vector<v1::Task> Create(int count) {
    v1::BatchCreateTasksRequest request;
    request.set_request_id(NewId());
    for (int i = 0; i < count; ++i) *request.add_tasks() = Wanted();
    auto created = rpc::Invoke(*tasks_, &Tasks::BatchCreateTasks, request, Dispatcher());
    EXPECT_TRUE(created.ok()) << created.status();
    std::vector<v1::Task> out;
    if (created.ok()) {
      for (const auto& verdict : created->verdicts()) {
        EXPECT_TRUE(verdict.has_task()) << verdict.DebugString();
        out.push_back(verdict.task());
      }
    }
    return out;
  }
  v1::Task Wanted() {
    v1::Task task;
    task.set_kind("taskKinds/FOOD_INSPECTION");
    task.set_place(place_);
    return task;
  }
  v1::QueueStats Stats() {
    v1::GetQueueStatsRequest request;
    request.set_area("CHI");
    auto stats = rpc::Invoke(*queue_stub_, &v1::QueueService::Stub::GetQueueStats, request, Dispatcher());
    EXPECT_TRUE(stats.ok()) << stats.status();
    return stats.ok() ? *stats : v1::QueueStats();
  }
  void WaitForIndex(int64_t tasks) {
    for (int i = 0; i < 300 && Stats().indexed() != tasks; ++i) absl::SleepFor(absl::Milliseconds(20));
    ASSERT_EQ(Stats().indexed(), tasks);
  }
  absl::StatusOr<v1::ClaimTasksResponse> Claim(int max, const rpc::CallOptions& options,
                                               const std::string& id = NewId()) {
    v1::ClaimTasksRequest request;
    request.set_request_id(id);
    request.set_max_tasks(max);
    return rpc::Invoke(*tasks_, &Tasks::ClaimTasks, request, options);
  }
  static v1::SubmitTaskRequest Answered(const v1::Task& task) {
    v1::SubmitTaskRequest request;
    request.set_request_id(NewId());
    request.set_name(task.name());
    request.set_attempt(task.attempt());
    request.set_form_version(1);
    auto* answer = request.add_answers();
    answer->set_key("ice");
    answer->set_checklist("PASS");
    return request;
  }
  absl::StatusOr<v1::Submission> Submit(const v1::SubmitTaskRequest& request, const rpc::CallOptions& options) {
    return rpc::Invoke(*tasks_, &Tasks::SubmitTask, request, options);
  }
  absl::StatusOr<v1::Task> Get(const std::string& name, const rpc::CallOptions& options) {
    v1::GetTaskRequest request;
    request.set_name(name);
    return rpc::Invoke(*tasks_, &Tasks::GetTask, request, options);
  }
  v1::Task Get(const std::string& name) { return Get(name, Dispatcher()).value(); }
  absl::StatusOr<v1::Task> Review(const v1::Task& task, bool accept, const std::string& note,
                                  const rpc::CallOptions& options) {
    v1::ReviewTaskRequest request;
    request.set_request_id(NewId());
    request.set_name(task.name());
    request.set_etag(task.etag());
    request.set_verdict(accept ? v1::ReviewTaskRequest::VERDICT_ACCEPT : v1::ReviewTaskRequest::VERDICT_RETURN);
    request.set_note(note);
    return rpc::Invoke(*tasks_, &Tasks::ReviewTask, request, options);
  }
  absl::StatusOr<v1::Task> Cancel(const v1::Task& task, const rpc::CallOptions& options) {
    v1::CancelTaskRequest request;
    request.set_request_id(NewId());
    request.set_name(task.name());
    request.set_etag(task.etag());
    request.set_reason(v1::CancelTaskRequest::REASON_NOT_NEEDED);
    return rpc::Invoke(*tasks_, &Tasks::CancelTask, request, options);
  }
  absl::StatusOr<v1::Task> Release(const v1::Task& task, const rpc::CallOptions& options) {
    v1::ReleaseTaskRequest request;
    request.set_request_id(NewId());
    request.set_name(task.name());
    request.set_attempt(task.attempt());
    return rpc::Invoke(*tasks_, &Tasks::ReleaseTask, request, options);
  }

  Mysql mysql_;  // the relay's, and the test's
  std::unique_ptr<gridwork::testing::TcpProxy> proxy_ =
      std::make_unique<gridwork::testing::TcpProxy>(Schema().config().port);
  mysql::Pool pool_{Through(proxy_->port())};  // the server's
  mysql::Database database_{pool_};
  mysql::MysqlUnits units_{pool_};
  MysqlTaskStore task_store_{database_};
  MysqlPlaceStore place_store_{database_, task_store_};
  MysqlTaskKindStore kind_store_{database_};
  gridwork::testing::RedisServer redis_;
  redis::Client redis_client_{redis_.config()};
  RedisTaskQueue queue_{redis_client_};
  QueueRelay relay_{mysql_.tasks, queue_, mysql_.outbox};

  TestPki pki_;
  rpc::TlsIdentity device_ = pki_.Identity("device/1");
  rpc::TokenAuthenticator authenticator_{TestPki::rules(), pki_.keys(), pki_.revocations()};
  rpc::NoAccessLog access_log_;
  SystemClock clock_;
  FakeAreaLocator areas_;
  PageTokens page_tokens_{std::string(32, 'p')};
  PlaceService place_service_{place_store_, areas_, page_tokens_};
  TaskKindService kind_service_{kind_store_, page_tokens_};
  Heartbeats heartbeats_{task_store_, absl::Milliseconds(50)};
  RedisWakes wakes_{redis_client_};
  Watches watches_{mysql_.tasks, wakes_, clock_, absl::Seconds(1)};
  TaskService task_service_{task_store_, kind_store_, place_store_, queue_, heartbeats_, watches_, page_tokens_};
  QueueService queue_service_{task_store_, queue_};
  std::unique_ptr<server::Server> server_;
  std::string target_;
  std::unique_ptr<v1::PlaceService::Stub> places_;
  std::unique_ptr<v1::TaskKindService::Stub> kinds_;
  std::unique_ptr<Tasks> tasks_;
  std::unique_ptr<v1::QueueService::Stub> queue_stub_;
  std::string place_;
};

TEST_F(WorkApiTest, AnInspectionGoesThereAndBack) {
  std::vector<v1::Task> created = Prepare(20);
  ASSERT_EQ(created.size(), 20u);
  WaitForIndex(20);

  auto claimed = Claim(6, Worker());
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  ASSERT_EQ(claimed->tasks_size(), 6);
  std::map<int, v1::Task> mine;
  for (const v1::Task& task : claimed->tasks()) mine[static_cast<int>(mine.size())] = task;
  for (int i = 0; i < 4; ++i) {
    v1::SubmitTaskRequest request = Answered(mine[i]);
    request.mutable_location()->set_latitude(i == 3 ? 40.0 : 41.880757);
    request.mutable_location()->set_longitude(-87.634709);
    auto result = Submit(request, Worker());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->near_place(), i != 3);
  }
  auto released = Release(mine[4], Worker());
  ASSERT_TRUE(released.ok()) << released.status();
  EXPECT_EQ(released->state(), v1::TASK_STATE_READY);

  auto accepted = Review(Get(mine[0].name()), true, "", Dispatcher());
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->state(), v1::TASK_STATE_ACCEPTED);
  auto returned = Review(Get(mine[1].name()), false, "The ice machine too", Dispatcher());
  ASSERT_TRUE(returned.ok()) << returned.status();
  EXPECT_EQ(returned->state(), v1::TASK_STATE_READY);

  std::string ready;
  for (const v1::Task& task : created) {
    if (Get(task.name()).attempt() == 0) ready = task.name();
  }
  ASSERT_TRUE(Cancel(Get(ready), Dispatcher()).ok());

  // 20 less 6 claimed and 1 cancelled, and 2 that came back.
  WaitForIndex(15);
  std::map<v1::TaskState, int64_t> counts;
  v1::QueueStats stats = Stats();
  for (const auto& count : stats.counts()) counts[count.state()] = count.tasks();
  EXPECT_EQ(stats.total(), 20);
  EXPECT_EQ(counts, (std::map<v1::TaskState, int64_t>{{v1::TASK_STATE_READY, 15},
                                                      {v1::TASK_STATE_CLAIMED, 1},
                                                      {v1::TASK_STATE_SUBMITTED, 2},
                                                      {v1::TASK_STATE_ACCEPTED, 1},
                                                      {v1::TASK_STATE_CANCELLED, 1}}));

  // The returned one is done again by somebody else.
  auto rest = Claim(50, Worker(2));
  ASSERT_EQ(rest->tasks_size(), 15);
  for (const v1::Task& task : rest->tasks()) {
    if (task.name() != returned->name()) continue;
    EXPECT_EQ(task.attempt(), 2);
    EXPECT_EQ(task.return_note(), "The ice machine too");
    ASSERT_TRUE(Submit(Answered(task), Worker(2)).ok());
    ASSERT_TRUE(Review(Get(task.name()), true, "now it is good", Dispatcher()).ok());
  }
  EXPECT_EQ(Get(returned->name()).state(), v1::TASK_STATE_ACCEPTED);
  v1::ListSubmissionsRequest list;
  list.set_parent(returned->name());
  auto submissions = rpc::Invoke(*tasks_, &Tasks::ListSubmissions, list, Dispatcher());
  ASSERT_EQ(submissions->submissions_size(), 2);
  EXPECT_EQ(submissions->submissions(0).state(), v1::SUBMISSION_STATE_RETURNED);
  EXPECT_EQ(submissions->submissions(1).state(), v1::SUBMISSION_STATE_ACCEPTED);

  v1::ListTasksRequest tasks;
  tasks.set_page_size(8);
  std::set<std::string> listed;
  do {
    auto page = rpc::Invoke(*tasks_, &Tasks::ListTasks, tasks, Dispatcher());
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& task : page->tasks()) listed.insert(task.name());
    tasks.set_page_token(page->next_page_token());
  } while (!tasks.page_token().empty());
  EXPECT_EQ(listed.size(), 20u);
}

// With one worker thread: nobody's heartbeat waits for somebody else's.
TEST_F(WorkApiTest, HeartbeatsKeepClaimsAndShareCommits) {
  Prepare(30);
  WaitForIndex(30);
  std::vector<v1::HeartbeatRequest> beats;
  for (int worker : {1, 2, 3}) {
    auto claimed = Claim(10, Worker(worker));
    ASSERT_EQ(claimed->tasks_size(), 10);
    v1::HeartbeatRequest& beat = beats.emplace_back();
    for (const v1::Task& task : claimed->tasks()) {
      auto* lease = beat.add_leases();
      lease->set_name(task.name());
      lease->set_attempt(1);
    }
  }
  // All are nearly over.
  ASSERT_TRUE(
      mysql_.database
          .RunInTransaction(
              absl::Now() + absl::Seconds(10),
              [](mysql::Transaction& transaction) {
                return transaction.Execute("UPDATE task SET lease_until_us = lease_until_us - 100000000").status();
              })
          .ok());
  *beats[0].add_leases() = beats[1].leases(0);  // somebody else's
  const int64_t before = heartbeats_.commits();
  std::vector<std::thread> phones;
  std::atomic<int> held{0}, lost{0};
  for (int phone = 0; phone < 60; ++phone) {
    phones.emplace_back([&, worker = phone % 3] {
      auto answer = rpc::Invoke(*tasks_, &Tasks::Heartbeat, beats[worker], Worker(worker + 1));
      ASSERT_TRUE(answer.ok()) << answer.status();
      ASSERT_EQ(answer->leases_size(), beats[worker].leases_size());
      for (const auto& lease : answer->leases()) ++(lease.has_lease_expire_time() ? held : lost);
    });
  }
  for (std::thread& phone : phones) phone.join();
  EXPECT_EQ(held, 600);
  EXPECT_EQ(lost, 20);
  EXPECT_LT(heartbeats_.commits() - before, 30);
  const absl::Time soon = absl::Now() + absl::Seconds(100);
  for (const auto& lease : beats[2].leases())
    EXPECT_GT(Get(lease.name()).lease_expire_time().seconds(), absl::ToUnixSeconds(soon));
  EXPECT_EQ(rpc::Invoke(*tasks_, &Tasks::Heartbeat, beats[0], Dispatcher()).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(WorkApiTest, AClaimIsKeptForAPhoneThatGoesOffline) {
  Prepare(1);
  WaitForIndex(1);
  v1::Task task = Claim(1, Worker())->tasks(0);
  v1::KeepOfflineRequest request;
  request.set_request_id(NewId());
  request.add_leases()->set_name(task.name());
  request.mutable_leases(0)->set_attempt(1);
  request.mutable_offline_until_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(10)));
  auto kept = rpc::Invoke(*tasks_, &Tasks::KeepOffline, request, Worker());
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->verdicts(0).task().lease_kind(), v1::LEASE_KIND_OFFLINE);
  EXPECT_EQ(rpc::Invoke(*tasks_, &Tasks::KeepOffline, request, Worker())->SerializeAsString(),
            kept->SerializeAsString());
  request.set_request_id(NewId());
  auto other = rpc::Invoke(*tasks_, &Tasks::KeepOffline, request, Worker(2));
  EXPECT_EQ(ReasonOf(rpc::FromRpcStatus(other->verdicts(0).error())), "NOT_FOUND");
}

TEST_F(WorkApiTest, WhatFailsComesBackWhenItsTimeHasCome) {
  Prepare(1);
  WaitForIndex(1);
  v1::Task task = Claim(1, Worker())->tasks(0);
  v1::FailTaskRequest fail;
  fail.set_request_id(NewId());
  fail.set_name(task.name());
  fail.set_attempt(1);
  fail.set_reason(v1::FAIL_REASON_WEATHER);
  auto failed = rpc::Invoke(*tasks_, &Tasks::FailTask, fail, Worker());
  ASSERT_TRUE(failed.ok()) << failed.status();
  EXPECT_EQ(failed->state(), v1::TASK_STATE_SCHEDULED);
  EXPECT_GE(failed->start_time().seconds(), absl::ToUnixSeconds(absl::Now() + absl::Minutes(14)));
  EXPECT_EQ(Claim(5, Worker(2))->tasks_size(), 0);
  ASSERT_TRUE(mysql_.database
                  .RunInTransaction(absl::Now() + absl::Seconds(10),
                                    [](mysql::Transaction& transaction) {
                                      return transaction.Execute("UPDATE task SET start_us = 1").status();
                                    })
                  .ok());
  WaitForIndex(1);
  EXPECT_EQ(Claim(5, Worker(2))->tasks_size(), 1);

  v1::ListTaskAttemptsRequest list;
  list.set_parent(task.name());
  auto attempts = rpc::Invoke(*tasks_, &Tasks::ListTaskAttempts, list, Dispatcher());
  ASSERT_EQ(attempts->attempts_size(), 2);
  EXPECT_EQ(attempts->attempts(0).fail_reason(), v1::FAIL_REASON_WEATHER);
  EXPECT_EQ(attempts->attempts(1).outcome(), v1::ATTEMPT_OUTCOME_UNSPECIFIED);
  EXPECT_EQ(rpc::Invoke(*tasks_, &Tasks::ListTaskAttempts, list, Worker()).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(WorkApiTest, ALateResultIsListedAndDecidedOnce) {
  Prepare(1);
  WaitForIndex(1);
  v1::Task first = Claim(1, Worker())->tasks(0);
  v1::ReassignTaskRequest reassign;
  reassign.set_request_id(NewId());
  reassign.set_name(first.name());
  reassign.set_etag(first.etag());
  reassign.set_assignee(Staff(2));
  reassign.set_reason(v1::ASSIGN_REASON_ABSENCE);
  ASSERT_TRUE(rpc::Invoke(*tasks_, &Tasks::ReassignTask, reassign, Dispatcher()).ok());
  ASSERT_EQ(Claim(1, Worker(2))->tasks_size(), 1);
  EXPECT_EQ(Submit(Answered(first), Worker())->state(), v1::SUBMISSION_STATE_LATE);

  v1::ListLateSubmissionsRequest list;
  auto late = rpc::Invoke(*tasks_, &Tasks::ListLateSubmissions, list, Dispatcher());
  ASSERT_EQ(late->submissions_size(), 1);
  EXPECT_EQ(
      rpc::Invoke(*tasks_, &Tasks::ListLateSubmissions, list, As(ROLE_DISPATCHER, Staff(7), "NYC"))->submissions_size(),
      0);
  v1::DecideLateSubmissionRequest decide;
  decide.set_name(late->submissions(0).name());
  decide.set_decision(v1::DecideLateSubmissionRequest::DECISION_ACCEPT);
  std::vector<std::thread> dispatchers;
  std::atomic<int> decided{0};
  for (int i = 0; i < 4; ++i) {
    dispatchers.emplace_back([&, request = decide, i]() mutable {
      request.set_request_id(NewId());
      auto answer = rpc::Invoke(*tasks_, &Tasks::DecideLateSubmission, request, As(ROLE_DISPATCHER, Staff(20 + i)));
      decided += answer.ok();
      EXPECT_EQ(ReasonOf(answer.status()), answer.ok() ? "" : "SUBMISSION_NOT_LATE");
    });
  }
  for (std::thread& dispatcher : dispatchers) dispatcher.join();
  EXPECT_EQ(decided, 1);
  EXPECT_EQ(Get(first.name()).state(), v1::TASK_STATE_ACCEPTED);
  decide.set_request_id(NewId());
  EXPECT_EQ(
      rpc::Invoke(*tasks_, &Tasks::DecideLateSubmission, decide, As(ROLE_DISPATCHER, Staff(7), "NYC")).status().code(),
      absl::StatusCode::kNotFound);
}

// A phone is told of new work within a second with Redis, and within some without it.
TEST_F(WorkApiTest, WhoWatchesIsToldOfNewWorkWithAndWithoutRedis) {
  Prepare(1);
  grpc::ClientContext context;
  rpc::CallOptions options = Worker();
  options.timeout = absl::Seconds(60);
  rpc::Prepare(context, options);
  auto reader = tasks_->WatchTasks(&context, v1::WatchTasksRequest());
  auto next = [&] {
    const absl::Time begin = absl::Now();
    v1::WatchTasksResponse response;
    EXPECT_TRUE(reader->Read(&response));
    EXPECT_EQ(response.work_size(), 1);
    if (response.work_size() == 1) {
      EXPECT_TRUE(response.work(0).grid().starts_with("CHI"));
      EXPECT_EQ(response.work(0).roles_size(), 2);
    }
    return absl::Now() - begin;
  };
  EXPECT_LT(next(), absl::Seconds(2));  // what is ready
  Create(1);
  EXPECT_LT(next(), absl::Seconds(2));
  redis_.Kill();
  Create(1);
  EXPECT_LT(next(), absl::Seconds(4));
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  for (int i = 0; i < 300 && watches_.size() > 0; ++i) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_EQ(watches_.size(), 0u);
}

TEST_F(WorkApiTest, AWrongAreaLooksLikeAnUnknownTask) {
  v1::Task task = Prepare(1).at(0);
  auto raw = [&](const std::string& name, const rpc::CallOptions& options, auto method, auto request) {
    request.set_name(name);
    grpc::ClientContext context;
    rpc::Prepare(context, options);
    v1::Task reply;
    return (*tasks_.*method)(&context, request, &reply);
  };
  const std::string unknown = "tasks/" + NewId();
  auto expect_same = [&](auto method, const auto& request, const rpc::CallOptions& options) {
    grpc::Status outside = raw(task.name(), options, method, request), none = raw(unknown, options, method, request);
    EXPECT_EQ(outside.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(outside.error_code(), none.error_code());
    EXPECT_EQ(outside.error_message(), none.error_message());
    EXPECT_EQ(outside.error_details(), none.error_details());
  };
  using Context = grpc::ClientContext;
  auto get = static_cast<grpc::Status (Tasks::*)(Context*, const v1::GetTaskRequest&, v1::Task*)>(&Tasks::GetTask);
  auto cancel =
      static_cast<grpc::Status (Tasks::*)(Context*, const v1::CancelTaskRequest&, v1::Task*)>(&Tasks::CancelTask);
  auto release =
      static_cast<grpc::Status (Tasks::*)(Context*, const v1::ReleaseTaskRequest&, v1::Task*)>(&Tasks::ReleaseTask);
  v1::CancelTaskRequest cancellation;
  cancellation.set_request_id(NewId());
  cancellation.set_etag("1");
  v1::ReleaseTaskRequest give_back;
  give_back.set_request_id(NewId());
  expect_same(get, v1::GetTaskRequest(), As(ROLE_DISPATCHER, Staff(7), "NYC"));
  expect_same(get, v1::GetTaskRequest(), As(ROLE_FIELD_WORKER, Staff(7), "CHI/OTHER"));
  expect_same(cancel, cancellation, As(ROLE_DISPATCHER, Staff(7), "NYC"));
  expect_same(cancel, cancellation, Worker());                                                      // no dispatcher
  expect_same(release, give_back, Worker());                                                        // never claimed it
  expect_same(get, v1::GetTaskRequest(), As(ROLE_DISPATCHER, Staff(9), "CHI", absl::Seconds(-1)));  // grant ended
  EXPECT_EQ(Get(task.name()).state(), v1::TASK_STATE_READY);

  // A claimed task, to somebody who never had it.
  WaitForIndex(1);
  v1::Task claimed = Claim(1, Worker())->tasks(0);
  absl::Status foreign = Submit(Answered(claimed), Worker(2)).status();
  v1::Task nowhere = claimed;
  nowhere.set_name(unknown);
  EXPECT_EQ(foreign, Submit(Answered(nowhere), Worker(2)).status());
  EXPECT_EQ(foreign.code(), absl::StatusCode::kNotFound);
}

TEST_F(WorkApiTest, Refuses) {
  v1::Task task = Prepare(3).at(0);
  WaitForIndex(3);
  // Expired grant, no role, no token.
  EXPECT_EQ(ReasonOf(Claim(1, As(ROLE_FIELD_WORKER, Staff(1), "CHI", absl::Seconds(-1))).status()), "GRANT_EXPIRED");
  EXPECT_EQ(ReasonOf(Claim(1, Dispatcher()).status()), "ROLE_MISSING");
  EXPECT_EQ(ReasonOf(Claim(1, {}).status()), "TOKEN_MISSING");
  EXPECT_EQ(Claim(5, As(ROLE_FIELD_WORKER, Staff(1), "NYC"))->tasks_size(), 0);
  // A stolen token.
  auto thief = v1::TaskService::NewStub(rpc::Connect(target_, pki_.Identity("device/2"), {}));
  v1::ClaimTasksRequest steal;
  steal.set_request_id(NewId());
  steal.set_max_tasks(1);
  absl::Status stolen = rpc::Invoke(*thief, &Tasks::ClaimTasks, steal, Worker()).status();
  EXPECT_EQ(stolen.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(stolen), "TOKEN_BOUND_ELSEWHERE");
  // A request_id that was used for something else.
  const std::string id = NewId();
  ASSERT_EQ(Claim(1, Worker(), id)->tasks_size(), 1);
  absl::Status reused = Claim(2, Worker(), id).status();
  EXPECT_EQ(reused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(reused), "REQUEST_ID_REUSED");
  EXPECT_EQ(ReasonOf(Claim(1, Worker(), "1").status()), "BAD_FIELD");
  // A stale etag.
  v1::Task claimed = Claim(1, Worker(2))->tasks(0);
  v1::Task stale = claimed;
  stale.set_etag("1");
  absl::Status mismatch = Cancel(stale, Dispatcher()).status();
  EXPECT_EQ(mismatch.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(mismatch), "ETAG_MISMATCH");
  EXPECT_EQ(MetadataOf(mismatch)["etag"], claimed.etag());
  // A bad answer.
  v1::SubmitTaskRequest bad = Answered(claimed);
  bad.mutable_answers(0)->set_checklist("MAYBE");
  absl::Status answer = Submit(bad, Worker(2)).status();
  EXPECT_EQ(ReasonOf(answer), "BAD_FIELD");
  EXPECT_EQ(FieldViolationsOf(answer)[0].first, "answers[0].checklist");
  // A form that asks about a person.
  v1::CreateTaskKindRequest kind;
  kind.set_request_id(NewId());
  *kind.mutable_task_kind() = ToProto(SampleKind("OTHER"));
  kind.mutable_task_kind()->mutable_form()->mutable_questions(0)->set_item("PERSON_NATIONALITY");
  absl::Status person = rpc::Invoke(*kinds_, &v1::TaskKindService::Stub::CreateTaskKind, kind, Dispatcher()).status();
  EXPECT_EQ(FieldViolationsOf(person)[0].first, "task_kind.form.questions[0].item");
  // Own work.
  ASSERT_TRUE(Submit(Answered(claimed), Worker(2)).ok());
  rpc::CallOptions both = {
      .token = pki_.Token(device_, Staff(2), {GrantOf(ROLE_DISPATCHER, "CHI"), GrantOf(ROLE_FIELD_WORKER, "CHI")})};
  EXPECT_EQ(ReasonOf(Review(Get(claimed.name()), true, "", both).status()), "REVIEW_OF_OWN_WORK");
  // A place outside of the dispatcher's areas, and none at all.
  v1::CreateTaskRequest create;
  create.set_request_id(NewId());
  *create.mutable_task() = Wanted();
  auto make = [&](const rpc::CallOptions& options) {
    return rpc::Invoke(*tasks_, &Tasks::CreateTask, create, options).status();
  };
  absl::Status outside = make(As(ROLE_DISPATCHER, Staff(7), "NYC"));
  create.mutable_task()->set_place("places/" + NewId());
  EXPECT_EQ(outside.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(outside, make(Dispatcher()));
  // The whole index is for who keeps the root.
  v1::RebuildQueueRequest rebuild;
  rebuild.set_area("CHI");
  auto make_anew = [&](const rpc::CallOptions& options) {
    return rpc::Invoke(*queue_stub_, &v1::QueueService::Stub::RebuildQueue, rebuild, options).status();
  };
  EXPECT_TRUE(make_anew(Admin()).ok());
  EXPECT_EQ(make_anew(Dispatcher()).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(make_anew(As(ROLE_ADMIN, Staff(8), "CHI/A")).code(), absl::StatusCode::kNotFound);
  rebuild.set_area("CHI/A");
  EXPECT_EQ(ReasonOf(make_anew(As(ROLE_ADMIN, Staff(8), "CHI/A"))), "BAD_FIELD");
}

TEST_F(WorkApiTest, ARepeatedRequestGetsTheSameAnswer) {
  Prepare(10);
  WaitForIndex(10);
  const std::string id = NewId();
  auto first = Claim(3, Worker(), id), again = Claim(3, Worker(), id);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->tasks_size(), 3);
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
  // The same id of another caller is another request.
  auto other = Claim(3, Worker(2), id);
  ASSERT_EQ(other->tasks_size(), 3);
  EXPECT_NE(other->tasks(0).name(), first->tasks(0).name());

  v1::SubmitTaskRequest submit = Answered(first->tasks(0));
  auto result = Submit(submit, Worker());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Submit(submit, Worker())->SerializeAsString(), result->SerializeAsString());
  submit.set_request_id(NewId());
  EXPECT_EQ(ReasonOf(Submit(submit, Worker()).status()), "ALREADY_SUBMITTED");
}

// The right was judged at the claim: a phone that comes back after the end of its grant is late, not refused.
TEST_F(WorkApiTest, WhoClaimedItSubmitsItAfterTheGrantEnded) {
  Prepare(1);
  WaitForIndex(1);
  v1::Task task = Claim(1, Worker())->tasks(0);
  rpc::CallOptions ended = As(ROLE_FIELD_WORKER, Staff(1), "CHI", absl::Seconds(-1));
  Schema().Run("UPDATE task SET lease_until_us = 1 WHERE state = 3");
  auto late = Submit(Answered(task), ended);
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_EQ(late->state(), v1::SUBMISSION_STATE_LATE);
}

TEST_F(WorkApiTest, ADeadPhonesTaskIsOfferedAgain) {
  Prepare(1);
  WaitForIndex(1);
  v1::Task task = Claim(1, Worker())->tasks(0);
  EXPECT_EQ(Claim(1, Worker(2))->tasks_size(), 0);
  Schema().Run("UPDATE task SET lease_until_us = 1 WHERE state = 3");
  WaitForIndex(1);
  auto again = Claim(1, Worker(2));
  ASSERT_EQ(again->tasks_size(), 1);
  EXPECT_EQ(again->tasks(0).name(), task.name());
  EXPECT_EQ(again->tasks(0).attempt(), 2);
}

TEST_F(WorkApiTest, ThePositionOfASubmissionIsInNoTable) {
  Prepare(1);
  WaitForIndex(1);
  v1::SubmitTaskRequest request = Answered(Claim(1, Worker())->tasks(0));
  const double latitude = 41.8812345678;
  request.mutable_location()->set_latitude(latitude);
  request.mutable_location()->set_longitude(-87.6298765432);
  ASSERT_TRUE(Submit(request, Worker())->has_near_place());
  std::string bytes(sizeof latitude, 0);
  std::memcpy(bytes.data(), &latitude, sizeof latitude);
  auto connection = Schema().pool().Acquire(absl::Now() + absl::Seconds(10)).value();
  const mysql::Rows columns =
      connection
          ->Query("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()")
          .value();
  EXPECT_GT(columns.size(), 50u);
  for (mysql::Row column : columns) {
    auto found = connection->Query(fmt::format("SELECT COUNT(*) FROM `{0}` WHERE INSTR(CAST(`{1}` AS BINARY), ?) > 0 "
                                               "OR INSTR(CAST(`{1}` AS BINARY), '41.88123') > 0 OR "
                                               "INSTR(CAST(`{1}` AS BINARY), '418812345') > 0",
                                               column.Get<std::string>(0), column.Get<std::string>(1)),
                                   bytes);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ((*found)[0].Get<int>(0), 0) << column.Get<std::string>(0) << "." << column.Get<std::string>(1);
  }
}

TEST_F(WorkApiTest, WithoutMySqlEverythingIsUnavailableQuickly) {
  v1::Task task = Prepare(2).at(0);
  WaitForIndex(2);
  proxy_.reset();
  for (int i = 0; i < 3; ++i) {
    const absl::Time start = absl::Now();
    EXPECT_EQ(Get(task.name(), Dispatcher()).status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(Claim(1, Worker()).status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(Cancel(task, Dispatcher()).status().code(), absl::StatusCode::kUnavailable);
    EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  }
}

TEST_F(WorkApiTest, WithoutRedisClaimsGoOn) {
  Prepare(12);
  WaitForIndex(12);
  ASSERT_EQ(Claim(2, Worker())->tasks_size(), 2);
  redis_.Kill();
  const absl::Time start = absl::Now();
  std::set<std::string> claimed;
  for (int i = 0; i < 3; ++i) {
    auto tasks = Claim(2, Worker(2));
    ASSERT_TRUE(tasks.ok()) << tasks.status();
    ASSERT_EQ(tasks->tasks_size(), 2);
    for (const auto& task : tasks->tasks()) EXPECT_TRUE(claimed.insert(task.name()).second);
    ASSERT_TRUE(Submit(Answered(tasks->tasks(0)), Worker(2)).ok());
    ASSERT_TRUE(Release(tasks->tasks(1), Worker(2)).ok());
    claimed.erase(tasks->tasks(1).name());
  }
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  EXPECT_EQ(Create(3).size(), 3u);
  EXPECT_FALSE(Stats().has_indexed());
  EXPECT_EQ(Stats().total(), 15);

  redis_.Start();  // empty
  WaitForIndex(10);
  ASSERT_EQ(Claim(50, Worker(3))->tasks_size(), 10);
  EXPECT_EQ(Claim(50, Worker(3))->tasks_size(), 0);
}

TEST_F(WorkApiTest, ABatchOfFiveHundred) {
  EXPECT_EQ(Prepare(500).size(), 500u);
  WaitForIndex(500);
  v1::BatchCreateTasksRequest request;
  request.set_request_id(NewId());
  for (int i = 0; i < 501; ++i) *request.add_tasks() = Wanted();
  absl::Status refused = rpc::Invoke(*tasks_, &Tasks::BatchCreateTasks, request, Dispatcher()).status();
  EXPECT_EQ(FieldViolationsOf(refused)[0].first, "tasks");
}

}  // namespace
}  // namespace gridwork::tasks
