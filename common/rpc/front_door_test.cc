// The whole pipeline over real TLS, real certificates and tokens; only the service behind it is a probe.
#include "common/rpc/front_door.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <future>
#include <thread>

#include "common/base/error.h"
#include "common/rpc/client.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/server.h"
#include "probe/probe.grpc.pb.h"
#include "tests/support/fake_units.h"
#include "tests/support/probe/probe_service.h"
#include "tests/support/test_pki.h"

namespace gridwork::rpc {
namespace {

using probe::v1::EchoRequest;
using probe::v1::Thing;
using testing::GrantOf;
using testing::TestPki;
using Stub = probe::v1::ProbeService::Stub;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr char kService[] = "gridwork.probe.v1.ProbeService";

class FakeAccessLog : public AccessLog {
 public:
  absl::Status Record(const Access& access) override {
    MutexLock lock(mu_);
    entries_.push_back(access.call.method + " " + access.rule + " " +
                       std::string(absl::StatusCodeToString(access.outcome.code())));
    return fail_ ? absl::UnavailableError("disk full") : absl::OkStatus();
  }
  void Fail() {
    MutexLock lock(mu_);
    fail_ = true;
  }
  std::vector<std::string> entries() {
    MutexLock lock(mu_);
    return entries_;
  }

 private:
  Mutex mu_;
  bool fail_ GUARDED_BY(mu_) = false;
  std::vector<std::string> entries_ GUARDED_BY(mu_);
};

class FrontDoorTest : public ::testing::Test {
 protected:
  FrontDoorTest() {
    revocations_.Confirm(absl::InfiniteFuture());
    server::Config config;
    config.listen = "localhost:0";
    config.tls = pki_.Identity("svc/localhost");
    config.client_certificate_required = false;
    config.workers = 2;
    config.bulk_workers = 1;
    config.queue = 3;
    config.request_log_key = std::string(32, 'k');
    server_ = std::make_unique<server::Server>(config, authenticator_, units_, access_log_, clock_);
    door_ = std::make_unique<FrontDoor>(kService, server_->surroundings());
    probe_.Register(*door_);
    target_ = "localhost:" + std::to_string(server_->Start({door_.get()}));
  }
  ~FrontDoorTest() override { probe_.End(); }

  std::unique_ptr<Stub> StubOf(const TlsIdentity& identity) {
    return probe::v1::ProbeService::NewStub(Connect(target_, identity, {}));
  }

  CallOptions As(auth::Role role, const std::string& area, absl::Duration grant = absl::Hours(1)) {
    return {.token = pki_.Token(device_, "staff/1", {GrantOf(role, area, grant)})};
  }
  CallOptions Worker() { return As(options::v1::ROLE_FIELD_WORKER, "CITY/NORTH"); }
  CallOptions Dispatcher() { return As(options::v1::ROLE_DISPATCHER, "CITY/NORTH"); }

  absl::StatusOr<probe::v1::EchoResponse> Echo(const std::string& text, const CallOptions& options) {
    EchoRequest request;
    request.set_text(text);
    return Invoke(*stub_, &Stub::Echo, request, options);
  }
  absl::StatusOr<Thing> Get(const std::string& name, const CallOptions& options) {
    probe::v1::GetThingRequest request;
    request.set_name(name);
    return Invoke(*stub_, &Stub::GetThing, request, options);
  }
  absl::StatusOr<Thing> Update(const std::string& request_id, const std::string& text, const CallOptions& options) {
    probe::v1::UpdateThingRequest request;
    request.set_request_id(request_id);
    request.mutable_thing()->set_name("things/1");
    request.mutable_thing()->set_text(text);
    return Invoke(*stub_, &Stub::UpdateThing, request, options);
  }
  static std::string NewId(absl::Duration ago = absl::ZeroDuration()) { return Uuid::V7(absl::Now() - ago).ToString(); }

  TestPki pki_;
  auth::RevocationList revocations_;
  TokenAuthenticator authenticator_{TestPki::rules(), pki_.keys(), revocations_};
  testing::FakeUnits units_;
  FakeAccessLog access_log_;
  SystemClock clock_;
  probe::ProbeService probe_;
  std::unique_ptr<FrontDoor> door_;  // outlives the server
  std::unique_ptr<server::Server> server_;
  std::string target_;
  TlsIdentity device_ = pki_.Identity("device/1");
  std::unique_ptr<Stub> stub_ = nullptr;

  void SetUp() override { stub_ = StubOf(device_); }
};

TEST_F(FrontDoorTest, AnswersWhoMayCall) {
  EXPECT_EQ(Echo("hello", Worker())->text(), "hello");
  EXPECT_EQ(Get("things/1", Worker())->text(), "one");
}

TEST_F(FrontDoorTest, RefusesConnectionsOfAnotherAuthority) {
  auto stub = StubOf(TestPki::Stranger("device/1"));
  EXPECT_EQ(Invoke(*stub, &Stub::Hello, EchoRequest(), {.timeout = absl::Seconds(2)}).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(FrontDoorTest, NeedsACertificateUnlessOpenToAnyone) {
  auto stub = StubOf({.authority = device_.authority});
  EXPECT_EQ(Invoke(*stub, &Stub::Hello, EchoRequest(), {})->text(), "nobody");
  EXPECT_EQ(ReasonOf(Invoke(*stub, &Stub::Knock, EchoRequest(), {}).status()), "CERTIFICATE_MISSING");
  EXPECT_EQ(ReasonOf(Invoke(*stub, &Stub::Echo, EchoRequest(), Worker()).status()), "CERTIFICATE_MISSING");
  EXPECT_EQ(Invoke(*stub_, &Stub::Knock, EchoRequest(), {})->text(), "1");
}

TEST_F(FrontDoorTest, SaysWhereACallThatIsOpenToAnyoneComesFrom) {
  auto stub = StubOf({.authority = device_.authority});
  EchoRequest request;
  request.set_text("source");
  std::string source = Invoke(*stub, &Stub::Hello, request, {})->text();
  EXPECT_TRUE(source == "ipv4:127.0.0.1" || source == "ipv6:%5B::1%5D") << source;
  EXPECT_EQ(Invoke(*stub_, &Stub::Knock, request, {})->text(), "") << "who shows a certificate is known by it";
}

TEST_F(FrontDoorTest, NeedsAGoodToken) {
  EXPECT_EQ(ReasonOf(Echo("x", {}).status()), "TOKEN_MISSING");
  EXPECT_EQ(ReasonOf(Echo("x", {.token = "garbage"}).status()), "TOKEN_MALFORMED");
  auto expired = pki_.Token(device_, "staff/1", {GrantOf(options::v1::ROLE_FIELD_WORKER, "CITY")}, absl::Seconds(-1));
  EXPECT_EQ(ReasonOf(Echo("x", {.token = expired}).status()), "TOKEN_EXPIRED");
  EXPECT_EQ(probe_.started(), 0);
}

TEST_F(FrontDoorTest, RefusesWhatIsRevoked) {
  const absl::Time later = absl::Now() + absl::Hours(1);
  EXPECT_TRUE(Echo("x", Worker()).ok());
  revocations_.Apply({{auth::Revocation::Kind::kLogin, "login-1", 0, later}}, true, absl::Now());
  EXPECT_EQ(ReasonOf(Echo("x", Worker()).status()), "TOKEN_REVOKED") << "also one that was verified before";
  revocations_.Apply({{auth::Revocation::Kind::kAccount, "staff/1", 2, later}}, true, absl::Now());
  EXPECT_EQ(ReasonOf(Echo("x", Worker()).status()), "TOKEN_REVOKED");
  revocations_.Apply({{auth::Revocation::Kind::kDevice, "1", 0, later}}, true, absl::Now());
  EXPECT_EQ(ReasonOf(Echo("x", Worker()).status()), "DEVICE_REVOKED");
  EXPECT_EQ(ReasonOf(Invoke(*stub_, &Stub::Knock, EchoRequest(), {}).status()), "DEVICE_REVOKED")
      << "also what needs no token";
  EXPECT_EQ(Invoke(*stub_, &Stub::Hello, EchoRequest(), {})->text(), "1") << "it may enrol anew";
  revocations_.Apply({}, true, absl::Now());
  EXPECT_TRUE(Echo("x", Worker()).ok());
}

TEST_F(FrontDoorTest, AStaleListOfRevocationsStopsPersonalCallsOnly) {
  revocations_.Confirm(absl::Now() - absl::Seconds(31));
  absl::Status status = Get("things/1", Worker()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), "REVOCATIONS_STALE");
  EXPECT_GT(RetryAfterOf(status), absl::ZeroDuration());
  EXPECT_TRUE(Echo("x", Worker()).ok()) << "its reply holds no data of persons";
  revocations_.Confirm(absl::Now());
  EXPECT_TRUE(Get("things/1", Worker()).ok());
}

TEST_F(FrontDoorTest, RefusesAStolenToken) {
  auto thief = StubOf(pki_.Identity("device/2"));
  absl::Status status = Invoke(*thief, &Stub::Echo, EchoRequest(), Worker()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(status), "TOKEN_BOUND_ELSEWHERE");
}

TEST_F(FrontDoorTest, RefusesOtherRolesAndEndedGrants) {
  absl::Status status = Echo("x", As(options::v1::ROLE_DESK, "CITY")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(status), "ROLE_MISSING");
  EXPECT_EQ(ReasonOf(Echo("x", As(options::v1::ROLE_FIELD_WORKER, "CITY", absl::Seconds(-1))).status()),
            "GRANT_EXPIRED");
}

TEST_F(FrontDoorTest, UnknownAndForbiddenObjectsLookTheSame) {
  grpc::Status unknown, forbidden;
  for (auto [name, out] : {std::pair{"things/9", &unknown}, std::pair{"things/2", &forbidden}}) {
    probe::v1::GetThingRequest request;
    request.set_name(name);
    grpc::ClientContext context;
    Prepare(context, Worker());
    Thing thing;
    *out = stub_->GetThing(&context, request, &thing);
  }
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(unknown.error_message(), forbidden.error_message());
  EXPECT_EQ(unknown.error_details(), forbidden.error_details());
  EXPECT_EQ(ReasonOf(Get("", Worker()).status()), "BAD_FIELD");
}

TEST_F(FrontDoorTest, ListsGetTheAreasOfTheCaller) {
  auto names = [&](const CallOptions& options) {
    std::vector<std::string> out;
    auto reply = Invoke(*stub_, &Stub::ListThings, probe::v1::ListThingsRequest(), options);
    for (const Thing& thing : reply->things()) out.push_back(thing.name());
    return out;
  };
  EXPECT_THAT(names(Worker()), ElementsAre("things/1"));
  EXPECT_THAT(names(As(options::v1::ROLE_FIELD_WORKER, "CITY")), ElementsAre("things/1", "things/2"));
  EXPECT_THAT(names(As(options::v1::ROLE_FIELD_WORKER, "CITY/NO")), ElementsAre());
}

TEST_F(FrontDoorTest, ShowsAContactOnlyForItsPurpose) {
  CallOptions dispatcher = Dispatcher();
  EXPECT_EQ(ReasonOf(Get("things/1", dispatcher).status()),
            "NOT_FOUND");  // the reason is in the log, not in the answer
  dispatcher.purpose = "DISPATCH";
  EXPECT_EQ(Get("things/1", dispatcher)->contact(), "+1 312 555 0100");
  EXPECT_EQ(Get("things/1", Worker())->contact(), "");
  dispatcher.purpose = "CURIOSITY";
  EXPECT_EQ(ReasonOf(Get("things/1", dispatcher).status()), "PURPOSE_UNKNOWN");
}

TEST_F(FrontDoorTest, LetsNamedServicesInByTheirCertificate) {
  probe::v1::GetThingRequest request;
  request.set_name("things/2");
  auto tasks = StubOf(pki_.Identity("svc/tasks"));
  auto care = StubOf(pki_.Identity("svc/care"));
  EXPECT_EQ(Invoke(*tasks, &Stub::GetThing, request, {})->text(), "two");
  EXPECT_EQ(ReasonOf(Invoke(*care, &Stub::GetThing, request, {}).status()), "NOT_FOUND");
  EXPECT_EQ(ReasonOf(Invoke(*tasks, &Stub::Echo, EchoRequest(), {}).status()), "ROLE_MISSING");
}

TEST_F(FrontDoorTest, ARepeatedWriteHasOneEffectAndOneAnswer) {
  std::string id = NewId();
  EXPECT_EQ(Update(id, "first", Dispatcher())->text(), "first");
  EXPECT_EQ(Update(NewId(), "second", Dispatcher())->text(), "second");
  EXPECT_EQ(Update(id, "first", Dispatcher())->text(), "first");
  EXPECT_EQ(probe_.updates(), 2);
  EXPECT_EQ(ReasonOf(Update(id, "other body", Dispatcher()).status()), "REQUEST_ID_REUSED");
}

TEST_F(FrontDoorTest, ARefusedWriteMayBeTriedAgainWithItsId) {
  std::string id = NewId();
  EXPECT_EQ(ReasonOf(Update(id, "", Dispatcher()).status()), "BAD_FIELD");
  EXPECT_TRUE(Update(id, "now with text", Dispatcher()).ok());
}

TEST_F(FrontDoorTest, RequestIdsAreVersion7AndFromThisMonth) {
  for (const std::string& bad : {std::string(), std::string("1"), std::string("018f0000-0000-4000-8000-000000000000"),
                                 NewId(absl::Hours(24 * 31)), NewId(-absl::Hours(25))}) {
    absl::Status status = Update(bad, "x", Dispatcher()).status();
    EXPECT_EQ(FieldViolationsOf(status).at(0).first, "request_id") << bad;
  }
  EXPECT_TRUE(Update(NewId(absl::Hours(24 * 29)), "x", Dispatcher()).ok());
}

TEST_F(FrontDoorTest, DecidesEachItemOfABatch) {
  probe::v1::BatchUpdateThingsRequest request;
  request.set_request_id(NewId());
  for (const char* name : {"things/1", "things/2", "things/9", "", "x"}) request.add_things()->set_name(name);
  auto reply = Invoke(*stub_, &Stub::BatchUpdateThings, request, Dispatcher());
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_THAT(reply->outcomes(), ElementsAre("things/1", "NOT_FOUND", "NOT_FOUND", "BAD_FIELD things[3].name",
                                             "BAD_FIELD things[4].name"));

  for (int i = 0; i < 500; ++i) request.add_things()->set_name("things/1");
  request.set_request_id(NewId());
  EXPECT_EQ(ReasonOf(Invoke(*stub_, &Stub::BatchUpdateThings, request, Dispatcher()).status()), "BAD_FIELD");
}

TEST_F(FrontDoorTest, SaysInWhichFieldANameIsNone) {
  EXPECT_THAT(FieldViolationsOf(Get("x", Dispatcher()).status()), ElementsAre(Pair("name", "must be things/{id}")));
  probe::v1::UpdateThingRequest request;
  request.set_request_id(NewId());
  request.mutable_thing()->set_name("x");
  absl::Status status = Invoke(*stub_, &Stub::UpdateThing, request, Dispatcher()).status();
  EXPECT_THAT(FieldViolationsOf(status), ElementsAre(Pair("thing.name", "must be things/{id}")));
}

TEST_F(FrontDoorTest, KeepsFaultsOfTheServiceToItself) {
  for (const char* text : {"throw", "internal"}) {
    absl::Status status = Echo(text, Worker()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
    EXPECT_EQ(MetadataOf(status)["trace_id"].size(), 32);
  }
}

TEST_F(FrontDoorTest, RefusesAtOnceWhenTheQueueIsFull) {
  std::vector<std::thread> blocked;
  auto block = [&] { blocked.emplace_back([this] { EXPECT_TRUE(Echo("block", Worker()).ok()); }); };
  for (int i = 0; i < 2; ++i) block();  // these run
  while (probe_.started() < 2) absl::SleepFor(absl::Milliseconds(1));
  for (int i = 0; i < 3; ++i) block();  // these wait
  while (server_->surroundings().interactive.waiting() < 3) absl::SleepFor(absl::Milliseconds(1));

  absl::Status refused = Echo("one too many", Worker()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "SERVER_BUSY");
  EXPECT_GT(RetryAfterOf(refused), absl::ZeroDuration());
  probe_.Unblock();
  for (auto& thread : blocked) thread.join();
}

TEST_F(FrontDoorTest, NeverStartsACallWhoseTimeIsOver) {
  std::vector<std::thread> blocked;
  for (int i = 0; i < 2; ++i) blocked.emplace_back([&] { EXPECT_TRUE(Echo("block", Worker()).ok()); });
  while (probe_.started() < 2) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(Echo("late", {.timeout = absl::Milliseconds(100), .token = Worker().token}).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  absl::SleepFor(absl::Milliseconds(100));  // the server's idea of the deadline is a little later
  probe_.Unblock();
  for (auto& thread : blocked) thread.join();
  EXPECT_TRUE(Echo("next", Worker()).ok());
  EXPECT_EQ(probe_.started(), 3);
}

TEST_F(FrontDoorTest, BulkCallsDoNotWaitBehindInteractiveOnes) {
  std::vector<std::thread> blocked;
  for (int i = 0; i < 2; ++i) blocked.emplace_back([&] { EXPECT_TRUE(Echo("block", Worker()).ok()); });
  while (probe_.started() < 2) absl::SleepFor(absl::Milliseconds(1));
  probe::v1::BatchUpdateThingsRequest request;
  request.set_request_id(NewId());
  request.add_things()->set_name("things/1");
  EXPECT_TRUE(Invoke(*stub_, &Stub::BatchUpdateThings, request, Dispatcher()).ok());
  probe_.Unblock();
  for (auto& thread : blocked) thread.join();
}

TEST_F(FrontDoorTest, NoEntryNoData) {
  CallOptions dispatcher = Dispatcher();
  dispatcher.purpose = "DISPATCH";
  ASSERT_TRUE(Get("things/1", dispatcher).ok());
  ASSERT_FALSE(Get("things/2", dispatcher).ok());
  EXPECT_THAT(access_log_.entries(),
              ElementsAre("gridwork.probe.v1.ProbeService/GetThing gridwork.probe.v1.ProbeService/GetThing#0 OK",
                          "gridwork.probe.v1.ProbeService/GetThing  NOT_FOUND"));
  access_log_.Fail();
  EXPECT_EQ(ReasonOf(Get("things/1", dispatcher).status()), "ACCESS_LOG_AWAY");
  EXPECT_TRUE(Echo("not personal", Worker()).ok());
}

// ---- what never gets as far as a handler ----

absl::Status SendRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& bytes,
                     const CallOptions& options, bool compress = false) {
  grpc::ClientContext context;
  Prepare(context, options);
  if (compress) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  grpc::Slice slice(bytes);
  grpc::ByteBuffer request(&slice, 1), reply;
  std::promise<grpc::Status> done;
  grpc::GenericStub(channel).UnaryCall(&context, "/gridwork.probe.v1.ProbeService/Echo", {}, &request, &reply,
                                       [&](grpc::Status status) { done.set_value(std::move(status)); });
  return FromGrpc(done.get_future().get());
}

TEST_F(FrontDoorTest, RefusesGarbage) {
  auto channel = Connect(target_, device_, {});
  EXPECT_EQ(ReasonOf(SendRaw(channel, "\xff\xff\xff\xff", Worker())), "MALFORMED_REQUEST");
  EXPECT_EQ(ReasonOf(SendRaw(channel, std::string("\x0a\x05hel"), Worker())),
            "MALFORMED_REQUEST");  // truncated
  EXPECT_EQ(ReasonOf(SendRaw(channel, std::string("\x0a\x02\xc3\x28"), Worker())),
            "MALFORMED_REQUEST");  // not UTF-8
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += '\x0b';  // start of a group, 100,000 deep
  EXPECT_EQ(ReasonOf(SendRaw(channel, nested, Worker())), "MALFORMED_REQUEST");
  EXPECT_TRUE(SendRaw(channel, "", Worker()).ok());
  EXPECT_EQ(probe_.started(), 1);
}

TEST_F(FrontDoorTest, RefusesWhatIsTooLargeOrCompressed) {
  auto channel = Connect(target_, device_, {});
  EXPECT_EQ(SendRaw(channel, std::string(2 << 20, 'x'), Worker()).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(SendRaw(channel, std::string(100'000, 'x'), Worker(), true).code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(probe_.started(), 0);
}

// ---- mistakes in the program ----

TEST_F(FrontDoorTest, StopsTheProcessWhenAServiceIsNotWhole) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto exits = ::testing::ExitedWithCode(1);
  FrontDoor door(kService, server_->surroundings());
  EXPECT_EXIT(door.Ready(), exits, "");
  EXPECT_EXIT(FrontDoor("no.such.Service", server_->surroundings()), exits, "");
  EXPECT_EXIT(door.On("NoSuchRpc", &probe_, &probe::ProbeService::Echo), exits, "");
  EXPECT_EXIT(door.On("GetThing", &probe_, &probe::ProbeService::GetThing), exits, "");  // no loader yet
  EXPECT_EXIT(door.On("ListThings", &probe_, &probe::ProbeService::Echo), exits, "");    // another request
}

// A call that comes inside of another one: the same steps, the same answers.
class InnerCallsTest : public FrontDoorTest {
 protected:
  absl::StatusOr<InnerCalls::Answer> Make(const std::string& name, const std::string& text,
                                          const std::string& id = Uuid::V7(absl::Now()).ToString()) {
    probe::v1::UpdateThingRequest request;
    request.set_request_id(id);
    request.mutable_thing()->set_name(name);
    request.mutable_thing()->set_text(text);
    return server_->inner_calls().Make(outer_, request);
  }

  const std::string method_ = "gridwork.probe.v1.ProbeService/Outer";
  const auth::Caller caller_{.id = "staff/1",
                             .grants = {GrantOf(options::v1::ROLE_DISPATCHER, "CITY/NORTH", absl::Hours(1))}};
  const std::optional<auth::Peer> peer_;
  const Trace trace_ = Trace::Continue("");
  const CallContext outer_{method_, caller_, peer_, absl::Now(), absl::Now() + absl::Seconds(5), {}, trace_};
};

TEST_F(InnerCallsTest, AreDoneOnce) {
  const std::string id = Uuid::V7(absl::Now()).ToString();
  auto first = Make("things/1", "new", id);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->repeated);
  auto again = Make("things/1", "new", id);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->reply->SerializeAsString(), first->reply->SerializeAsString());
  EXPECT_EQ(ReasonOf(Make("things/1", "other", id).status()), "REQUEST_ID_REUSED");
}

TEST_F(InnerCallsTest, AreRefusedLikeOthers) {
  EXPECT_EQ(ReasonOf(Make("things/1", "").status()), "BAD_FIELD");
  EXPECT_EQ(ReasonOf(Make("things/1", "new", "no id").status()), "BAD_FIELD");
  EXPECT_EQ(Make("things/nowhere", "new").status(), Make("things/2", "new").status()) << "unknown and foreign";
  EXPECT_TRUE(absl::IsNotFound(Make("things/2", "new").status()));
  EXPECT_TRUE(absl::IsInternal(server_->inner_calls().Make(outer_, EchoRequest()).status())) << "no write";
}

TEST_F(InnerCallsTest, ATestMayMakeAnyCallThatAnswersAtOnce) {
  const auth::Caller worker{.id = "staff/2",
                            .grants = {GrantOf(options::v1::ROLE_FIELD_WORKER, "CITY/NORTH", absl::Hours(1))}};
  const CallContext as{method_, worker, peer_, absl::Now(), absl::Now() + absl::Seconds(5), {}, trace_};
  probe::v1::GetThingRequest get;
  get.set_name("things/1");
  auto got = door_->CallHere("GetThing", as, get);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(static_cast<const Thing&>(*got->reply).name(), "things/1");
  get.set_name("things/2");
  EXPECT_TRUE(absl::IsNotFound(door_->CallHere("GetThing", as, get).status()));
  probe::v1::UpdateThingRequest update;
  EXPECT_EQ(ReasonOf(door_->CallHere("UpdateThing", outer_, update).status()), "BAD_FIELD") << "no request_id";
  EXPECT_TRUE(absl::IsInternal(door_->CallHere("EchoLater", outer_, EchoRequest()).status()));
  EXPECT_TRUE(absl::IsInternal(door_->CallHere("WatchThings", outer_, EchoRequest()).status()));
}

TEST_F(InnerCallsTest, AFaultOfOursTellsNothing) {
  for (const char* text : {"throw", "internal"}) {
    absl::Status status = Make("things/1", text).status();
    EXPECT_EQ(ReasonOf(status), "INTERNAL");
    EXPECT_EQ(status.message().find("secret"), absl::string_view::npos) << status;
  }
}

}  // namespace
}  // namespace gridwork::rpc
