// Certificates that are replaced while calls go on: no call fails, and new connections show the new one.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/rpc/client.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/server.h"
#include "probe/probe.grpc.pb.h"
#include "tests/support/fake_units.h"
#include "tests/support/probe/probe_service.h"
#include "tests/support/test_pki.h"

namespace gridwork::server {
namespace {

using probe::v1::EchoRequest;
using Stub = probe::v1::ProbeService::Stub;
using testing::TestPki;

void Replace(const std::string& file, const std::string& text) {
  std::ofstream(file + ".new") << text;
  std::filesystem::rename(file + ".new", file);
}

// An identity in a folder of its own, whose certificate can be renewed for the same key.
class Files {
 public:
  Files(const TestPki& pki, const std::string& name, const std::string& path) : pki_(pki), path_(path) {
    // Of its own for each: a watcher may outlive its test by a moment.
    static int count = 0;
    folder_ = fmt::format("{}/tls_reload_{}_{}_{}", ::testing::TempDir(), name, getpid(), ++count);
    std::filesystem::create_directories(folder_);
    identity_ = pki_.Identity(path);
    files_ = {folder_ + "/ca.pem", folder_ + "/own.pem", folder_ + "/own.key"};
    Replace(files_.authority, identity_.authority);
    Replace(files_.certificate, identity_.certificate);
    Replace(files_.key, identity_.key);
  }
  void Renew() {
    identity_.certificate = pki_.Renewed(identity_, path_);
    Replace(files_.certificate, identity_.certificate);
  }
  rpc::TlsIdentity identity() const {
    rpc::TlsIdentity out;
    out.files = files_;
    return out;
  }
  const std::string& certificate() const { return identity_.certificate; }

 private:
  const TestPki& pki_;
  const std::string path_;
  std::string folder_;
  rpc::TlsIdentity identity_;
  rpc::TlsFiles files_;
};

class TlsReloadTest : public ::testing::Test {
 protected:
  TlsReloadTest() {
    Config config;
    config.listen = "localhost:0";
    config.tls = own_.identity();
    config.request_log_key = std::string(32, 'k');
    server_ = std::make_unique<Server>(config, authenticator_, units_, access_log_, clock_);
    door_ = std::make_unique<rpc::FrontDoor>("gridwork.probe.v1.ProbeService", server_->surroundings());
    probe_.Register(*door_);
    target_ = fmt::format("localhost:{}", server_->Start({door_.get()}));
  }

  // One call on a connection of its own. What the server showed, or "" when the call failed.
  std::string ServerCertificate(const rpc::TlsIdentity& as) {
    auto stub = probe::v1::ProbeService::NewStub(rpc::Connect(target_, as, {}));
    grpc::ClientContext context;
    rpc::Prepare(context, {});
    probe::v1::EchoResponse response;
    grpc::Status status = stub->Knock(&context, EchoRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    if (!status.ok()) return "";
    auto shown = context.auth_context()->FindPropertyValues("x509_pem_cert");
    return shown.empty() ? "" : std::string(shown[0].data(), shown[0].size());
  }

  // The files are read every second; a busy machine may take longer.
  bool ShowsSoon(const std::string& certificate) {
    const absl::Time end = absl::Now() + absl::Seconds(15);
    while (ServerCertificate(peer_.identity()) != certificate) {
      if (absl::Now() > end) return false;
      absl::SleepFor(absl::Milliseconds(100));
    }
    return true;
  }

  TestPki pki_;
  Files own_{pki_, "server", "svc/localhost"}, peer_{pki_, "peer", "svc/peer"};
  rpc::TokenAuthenticator authenticator_{TestPki::rules(), pki_.keys(), pki_.revocations()};
  testing::FakeUnits units_;
  rpc::NoAccessLog access_log_;
  SystemClock clock_;
  probe::ProbeService probe_;
  std::unique_ptr<rpc::FrontDoor> door_;  // outlives the server
  std::unique_ptr<Server> server_;
  std::string target_;
};

TEST_F(TlsReloadTest, NoCallFailsWhileCertificatesAreReplaced) {
  std::atomic<bool> stop = false;
  std::atomic<int> calls = 0, failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      auto kept = rpc::Connect(target_, peer_.identity(), {});
      while (!stop) {  // one of them on a new connection each time
        auto channel = i == 0 ? kept : rpc::Connect(target_, peer_.identity(), {});
        auto stub = probe::v1::ProbeService::NewStub(channel);
        auto reply = rpc::Invoke(*stub, &Stub::Knock, EchoRequest(), {});
        if (!reply.ok()) ADD_FAILURE() << reply.status();
        failures += reply.ok() ? 0 : 1;
        ++calls;
      }
    });
  }
  const std::string before = own_.certificate();
  EXPECT_EQ(ServerCertificate(peer_.identity()), before);
  for (int i = 0; i < 3; ++i) {
    own_.Renew();
    peer_.Renew();
    absl::SleepFor(absl::Milliseconds(1'700));
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_NE(own_.certificate(), before);
  EXPECT_TRUE(ShowsSoon(own_.certificate()));
  EXPECT_EQ(failures, 0);
  EXPECT_GT(calls, 100);
}

TEST_F(TlsReloadTest, AConnectionOutlivesTheCertificateThatItWasMadeWith) {
  auto channel = rpc::Connect(target_, peer_.identity(), {});
  auto stub = probe::v1::ProbeService::NewStub(channel);
  ASSERT_TRUE(rpc::Invoke(*stub, &Stub::Knock, EchoRequest(), {}).ok());
  peer_.Renew();
  own_.Renew();
  EXPECT_TRUE(ShowsSoon(own_.certificate())) << "on new connections";
  EXPECT_TRUE(rpc::Invoke(*stub, &Stub::Knock, EchoRequest(), {}).ok()) << "the old one lasts";
}

}  // namespace
}  // namespace gridwork::server
