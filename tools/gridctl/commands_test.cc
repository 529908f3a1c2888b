// Commands against services that are played in this process, over TLS.
#include <absl/time/clock.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/auth/certificate_authority.h"
#include "common/rpc/status_map.h"
#include "gridwork/identity/v1/area_service.grpc.pb.h"
#include "gridwork/identity/v1/device_service.grpc.pb.h"
#include "gridwork/identity/v1/staff_service.grpc.pb.h"
#include "gridwork/identity/v1/token_service.grpc.pb.h"
#include "gridwork/tasks/v1/attachment_service.grpc.pb.h"
#include "gridwork/tasks/v1/place_service.grpc.pb.h"
#include "gridwork/tasks/v1/task_service.grpc.pb.h"
#include "tools/gridctl/context.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

using namespace identity::v1;  // NOLINT(google-build-using-namespace)
using nlohmann::json;
using testing::HasSubstr;

grpc::Status Refuse(absl::StatusCode code, const char* reason) { return rpc::ToGrpc(Error(code, reason, "no")); }

std::string Authorization(const grpc::ServerContext& context) {
  auto found = context.client_metadata().find("authorization");
  if (found == context.client_metadata().end()) return "";
  return {found->second.data(), found->second.size()};
}

class FakeDevices final : public DeviceService::Service {
 public:
  explicit FakeDevices(const auth::CertificateAuthority& authority) : authority_(authority) {}
  grpc::Status EnrolDevice(grpc::ServerContext*, const EnrolDeviceRequest* request,
                           EnrolDeviceResponse* response) override {
    if (request->code() != "GOOD") return Refuse(absl::StatusCode::kUnauthenticated, "ENROLMENT_CODE_WRONG");
    auto certificate = authority_.Sign(request->certificate_request(), "device/1", absl::Now(), absl::Hours(1));
    if (!certificate.ok()) return rpc::ToGrpc(certificate.status());
    response->set_certificate(*certificate);
    response->set_username("admin");
    return grpc::Status::OK;
  }

  grpc::Status RenewCertificate(grpc::ServerContext*, const RenewCertificateRequest* request,
                                RenewCertificateResponse* response) override {
    auto certificate = authority_.Sign(request->certificate_request(), "device/1", absl::Now(), absl::Hours(2));
    if (!certificate.ok()) return rpc::ToGrpc(certificate.status());
    response->set_certificate(*certificate);
    return grpc::Status::OK;
  }
  grpc::Status RevokeDevice(grpc::ServerContext*, const RevokeDeviceRequest* request, Device* response) override {
    revoked.push_back(request->name());
    response->set_name(request->name());
    *response->mutable_revoke_time() = ToProto(absl::Now());
    return grpc::Status::OK;
  }
  std::vector<std::string> revoked;

 private:
  const auth::CertificateAuthority& authority_;
};

// Keeps the last request of each kind.
class FakeStaff final : public StaffService::Service {
 public:
  grpc::Status PutQualification(grpc::ServerContext*, const PutQualificationRequest* request,
                                Staff* response) override {
    put = *request;
    *response->add_qualifications() = request->qualification();
    return grpc::Status::OK;
  }
  grpc::Status RemoveQualification(grpc::ServerContext*, const RemoveQualificationRequest* request, Staff*) override {
    remove = *request;
    return grpc::Status::OK;
  }
  grpc::Status AddAbsence(grpc::ServerContext*, const AddAbsenceRequest* request, Staff* response) override {
    absent = *request;
    *response->add_absences() = request->absence();
    return grpc::Status::OK;
  }
  grpc::Status EndAbsence(grpc::ServerContext*, const EndAbsenceRequest* request, Staff*) override {
    back = *request;
    return grpc::Status::OK;
  }
  grpc::Status DelegateGrant(grpc::ServerContext*, const DelegateGrantRequest* request, Staff* response) override {
    delegate = *request;
    response->add_grants()->set_delegated_from(request->name());
    return grpc::Status::OK;
  }
  PutQualificationRequest put;
  RemoveQualificationRequest remove;
  AddAbsenceRequest absent;
  EndAbsenceRequest back;
  DelegateGrantRequest delegate;
};

class FakeTokens final : public TokenService::Service {
 public:
  grpc::Status Login(grpc::ServerContext* context, const LoginRequest* request, LoginResponse* response) override {
    ++logins;
    bool shows_certificate = !context->auth_context()->FindPropertyValues("x509_pem_cert").empty();
    if (!shows_certificate || request->username() != "admin" || request->password() != "correct horse") {
      return Refuse(absl::StatusCode::kUnauthenticated, "LOGIN_FAILED");
    }
    response->set_access_token(fmt::format("token-{}", logins));
    response->set_staff("staff/1");
    *response->mutable_expire_time() = ToProto(absl::Now() + validity);
    if (gives_refresh_tokens) response->set_refresh_token(refresh_token = fmt::format("refresh-{}", ++refreshes));
    return grpc::Status::OK;
  }
  grpc::Status Refresh(grpc::ServerContext*, const RefreshRequest* request, RefreshResponse* response) override {
    shown.push_back(request->refresh_token());
    if (request->refresh_token() != refresh_token) {
      return Refuse(absl::StatusCode::kUnauthenticated, "REFRESH_FAILED");
    }
    response->set_access_token(fmt::format("token-by-{}", refresh_token));
    *response->mutable_expire_time() = ToProto(absl::Now() + validity);
    response->set_refresh_token(refresh_token = fmt::format("refresh-{}", ++refreshes));
    return grpc::Status::OK;
  }
  grpc::Status Logout(grpc::ServerContext*, const LogoutRequest* request, LogoutResponse*) override {
    if (request->refresh_token() == refresh_token) refresh_token = "none";
    return grpc::Status::OK;
  }
  int logins = 0;
  bool gives_refresh_tokens = false;
  int refreshes = 0;
  std::string refresh_token;       // the only good one
  std::vector<std::string> shown;  // what Refresh was asked for
  absl::Duration validity = absl::Minutes(5);
};

class FakeAreas final : public AreaService::Service {
 public:
  grpc::Status ListAreas(grpc::ServerContext* context, const ListAreasRequest* request,
                         ListAreasResponse* response) override {
    if (auto refused = Check(*context); !refused.ok()) return refused;
    // Two rows a page, whatever was asked for.
    size_t start = request->page_token().empty() ? 0 : std::stoul(request->page_token());
    for (size_t i = start; i < std::min(start + 2, areas.size()); ++i) *response->add_areas() = areas[i];
    if (start + 2 < areas.size()) response->set_next_page_token(std::to_string(start + 2));
    return grpc::Status::OK;
  }
  grpc::Status LocatePoints(grpc::ServerContext* context, const LocatePointsRequest* request,
                            LocatePointsResponse* response) override {
    if (auto refused = Check(*context); !refused.ok()) return refused;
    for (const auto& point : request->points())
      response->add_paths(point.latitude() < 42 ? "CHI/CA1" : "CHI/CHI-UNPLACED");
    return grpc::Status::OK;
  }
  grpc::Status CutGrids(grpc::ServerContext* context, const CutGridsRequest* request,
                        CutGridsResponse* response) override {
    if (auto refused = Check(*context); !refused.ok()) return refused;
    if (request->parent() == "areas/CA9") {
      return Refuse(absl::StatusCode::kFailedPrecondition, "AREA_WITHOUT_GEOMETRY");
    }
    cuts.push_back(fmt::format("{} {}", request->parent(), request->points_size()));
    response->add_grids();
    return grpc::Status::OK;
  }
  grpc::Status GetArea(grpc::ServerContext*, const GetAreaRequest* request, Area* response) override {
    for (const Area& area : areas) {
      if (area.name() != request->name()) continue;
      *response = area;
      return grpc::Status::OK;
    }
    return Refuse(absl::StatusCode::kNotFound, "NOT_FOUND");
  }
  grpc::Status SplitArea(grpc::ServerContext*, const SplitAreaRequest* request, SplitAreaResponse* response) override {
    changed.push_back(
        fmt::format("split {} {} {}", request->name(), request->points_size(), request->places_per_grid()));
    response->add_grids()->set_code("CA1-G01A");
    return grpc::Status::OK;
  }
  grpc::Status MergeAreas(grpc::ServerContext*, const MergeAreasRequest* request, Area* response) override {
    changed.push_back(fmt::format("merge {}: {} into {} {}", request->parent(), fmt::join(request->areas(), " "),
                                  request->code(), request->display_name()));
    response->set_code(request->code());
    return grpc::Status::OK;
  }
  grpc::Status ListAreaChanges(grpc::ServerContext*, const ListAreaChangesRequest* request,
                               ListAreaChangesResponse* response) override {
    auto* change = response->add_changes();
    change->set_number(7);
    change->set_kind(AreaChange::KIND_SPLIT);
    change->add_from("CHI/CA1/CA1-G01");
    for (const char* part : {"A", "B", "C", "D"}) change->add_into(fmt::format("CHI/CA1/CA1-G01/CA1-G01{}", part));
    changed.push_back("changes " + request->root());
    return grpc::Status::OK;
  }

  std::vector<Area> areas;
  std::vector<std::string> cuts, changed;
  std::string refused_token;  // as if it had been revoked

 private:
  grpc::Status Check(const grpc::ServerContext& context) {
    std::string shown = Authorization(context);
    bool good = shown.starts_with("Bearer token-") && shown != "Bearer " + refused_token;
    return good ? grpc::Status::OK : Refuse(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID");
  }
};

// Notes what it is asked, and answers with what was asked for.
class FakeTasks final : public tasks::v1::TaskService::Service {
 public:
  using Context = grpc::ServerContext;

  grpc::Status GetTask(Context*, const tasks::v1::GetTaskRequest* request, tasks::v1::Task* response) override {
    response->set_name(request->name());
    response->set_etag("7");
    return grpc::Status::OK;
  }
  grpc::Status ListTasks(Context*, const tasks::v1::ListTasksRequest* request,
                         tasks::v1::ListTasksResponse* response) override {
    Note("list", *request);
    response->add_tasks()->set_state(request->state());
    return grpc::Status::OK;
  }
  grpc::Status ClaimTasks(Context*, const tasks::v1::ClaimTasksRequest* request,
                          tasks::v1::ClaimTasksResponse* response) override {
    Note("claim", *request);
    for (const char* name : {"tasks/a", "tasks/b"}) {
      response->add_tasks()->set_name(name);
      response->mutable_tasks(response->tasks_size() - 1)->set_attempt(3);
    }
    return grpc::Status::OK;
  }
  grpc::Status Heartbeat(Context*, const tasks::v1::HeartbeatRequest* request,
                         tasks::v1::HeartbeatResponse* response) override {
    Note("heartbeat", *request);
    for (const auto& lease : request->leases()) response->add_leases()->set_name(lease.name());  // lost
    return grpc::Status::OK;
  }
  grpc::Status KeepOffline(Context*, const tasks::v1::KeepOfflineRequest* request,
                           tasks::v1::KeepOfflineResponse* response) override {
    Note("offline", *request);
    if (request->leases(0).attempt() == 1) {
      response->add_verdicts()->mutable_task()->set_lease_kind(tasks::v1::LEASE_KIND_OFFLINE);
    } else {
      *response->add_verdicts()->mutable_error() =
          rpc::ToRpcStatus(Error(absl::StatusCode::kFailedPrecondition, "TASK_NOT_YOURS", "it is over"));
    }
    return grpc::Status::OK;
  }
  grpc::Status FailTask(Context*, const tasks::v1::FailTaskRequest* request, tasks::v1::Task* response) override {
    Note("fail", *request);
    response->set_state(tasks::v1::TASK_STATE_SCHEDULED);
    return grpc::Status::OK;
  }
  grpc::Status ReplayTask(Context*, const tasks::v1::ReplayTaskRequest* request, tasks::v1::Task* response) override {
    Note("replay", *request);
    response->set_state(tasks::v1::TASK_STATE_READY);
    return grpc::Status::OK;
  }
  grpc::Status ReassignTask(Context*, const tasks::v1::ReassignTaskRequest* request,
                            tasks::v1::Task* response) override {
    Note("reassign", *request);
    response->set_assignee(request->assignee());
    return grpc::Status::OK;
  }
  grpc::Status ListTaskAttempts(Context*, const tasks::v1::ListTaskAttemptsRequest* request,
                                tasks::v1::ListTaskAttemptsResponse* response) override {
    Note("attempts", *request);
    auto* attempt = response->add_attempts();
    attempt->set_attempt(1);
    attempt->set_outcome(tasks::v1::ATTEMPT_OUTCOME_FAILED);
    attempt->set_fail_reason(tasks::v1::FAIL_REASON_WEATHER);
    return grpc::Status::OK;
  }
  grpc::Status ListLateSubmissions(Context*, const tasks::v1::ListLateSubmissionsRequest* request,
                                   tasks::v1::ListLateSubmissionsResponse* response) override {
    Note("late", *request);
    response->add_submissions()->set_name("tasks/a/submissions/1");
    return grpc::Status::OK;
  }
  grpc::Status DecideLateSubmission(Context*, const tasks::v1::DecideLateSubmissionRequest* request,
                                    tasks::v1::DecideLateSubmissionResponse* response) override {
    Note("decide", *request);
    response->mutable_submission()->set_state(tasks::v1::SUBMISSION_STATE_DUPLICATE);
    return grpc::Status::OK;
  }
  grpc::Status WatchTasks(Context* context, const tasks::v1::WatchTasksRequest* request,
                          grpc::ServerWriter<tasks::v1::WatchTasksResponse>* writer) override {
    Note("watch", *request);
    if (Authorization(*context) == "Bearer " + expired_token) {
      return Refuse(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED");
    }
    tasks::v1::WatchTasksResponse response;
    auto* work = response.add_work();
    work->set_grid("CHI/A/A-G1");
    work->add_roles(options::v1::ROLE_INSPECTOR);
    work->set_assigned(true);
    while (!context->IsCancelled() && writer->Write(response)) absl::SleepFor(absl::Milliseconds(20));
    return grpc::Status::OK;
  }

  std::vector<std::string> asked;  // without request ids
  std::string expired_token;

 private:
  void Note(const std::string& what, const google::protobuf::Message& request) {
    std::string text;
    google::protobuf::TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    std::unique_ptr<google::protobuf::Message> copy(request.New());
    copy->CopyFrom(request);
    for (const char* name : {"request_id", "offline_until_time"}) {
      if (const auto* field = copy->GetDescriptor()->FindFieldByName(name)) {
        if (copy->GetReflection()->HasField(*copy, field)) text += std::string(name) + " ";
        copy->GetReflection()->ClearField(copy.get(), field);
      }
    }
    std::string rest;
    printer.PrintToString(*copy, &rest);
    asked.push_back(what + " " + text + std::string(Trim(rest)));
  }
};

// Two places, one of which has no location.
class FakePlaces final : public tasks::v1::PlaceService::Service {
 public:
  grpc::Status ListPlaces(grpc::ServerContext*, const tasks::v1::ListPlacesRequest* request,
                          tasks::v1::ListPlacesResponse* response) override {
    if (request->area() != "CHI/CA1-G01") return Refuse(absl::StatusCode::kInvalidArgument, "BAD_FIELD");
    response->add_places()->mutable_location()->set_latitude(41);
    response->add_places();
    return grpc::Status::OK;
  }
};

// Keeps one picture, as it is sent; is away after so many pieces.
class FakeAttachments final : public tasks::v1::AttachmentService::Service {
 public:
  using Context = grpc::ServerContext;

  grpc::Status CreateAttachment(Context*, const tasks::v1::CreateAttachmentRequest* request,
                                tasks::v1::Attachment* response) override {
    created = *request;
    *response = Answer();
    return grpc::Status::OK;
  }
  grpc::Status UploadChunk(Context*, const tasks::v1::UploadChunkRequest* request,
                           tasks::v1::Attachment* response) override {
    if (pieces_left-- == 0) return Refuse(absl::StatusCode::kAborted, "CUT");
    if (request->offset() != static_cast<int64_t>(picture.size())) return Refuse(absl::StatusCode::kOutOfRange, "GAP");
    picture += request->data();
    ++pieces;
    *response = Answer();
    return grpc::Status::OK;
  }
  grpc::Status GetAttachment(Context*, const tasks::v1::GetAttachmentRequest*,
                             tasks::v1::Attachment* response) override {
    *response = Answer();
    return grpc::Status::OK;
  }
  grpc::Status ListAttachments(Context*, const tasks::v1::ListAttachmentsRequest*,
                               tasks::v1::ListAttachmentsResponse* response) override {
    *response->add_attachments() = Answer();
    response->add_awaited_photos()->set_key("ice_photo");
    return grpc::Status::OK;
  }
  grpc::Status DownloadChunk(Context*, const tasks::v1::DownloadChunkRequest* request,
                             tasks::v1::DownloadChunkResponse* response) override {
    if (pieces_left-- == 0) return Refuse(absl::StatusCode::kAborted, "CUT");
    ++pieces;
    response->set_data(picture.substr(static_cast<size_t>(request->offset()), 100'000));
    return grpc::Status::OK;
  }

  std::string picture, stored_sha256;
  bool rejects = false;
  int pieces = 0;
  int pieces_left = -1;  // none: no end
  tasks::v1::CreateAttachmentRequest created;

 private:
  tasks::v1::Attachment Answer() const {
    tasks::v1::Attachment out;
    out.set_name("attachments/a");
    const bool whole = static_cast<int64_t>(picture.size()) == created.size_bytes();
    out.set_state(!whole ? tasks::v1::Attachment::STATE_UPLOADING : tasks::v1::Attachment::STATE_READY);
    if (whole && rejects) {
      out.set_state(tasks::v1::Attachment::STATE_REJECTED);
      out.set_reject_reason(tasks::v1::Attachment::REJECT_REASON_UNSUPPORTED_TYPE);
    }
    out.set_size_bytes(created.size_bytes());
    out.set_received_bytes(static_cast<int64_t>(picture.size()));
    out.set_stored_bytes(static_cast<int64_t>(picture.size()));
    out.set_stored_sha256(stored_sha256.empty() ? created.sha256() : stored_sha256);
    return out;
  }
};

class CommandsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string folder = testing::TempDir() + "/gridctl_commands_pki";
    ASSERT_EQ(std::system((std::string(GRIDWORK_SOURCE_DIR "/tools/pki '") + folder + "' fake").c_str()),  // NOLINT
              0);
    pki = new std::string(folder);
  }

  void SetUp() override {
    home_ = testing::TempDir() + "/gridctl_commands_test";
    std::filesystem::remove_all(home_);
    setenv("GRIDCTL_HOME", home_.c_str(), 1);
    unsetenv("GRIDCTL_PASSWORD_FILE");
    ASSERT_TRUE(MakeFolder(home_).ok());
    password_ = home_ + "/password";
    ASSERT_TRUE(WriteFile(password_, "correct horse\n", 0600).ok());

    authority_ = *auth::CertificateAuthority::Create(*ReadFile(*pki + "/ca.pem"), *ReadFile(*pki + "/ca.key"));
    devices_ = std::make_unique<FakeDevices>(*authority_);
    grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = *ReadFile(*pki + "/ca.pem");
    tls.pem_key_cert_pairs.push_back({*ReadFile(*pki + "/svc-fake.key"), *ReadFile(*pki + "/svc-fake.pem")});
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port);
    builder.RegisterService(devices_.get());
    builder.RegisterService(&tokens_);
    builder.RegisterService(&areas_);
    builder.RegisterService(&staff_);
    builder.RegisterService(&tasks_);
    builder.RegisterService(&places_);
    builder.RegisterService(&attachments_);
    server_ = builder.BuildAndStart();
    target_ = fmt::format("localhost:{}", port);
  }

  void TearDown() override {
    server_->Shutdown(std::chrono::system_clock::now());
    unsetenv("GRIDCTL_HOME");
  }

  // What one start of the program does; its standard output is in `out_`.
  absl::Status Run(std::vector<std::string> arguments) {
    char* text = nullptr;
    size_t size = 0;
    FILE* out = open_memstream(&text, &size);
    Context context;
    context.output = Output(out);
    CLI::App app("", "gridctl");
    AddAllCommands(app, context);
    std::reverse(arguments.begin(), arguments.end());
    absl::Status status;
    try {
      app.parse(arguments);
      context.output.set_json(context.json);
      context.quiet = true;
      status = context.action();
    } catch (const CLI::ParseError& error) {
      status = UsageError(error.what());
    }
    fclose(out);
    out_.assign(text, size);
    free(text);  // NOLINT
    return status;
  }

  absl::Status Enrol(const std::string& code) {
    return Run({"device", "enrol", "--identity", target_, "--tasks", target_, "--authority", *pki + "/ca.pem", "--code",
                code, "--password-file", password_});
  }

  void AddArea(const std::string& code, const std::string& parent, const std::string& level) {
    Area area;
    area.set_name("areas/" + code);
    area.set_code(code);
    area.set_level(level);
    if (!parent.empty()) area.set_parent("areas/" + parent);
    area.set_path(parent.empty() ? code : "CHI/" + code);
    areas_.areas.push_back(area);
  }

  static std::string* pki;
  std::string home_;
  std::string password_;
  std::string target_;
  std::string out_;
  std::optional<auth::CertificateAuthority> authority_;
  std::unique_ptr<FakeDevices> devices_;
  FakeTokens tokens_;
  FakeAreas areas_;
  FakeStaff staff_;
  FakeTasks tasks_;
  FakePlaces places_;
  FakeAttachments attachments_;
  std::unique_ptr<grpc::Server> server_;
};

std::string* CommandsTest::pki = nullptr;

TEST_F(CommandsTest, EnrolWritesTheProfile) {
  absl::Status wrong = Enrol("BAD");
  EXPECT_EQ(ReasonOf(wrong), "ENROLMENT_CODE_WRONG");
  EXPECT_EQ(ExitCodeOf(wrong), ExitCode::kRefused);
  EXPECT_FALSE(ProfileFolder::Of("default")->Exists());

  ASSERT_TRUE(Enrol("GOOD").ok());
  auto profile = ProfileFolder::Of("default")->Load();
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->username, "admin");
  EXPECT_THAT(profile->key, HasSubstr("PRIVATE KEY"));
  EXPECT_THAT(profile->certificate, HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_EQ(ReasonOf(Enrol("GOOD")), "PROFILE_HAS_DEVICE");
}

TEST_F(CommandsTest, LogsInByItselfWithAPasswordFileOnly) {
  AddArea("CHI", "", "city");
  ASSERT_TRUE(Enrol("GOOD").ok());
  EXPECT_EQ(ReasonOf(Run({"area", "list"})), "LOGIN_NEEDED");
  ASSERT_TRUE(Run({"--password-file", password_, "area", "list"}).ok());
  EXPECT_EQ(tokens_.logins, 1);
  ASSERT_TRUE(Run({"area", "list"}).ok()) << "the token is kept";
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  EXPECT_EQ(tokens_.logins, 2);
  EXPECT_THAT(out_, HasSubstr("staff/1"));
  EXPECT_THAT(out_, Not(HasSubstr("token-")));

  tokens_.validity = absl::Seconds(1);  // over before it is used
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  EXPECT_EQ(ReasonOf(Run({"area", "list"})), "LOGIN_NEEDED");
}

TEST_F(CommandsTest, ARefusedTokenIsReplacedOnce) {
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  areas_.refused_token = "token-1";
  EXPECT_EQ(ReasonOf(Run({"area", "list"})), "TOKEN_INVALID");
  EXPECT_TRUE(Run({"area", "list", "--password-file", password_}).ok());
  EXPECT_EQ(tokens_.logins, 2);
  ASSERT_TRUE(WriteFile(password_, "wrong", 0600).ok());
  areas_.refused_token = "token-2";
  EXPECT_EQ(ReasonOf(Run({"area", "list", "--password-file", password_})), "LOGIN_FAILED");
}

TEST_F(CommandsTest, ALogInIsKeptAliveByItsRefreshToken) {
  tokens_.gives_refresh_tokens = true;
  tokens_.validity = absl::Seconds(1);  // over before it is used
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  EXPECT_THAT(out_, Not(HasSubstr("refresh-")));
  ASSERT_TRUE(Run({"area", "list"}).ok());
  ASSERT_TRUE(Run({"area", "list"}).ok());
  EXPECT_THAT(tokens_.shown, testing::ElementsAre("refresh-1", "refresh-2")) << "each once";
  EXPECT_EQ(tokens_.logins, 1);

  tokens_.refresh_token = "another";  // as after a reuse
  EXPECT_EQ(ReasonOf(Run({"area", "list"})), "LOGIN_NEEDED");
  ASSERT_TRUE(Run({"area", "list", "--password-file", password_}).ok());
  EXPECT_EQ(tokens_.logins, 2);
}

TEST_F(CommandsTest, ARefusedTokenIsRefreshed) {
  tokens_.gives_refresh_tokens = true;
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  areas_.refused_token = "token-1";  // as when a grant ended
  EXPECT_TRUE(Run({"area", "list"}).ok());
  EXPECT_THAT(tokens_.shown, testing::ElementsAre("refresh-1"));
}

TEST_F(CommandsTest, LogoutEndsTheLogIn) {
  tokens_.gives_refresh_tokens = true;
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  ASSERT_TRUE(Run({"logout"}).ok());
  EXPECT_EQ(tokens_.refresh_token, "none");
  EXPECT_EQ(ReasonOf(Run({"area", "list"})), "LOGIN_NEEDED");
  EXPECT_TRUE(Run({"logout"}).ok()) << "again";
}

TEST_F(CommandsTest, RenewReplacesTheCertificateOfTheSameKey) {
  ASSERT_TRUE(Enrol("GOOD").ok());
  auto before = ProfileFolder::Of("default")->Load();
  ASSERT_TRUE(Run({"device", "renew"}).ok());
  auto after = ProfileFolder::Of("default")->Load();
  EXPECT_NE(after->certificate, before->certificate);
  EXPECT_EQ(after->key, before->key);
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok()) << "they belong together";
}

TEST_F(CommandsTest, RevokesADevice) {
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"device", "revoke", "devices/7", "--password-file", password_}).ok());
  EXPECT_THAT(devices_->revoked, testing::ElementsAre("devices/7"));
  EXPECT_THAT(out_, HasSubstr("Revoked"));
}

TEST_F(CommandsTest, StaffIsQualifiedAbsentAndHandsGrantsOn) {
  const std::string ann = "staff/01900000-0000-7000-8000-000000000001";
  const std::string bob = "staff/01900000-0000-7000-8000-000000000002";
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  ASSERT_TRUE(Run({"staff", "qualify", ann, "--code", "LIFT", "--until", "90d"}).ok());
  EXPECT_EQ(staff_.put.staff(), ann);
  EXPECT_EQ(staff_.put.qualification().code(), "LIFT");
  EXPECT_NEAR(staff_.put.qualification().end_time().seconds(), absl::ToUnixSeconds(absl::Now() + absl::Hours(90 * 24)),
              3'700);
  EXPECT_THAT(out_, HasSubstr("LIFT until"));
  ASSERT_TRUE(Run({"staff", "qualify", ann, "--code", "LIFT", "--remove"}).ok());
  EXPECT_EQ(staff_.remove.code(), "LIFT");
  EXPECT_EQ(ExitCodeOf(Run({"staff", "qualify", ann, "--code", "LIFT"})), ExitCode::kUsage);

  ASSERT_TRUE(Run({"staff", "absent", ann, "--cover", bob, "--until", "10d"}).ok());
  EXPECT_EQ(staff_.absent.absence().staff(), ann);
  EXPECT_EQ(staff_.absent.absence().cover(), bob);
  EXPECT_FALSE(staff_.absent.absence().has_start_time());
  EXPECT_THAT(out_, HasSubstr("covered by " + bob));
  ASSERT_TRUE(Run({"staff", "back", ann + "/absences/1"}).ok());
  EXPECT_EQ(staff_.back.name(), ann + "/absences/1");

  ASSERT_TRUE(Run({"staff", "delegate", ann + "/grants/1", "--to", bob, "--area", "NO", "--until", "10d"}).ok());
  EXPECT_EQ(staff_.delegate.name(), ann + "/grants/1");
  EXPECT_EQ(staff_.delegate.staff(), bob);
  EXPECT_EQ(staff_.delegate.area(), "areas/NO");
  EXPECT_THAT(out_, HasSubstr(ann + "/grants/1"));
}

TEST_F(CommandsTest, ListsReadPageByPage) {
  for (const char* code : {"CHI", "A", "B", "C", "D"}) AddArea(code, code == std::string("CHI") ? "" : "CHI", "side");
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"--password-file", password_, "--json", "area", "list", "--limit", "0"}).ok());
  auto document = json::parse(out_);
  EXPECT_EQ(document["areas"].size(), 5u);
  EXPECT_EQ(document["next_page_token"], "");
  ASSERT_TRUE(Run({"--json", "area", "list", "--limit", "3"}).ok());
  EXPECT_NE(json::parse(out_)["next_page_token"], "");
}

TEST_F(CommandsTest, CutSkipsWhatIsCutAndReportsEachArea) {
  AddArea("CHI", "", "city");
  AddArea("CHI-UNPLACED", "CHI", "grid");
  AddArea("CA1", "CHI", "community_area");
  AddArea("CA2", "CHI", "community_area");
  AddArea("CA2-G01", "CA2", "grid");
  AddArea("CA3", "CHI", "community_area");
  AddArea("CA9", "CHI", "community_area");
  ASSERT_TRUE(Enrol("GOOD").ok());
  std::ofstream(home_ + "/points.csv") << "latitude,longitude\n41.1,-87\n41.2,-87\n43,-87\n,\n";
  absl::Status status =
      Run({"--json", "--password-file", password_, "area", "cut", "--root", "CHI", "--points", home_ + "/points.csv"});
  EXPECT_EQ(ReasonOf(status), "AREAS_NOT_CUT") << status;
  EXPECT_THAT(areas_.cuts, testing::ElementsAre("areas/CA1 2", "areas/CA3 0"));
  auto document = json::parse(out_);
  ASSERT_EQ(document["areas"].size(), 4u);
  EXPECT_EQ(document["areas"][0]["code"], "CA2");
  EXPECT_EQ(document["areas"][0]["result"], "SKIPPED");
  EXPECT_EQ(document["areas"][3]["result"], "FAILED");
  EXPECT_EQ(document["rows_without_point"], 1);
}

TEST_F(CommandsTest, GridsAreSplitMergedAndTheirChangesListed) {
  AddArea("CHI", "", "city");
  AddArea("CA1", "CHI", "community_area");
  AddArea("CA1-G01", "CA1", "grid");
  AddArea("CA1-G02", "CA1", "grid");
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"--password-file", password_, "area", "split", "CA1-G01"}).ok());
  EXPECT_THAT(out_, HasSubstr("CA1-G01A"));
  ASSERT_TRUE(Run({"area", "split", "CA1-G01", "--places-per-grid", "40"}).ok());
  EXPECT_FALSE(Run({"area", "split", "CA1-G01", "--places-per-grid", "0"}).ok());
  ASSERT_TRUE(Run({"area", "merge", "CA1-G01", "areas/CA1-G02", "--into", "CA1-G12"}).ok());
  EXPECT_FALSE(Run({"area", "merge", "CA1-G01", "--into", "CA1-G12"}).ok());
  ASSERT_TRUE(Run({"area", "changes", "--root", "CHI"}).ok());
  EXPECT_THAT(out_, HasSubstr("CA1-G01A CA1-G01B CA1-G01C and 1 more"));
  EXPECT_THAT(areas_.changed, testing::ElementsAre("split areas/CA1-G01 1 0", "split areas/CA1-G01 1 40",
                                                   "merge areas/CA1: areas/CA1-G01 areas/CA1-G02 into CA1-G12 CA1-G12",
                                                   "changes areas/CHI"));
}

TEST_F(CommandsTest, WhatAWorkerSaysOfTheirTasks) {
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  ASSERT_TRUE(Run({"task", "fail", "a", "--attempt", "2", "--reason", "no_access"}).ok());
  EXPECT_THAT(out_, HasSubstr("SCHEDULED"));
  EXPECT_EQ(ReasonOf(Run({"task", "fail", "a", "--attempt", "2", "--reason", "bored"})), "BAD_FIELD");
  ASSERT_TRUE(Run({"task", "offline", "a", "--attempt", "1", "--until", "10h"}).ok());
  EXPECT_THAT(out_, HasSubstr("OFFLINE"));
  EXPECT_EQ(ReasonOf(Run({"task", "offline", "a", "--attempt", "2", "--until", "10h"})), "TASK_NOT_YOURS");
  ASSERT_TRUE(Run({"task", "claim", "--max", "2", "--offline", "10h"}).ok());
  ASSERT_TRUE(Run({"task", "claim", "--max", "2", "--hold", "1h"}).ok());  // ends, as all are lost
  EXPECT_THAT(tasks_.asked,
              testing::ElementsAre("fail request_id name: \"tasks/a\" attempt: 2 reason: FAIL_REASON_NO_ACCESS",
                                   "offline request_id offline_until_time leases { name: \"tasks/a\" attempt: 1 }",
                                   "offline request_id offline_until_time leases { name: \"tasks/a\" attempt: 2 }",
                                   "claim request_id offline_until_time max_tasks: 2", "claim request_id max_tasks: 2",
                                   "heartbeat leases { name: \"tasks/a\" attempt: 3 } leases { name: \"tasks/b\" "
                                   "attempt: 3 }"));
}

TEST_F(CommandsTest, WhatADispatcherDecides) {
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  const std::string staff = "staff/018f0000-0000-7000-8000-000000000001";
  ASSERT_TRUE(Run({"task", "reassign", "a", "--to", staff, "--reason", "ABSENCE"}).ok());
  EXPECT_THAT(out_, HasSubstr(staff));
  ASSERT_TRUE(Run({"task", "reassign", "a", "--to-anybody", "--reason", "workload", "--etag", "3"}).ok());
  ASSERT_TRUE(Run({"task", "attempts", "a"}).ok());
  EXPECT_THAT(out_, HasSubstr("WEATHER"));
  ASSERT_TRUE(Run({"--json", "task", "late", "list", "--limit", "5"}).ok());
  EXPECT_EQ(json::parse(out_)["submissions"][0]["name"], "tasks/a/submissions/1");
  ASSERT_TRUE(Run({"task", "late", "decide", "tasks/a/submissions/1", "--as", "duplicate", "--note", "two"}).ok());
  EXPECT_THAT(out_, HasSubstr("DUPLICATE"));
  ASSERT_TRUE(Run({"queue", "dead", "--limit", "5"}).ok());
  EXPECT_THAT(out_, HasSubstr("DEAD"));
  ASSERT_TRUE(Run({"queue", "replay", "a", "--reason", "try_again"}).ok());
  EXPECT_THAT(tasks_.asked, testing::ElementsAre(
                                "reassign request_id name: \"tasks/a\" etag: \"7\" assignee: \"" + staff +
                                    "\" reason: ASSIGN_REASON_ABSENCE",
                                "reassign request_id name: \"tasks/a\" etag: \"3\" reason: ASSIGN_REASON_WORKLOAD",
                                "attempts parent: \"tasks/a\" page_size: 100", "late page_size: 5",
                                "decide request_id name: \"tasks/a/submissions/1\" decision: DECISION_DUPLICATE note: "
                                "\"two\"",
                                "list state: TASK_STATE_DEAD page_size: 5",
                                "replay request_id name: \"tasks/a\" etag: \"7\" reason: REPLAY_REASON_TRY_AGAIN"));
}

// Until it is told enough; a stream that ends with its token is opened again.
TEST_F(CommandsTest, WatchesForWork) {
  ASSERT_TRUE(Enrol("GOOD").ok());
  tasks_.expired_token = "token-1";
  ASSERT_TRUE(Run({"--password-file", password_, "task", "watch", "--limit", "3"}).ok());
  const std::string line = "CHI/A/A-G1  INSPECTOR  assigned to you\n";
  EXPECT_EQ(out_, line + line + line);
  EXPECT_EQ(tasks_.asked.size(), 2u);
  EXPECT_EQ(tokens_.logins, 2);
  tasks_.expired_token = "token-2";
  EXPECT_EQ(ReasonOf(Run({"task", "watch", "--limit", "1"})), "TOKEN_EXPIRED");
}

TEST_F(CommandsTest, AServiceThatIsAway) {
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  server_->Shutdown(std::chrono::system_clock::now());
  EXPECT_EQ(ExitCodeOf(Run({"area", "list", "--timeout", "2"})), ExitCode::kUnavailable);
}

TEST_F(CommandsTest, UsageErrors) {
  for (std::vector<std::string> bad :
       std::vector<std::vector<std::string>>{{},
                                             {"area"},
                                             {"area", "show"},
                                             {"area", "nonsense"},
                                             {"staff", "grant", "--staff", "x"},
                                             {"place", "import", "f", "--mapping", "m", "--root", "CHI", "--resume"},
                                             {"task", "create", "--file", "f", "--kind", "K"},
                                             {"task", "review", "tasks/x"},
                                             {"task", "review", "tasks/x", "--accept", "--return", "no"},
                                             {"task", "claim", "--max", "51"},
                                             {"task", "claim", "--request-id", "not-a-uuid"},
                                             {"task", "claim", "--hold", "1h", "--offline", "1h"},
                                             {"task", "reassign", "x", "--reason", "ABSENCE"},
                                             {"task", "reassign", "x", "--to", "y"},
                                             {"task", "fail", "x", "--attempt", "1"},
                                             {"task", "late"},
                                             {"queue", "replay", "x"},
                                             {"completion", "fish"}}) {
    EXPECT_EQ(ExitCodeOf(Run(bad)), ExitCode::kUsage) << fmt::format("{}", fmt::join(bad, " "));
  }
  EXPECT_EQ(ReasonOf(Run({"area", "show", "CHI"})), "NO_PROFILE");
}

TEST_F(CommandsTest, APhotoGoesUpAndComesDownThroughCuts) {
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  std::string picture;
  for (int i = 0; i < 300'000; ++i) picture.push_back(static_cast<char>(i * 7 + i / 256));
  const std::string file = home_ + "/picture.jpg", out = home_ + "/out.jpg";
  ASSERT_TRUE(WriteFile(file, picture, 0600).ok());
  const std::vector<std::string> put = {"attachment", "put", file, "--task", "a", "--attempt", "2"};
  attachments_.pieces_left = 1;
  EXPECT_EQ(ReasonOf(Run(put)), "CUT");
  attachments_.pieces_left = -1;
  ASSERT_TRUE(Run(put).ok());
  EXPECT_THAT(out_, HasSubstr("READY"));
  EXPECT_EQ(attachments_.pieces, 3) << "the first piece was not sent again";
  EXPECT_EQ(attachments_.picture, picture);
  EXPECT_EQ(attachments_.created.parent(), "tasks/a");
  EXPECT_EQ(attachments_.created.attempt(), 2);

  attachments_.pieces = 0;
  attachments_.pieces_left = 2;
  const std::vector<std::string> get = {"attachment", "get", "attachments/a", "--out", out};
  EXPECT_EQ(ReasonOf(Run(get)), "CUT");
  EXPECT_FALSE(std::filesystem::exists(out));
  attachments_.pieces_left = -1;
  ASSERT_TRUE(Run(get).ok());
  EXPECT_EQ(attachments_.pieces, 3);
  EXPECT_EQ(*ReadFile(out), picture);
  EXPECT_FALSE(std::filesystem::exists(out + ".a.part"));

  attachments_.stored_sha256 = "another";
  EXPECT_EQ(ReasonOf(Run(get)), "SHA256_MISMATCH");
  ASSERT_TRUE(Run({"attachment", "list", "a"}).ok());
  EXPECT_THAT(out_, HasSubstr("awaited: ice_photo"));
}

TEST_F(CommandsTest, APhotoThatIsRejectedIsAnError) {
  ASSERT_TRUE(Enrol("GOOD").ok());
  ASSERT_TRUE(Run({"login", "--password-file", password_}).ok());
  attachments_.rejects = true;
  ASSERT_TRUE(WriteFile(home_ + "/text", "no picture", 0600).ok());
  absl::Status status = Run({"attachment", "put", home_ + "/text", "--task", "a", "--attempt", "1"});
  EXPECT_EQ(ReasonOf(status), "ATTACHMENT_REJECTED");
  EXPECT_NE(ExitCodeOf(status), ExitCode::kOk);
  EXPECT_THAT(out_, HasSubstr("UNSUPPORTED_TYPE"));
}

}  // namespace
}  // namespace gridwork::ctl
