// Streams and answers that come later, over real TLS and gRPC.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <future>
#include <iterator>
#include <thread>

#include "common/base/error.h"
#include "common/rpc/client.h"
#include "common/rpc/front_door.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/server.h"
#include "probe/probe.grpc.pb.h"
#include "tests/support/fake_units.h"
#include "tests/support/probe/probe_service.h"
#include "tests/support/test_pki.h"

namespace gridwork::rpc {
namespace {

using probe::v1::EchoRequest;
using probe::v1::EchoResponse;
using testing::GrantOf;
using testing::TestPki;
using Stub = probe::v1::ProbeService::Stub;

class FrontDoorStreamTest : public ::testing::Test {
 protected:
  FrontDoorStreamTest() {
    revocations_.Confirm(absl::InfiniteFuture());
    server::Config config;
    config.listen = "localhost:0";
    config.tls = pki_.Identity("svc/localhost");
    config.workers = 1;
    config.bulk_workers = 1;
    config.request_log_key = std::string(32, 'k');
    server_ = std::make_unique<server::Server>(config, authenticator_, units_, access_log_, clock_);
    door_ = std::make_unique<FrontDoor>("gridwork.probe.v1.ProbeService", server_->surroundings());
    probe_.Register(*door_);
    target_ = "localhost:" + std::to_string(server_->Start({door_.get()}));
    stub_ = probe::v1::ProbeService::NewStub(Connect(target_, device_, {}));
  }
  ~FrontDoorStreamTest() override { probe_.End(); }

  std::string Token(const std::string& subject, auth::Role role = options::v1::ROLE_FIELD_WORKER) {
    return pki_.Token(device_, subject, {GrantOf(role, "CITY/NORTH", absl::Hours(1))});
  }
  CallOptions Worker(const std::string& subject = "staff/1") { return {.token = Token(subject)}; }

  // An open stream, as a client sees it.
  struct Watch {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<EchoResponse>> reader;
    std::string Next() {
      EchoResponse response;
      return reader->Read(&response) ? response.text() : "(over)";
    }
    absl::Status End() { return FromGrpc(reader->Finish()); }
  };
  std::unique_ptr<Watch> Open(const CallOptions& options, const std::string& text = "") {
    auto watch = std::make_unique<Watch>();
    Prepare(watch->context, options);
    EchoRequest request;
    request.set_text(text);
    watch->reader = stub_->WatchThings(&watch->context, request);
    return watch;
  }
  absl::StatusOr<EchoResponse> Call(decltype(&Stub::Echo) method, const std::string& text) {
    EchoRequest request;
    request.set_text(text);
    return Invoke(*stub_, method, request, Worker());
  }
  void WaitForStreams(int count) {
    for (int i = 0; i < 500 && probe_.streams() != count; ++i) absl::SleepFor(absl::Milliseconds(10));
    EXPECT_EQ(probe_.streams(), count);
  }

  TestPki pki_;
  auth::RevocationList revocations_;
  TokenAuthenticator authenticator_{TestPki::rules(), pki_.keys(), revocations_};
  testing::FakeUnits units_;
  NoAccessLog access_log_;
  SystemClock clock_;
  probe::ProbeService probe_;
  std::unique_ptr<FrontDoor> door_;  // outlives the server
  std::unique_ptr<server::Server> server_;
  TlsIdentity device_ = pki_.Identity("device/1");
  std::string target_;
  std::unique_ptr<Stub> stub_;
};

TEST_F(FrontDoorStreamTest, TellsWhatThereIsInTheCallersAreas) {
  auto watch = Open(Worker());
  EXPECT_EQ(watch->Next(), "CITY/NORTH");
  WaitForStreams(1);
  EXPECT_EQ(probe_.Tell("one"), 1);
  EXPECT_EQ(probe_.Tell("two"), 1);
  EXPECT_EQ(watch->Next(), "one");
  EXPECT_EQ(watch->Next(), "two");
}

// The same refusals as everywhere, before the handler is asked.
TEST_F(FrontDoorStreamTest, NeedsWhatEveryCallNeeds) {
  auto refused = [&](const CallOptions& options, const std::string& text = "") {
    auto watch = Open(options, text);
    EXPECT_EQ(watch->Next(), "(over)");
    return ReasonOf(watch->End());
  };
  EXPECT_EQ(refused({}), "TOKEN_MISSING");
  EXPECT_EQ(refused({.token = "garbage"}), "TOKEN_MALFORMED");
  EXPECT_EQ(refused({.token = Token("staff/1", options::v1::ROLE_DISPATCHER)}), "ROLE_MISSING");
  EXPECT_EQ(refused(Worker(), "refuse"), "NOT_TODAY");
  EXPECT_EQ(probe_.streams(), 0);
}

TEST_F(FrontDoorStreamTest, ThatStayOpenHoldNoWorker) {
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < 60; ++i) watches.push_back(Open(Worker("staff/" + std::to_string(i))));
  for (auto& watch : watches) EXPECT_EQ(watch->Next(), "CITY/NORTH");
  EXPECT_EQ(Call(&Stub::Echo, "there is one worker")->text(), "there is one worker");
  EXPECT_EQ(probe_.Tell("all"), 60);
  for (auto& watch : watches) EXPECT_EQ(watch->Next(), "all");
}

int ThreadsOfThisProcess() {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

// Of a shift that begins: as many streams as fit into ten connections, and no thread more than for one.
TEST_F(FrontDoorStreamTest, HundredsCostNoThreads) {
  auto first = Open(Worker());
  EXPECT_EQ(first->Next(), "CITY/NORTH");
  const int threads = ThreadsOfThisProcess();
  std::vector<std::unique_ptr<Stub>> connections;
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < 10; ++i) {
    connections.push_back(probe::v1::ProbeService::NewStub(Connect(target_, device_, {})));
    stub_.swap(connections.back());
    for (int stream = 0; stream < 60; ++stream) {
      watches.push_back(Open(Worker("staff/" + std::to_string(100 * i + stream))));
    }
    stub_.swap(connections.back());
  }
  for (auto& watch : watches) ASSERT_EQ(watch->Next(), "CITY/NORTH");
  EXPECT_EQ(probe_.Tell("all"), 601);
  for (auto& watch : watches) ASSERT_EQ(watch->Next(), "all");
  EXPECT_LT(ThreadsOfThisProcess() - threads, 20);  // gRPC's own come and go
}

TEST_F(FrontDoorStreamTest, AClientThatLeavesIsForgotten) {
  auto watch = Open(Worker());
  EXPECT_EQ(watch->Next(), "CITY/NORTH");
  watch->context.TryCancel();
  EXPECT_EQ(watch->End().code(), absl::StatusCode::kCancelled);
  WaitForStreams(0);
  EXPECT_EQ(probe_.Tell("nobody"), 0);
}

TEST_F(FrontDoorStreamTest, ACallerHasSomeStreamsAtATime) {
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < StreamTable::kOfCaller; ++i) {
    watches.push_back(Open(Worker()));
    EXPECT_EQ(watches.back()->Next(), "CITY/NORTH");
  }
  auto refused = Open(Worker());
  EXPECT_EQ(refused->Next(), "(over)");
  absl::Status status = refused->End();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), "TOO_MANY_STREAMS");
  EXPECT_EQ(Open(Worker("staff/2"))->Next(), "CITY/NORTH");
  watches[0]->context.TryCancel();
  watches[0]->End().IgnoreError();
  std::string first;
  for (int i = 0; i < 500 && first != "CITY/NORTH"; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
    first = Open(Worker())->Next();
  }
  EXPECT_EQ(first, "CITY/NORTH");
}

// The token is good at the opening; it is not asked for again until it is over.
TEST_F(FrontDoorStreamTest, EndsWithTheTokenOfItsCaller) {
  auto soon = pki_.Token(device_, "staff/1", {GrantOf(options::v1::ROLE_FIELD_WORKER, "CITY/NORTH", absl::Hours(1))},
                         absl::Seconds(3));
  auto watch = Open({.timeout = absl::Seconds(30), .token = soon});
  EXPECT_EQ(watch->Next(), "CITY/NORTH");
  const absl::Time begin = absl::Now();
  EXPECT_EQ(watch->Next(), "(over)");
  EXPECT_LT(absl::Now() - begin, absl::Seconds(8));
  absl::Status status = watch->End();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(status), "TOKEN_EXPIRED");
}

// A phone that was stolen hears nothing more.
TEST_F(FrontDoorStreamTest, EndsWhenItsCallerIsRevoked) {
  auto watch = Open(Worker()), other = Open(Worker("staff/2"));
  EXPECT_EQ(watch->Next(), "CITY/NORTH");
  EXPECT_EQ(other->Next(), "CITY/NORTH");
  revocations_.Apply({{auth::Revocation::Kind::kAccount, "staff/1", 1'000, absl::InfiniteFuture()}}, false,
                     absl::Now());
  const absl::Time begin = absl::Now();
  EXPECT_EQ(watch->Next(), "(over)");
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2));
  EXPECT_EQ(ReasonOf(watch->End()), "TOKEN_REVOKED");
  EXPECT_EQ(probe_.Tell("still here"), 1);
  EXPECT_EQ(other->Next(), "still here");
}

TEST_F(FrontDoorStreamTest, AServerThatStopsEndsItsStreams) {
  auto watch = Open(Worker());
  EXPECT_EQ(watch->Next(), "CITY/NORTH");
  const absl::Time begin = absl::Now();
  server_->Stop();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  EXPECT_EQ(watch->Next(), "(over)");
  EXPECT_EQ(watch->End().code(), absl::StatusCode::kUnavailable);
}

// A client that does not read costs some messages, neither memory nor the others.
TEST_F(FrontDoorStreamTest, ASlowClientIsToldNoMoreThanItTakes) {
  auto slow = Open(Worker()), quick = Open(Worker("staff/2"));
  EXPECT_EQ(quick->Next(), "CITY/NORTH");
  WaitForStreams(2);
  const std::string large(200'000, 'x');
  int taken = 0;
  bool refused = false;
  for (int i = 0; i < 200 && !refused; ++i) {
    int took = probe_.Tell(large);
    taken += took;
    refused = took < 2;
    ASSERT_EQ(quick->Next().size(), large.size());
  }
  EXPECT_TRUE(refused);
  server_->Stop();  // does not wait for it
  EXPECT_EQ(quick->Next(), "(over)");
}

TEST_F(FrontDoorStreamTest, AnAnswerThatComesLaterHoldsNoWorker) {
  std::vector<std::future<absl::StatusOr<EchoResponse>>> blocked;
  for (int i = 0; i < 20; ++i)
    blocked.push_back(std::async(std::launch::async, [&] { return Call(&Stub::EchoLater, "block"); }));
  EXPECT_EQ(Call(&Stub::Echo, "there is one worker")->text(), "there is one worker");
  EXPECT_EQ(Call(&Stub::EchoLater, "now")->text(), "now");
  EXPECT_EQ(ReasonOf(Call(&Stub::EchoLater, "internal").status()), "INTERNAL");
  EXPECT_EQ(ReasonOf(Invoke(*stub_, &Stub::EchoLater, EchoRequest(), {}).status()), "TOKEN_MISSING");
  probe_.Unblock();
  for (auto& answer : blocked) EXPECT_EQ(answer.get()->text(), "block");
}

}  // namespace
}  // namespace gridwork::rpc
