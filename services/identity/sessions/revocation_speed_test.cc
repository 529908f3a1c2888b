// From the commit of a revocation until other processes refuse: identity and two services over TLS, each with a list
// and a poller of its own, on MariaDB.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>
#include <thread>

#include "common/rpc/client.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/revocation_poller.h"
#include "common/server/server.h"
#include "gridwork/identity/v1/token_service.grpc.pb.h"
#include "services/identity/devices/token_service.h"
#include "services/identity/keys/testing/fake_signing_key_store.h"
#include "services/identity/testing/world.h"
#include "tests/support/fake_units.h"
#include "tests/support/test_pki.h"

namespace gridwork::identity {
namespace {

using testing::TestPki;

// The identity service, as far as revocation goes; it may be stopped and started anew on the same port.
class Identity {
 public:
  Identity(World& world, const TestPki& pki) : world_(world), pki_(pki) {}

  int Start(int port) {
    poller_ = std::make_unique<server::RevocationPoller>(
        [this](const std::string& cursor) { return world_.revocations().Read(cursor, 1'000); }, list_, clock_);
    EXPECT_TRUE(poller_->Start(absl::Seconds(5)).ok());
    server::Config config;
    config.listen = fmt::format("localhost:{}", port);
    config.tls = pki_.Identity("svc/localhost");
    config.request_log_key = std::string(32, 'k');
    server_ = std::make_unique<server::Server>(config, authenticator_, units_, access_log_, clock_);
    return server_->Serve(tokens_);
  }
  void Stop() {
    server_->Stop();
    server_.reset();
    poller_.reset();
  }

 private:
  World& world_;
  const TestPki& pki_;
  SystemClock clock_;
  auth::RevocationList list_;
  rpc::TokenAuthenticator authenticator_{TestPki::rules(), pki_.keys(), list_};
  testing::FakeUnits units_;
  rpc::NoAccessLog access_log_;
  auth::PasswordHasher passwords_;
  FakeSigningKeyStore signing_keys_;
  auth::KeySetHolder published_;
  KeyRing keys_{signing_keys_, std::string(32, 'k'), clock_, published_};
  TokenService tokens_{{world_.devices(), world_.staff(), world_.sessions(), world_.revocations(), world_.attempts()},
                       passwords_,
                       keys_,
                       TestPki::rules()};
  std::unique_ptr<server::RevocationPoller> poller_;
  std::unique_ptr<server::Server> server_;
};

// Another service: its copy of the list.
class Replica {
 public:
  Replica(const TestPki& pki, int port)
      : poller_(server::RevocationsOf(rpc::Connect(fmt::format("localhost:{}", port), pki.Identity("svc/tasks"), {})),
                list_, clock_) {}
  absl::Status Start() { return poller_.Start(absl::Seconds(10)); }
  bool Refuses(const std::string& device) const {
    auth::Peer peer{.kind = auth::Peer::Kind::kDevice, .id = device};
    return !list_.Check(&peer, nullptr, false, clock_.Now()).ok();
  }
  bool StaleAt(absl::Time now) const { return list_.StaleAt(now); }

 private:
  SystemClock clock_;
  auth::RevocationList list_;
  server::RevocationPoller poller_;
};

class RevocationSpeedTest : public ::testing::Test {
 protected:
  void Revoke(const std::string& device) {
    ASSERT_EQ(world_->Do([&](Unit& unit) {
      return world_->revocations().Add(unit, {auth::Revocation::Kind::kDevice, device, 0, absl::Now() + absl::Hours(1)},
                                       absl::Now());
    }),
              absl::OkStatus());
  }
  static bool Within(absl::Duration patience, const std::function<bool()>& holds) {
    const absl::Time end = absl::Now() + patience;
    while (!holds()) {
      if (absl::Now() > end) return false;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return true;
  }

  std::unique_ptr<World> world_ = MakeMysqlWorld();
  TestPki pki_;
  Identity identity_{*world_, pki_};
};

TEST_F(RevocationSpeedTest, EveryServiceRefusesWithinTwoSeconds) {
  constexpr int kRevocations = 200;
  int port = identity_.Start(0);
  Replica first(pki_, port), second(pki_, port);
  ASSERT_TRUE(first.Start().ok());
  absl::SleepFor(absl::Milliseconds(400));  // they do not ask at the same moment
  ASSERT_TRUE(second.Start().ok());

  struct Waiting {
    std::string device;
    absl::Time committed;
    const Replica* replica;
  };
  Mutex mu;
  std::vector<Waiting> waiting;
  bool all = false;
  std::vector<absl::Duration> took;
  std::thread observer([&] {
    for (;;) {
      {
        MutexLock lock(mu);
        std::erase_if(waiting, [&](const Waiting& one) {
          if (!one.replica->Refuses(one.device)) return false;
          took.push_back(absl::Now() - one.committed);
          return true;
        });
        bool late = !waiting.empty() && absl::Now() - waiting.front().committed > absl::Seconds(20);
        if ((all && waiting.empty()) || late) return;
      }
      absl::SleepFor(absl::Milliseconds(2));
    }
  });
  for (int i = 0; i < kRevocations; ++i) {
    std::string device = fmt::format("device-{}", i);
    Revoke(device);
    {
      MutexLock lock(mu);
      for (const Replica* replica : {&first, &second}) waiting.push_back({device, absl::Now(), replica});
    }
    absl::SleepFor(absl::Milliseconds(37));
  }
  {
    MutexLock lock(mu);
    all = true;
  }
  observer.join();
  ASSERT_EQ(took.size(), 2u * kRevocations) << "each revocation reached each service";
  std::sort(took.begin(), took.end());
  const absl::Duration p50 = took[took.size() / 2], p99 = took[took.size() * 99 / 100];
  std::cout << fmt::format("revocation to refusal: p50 {} ms, p99 {} ms, max {} ms of {}\n",
                           absl::ToInt64Milliseconds(p50), absl::ToInt64Milliseconds(p99),
                           absl::ToInt64Milliseconds(took.back()), took.size());
  EXPECT_LT(p99, absl::Seconds(2));
}

TEST_F(RevocationSpeedTest, ARestartOfIdentityOrOfAServiceLosesNothing) {
  int port = identity_.Start(0);
  Revoke("before");
  auto service = std::make_unique<Replica>(pki_, port);
  ASSERT_TRUE(service->Start().ok());
  EXPECT_TRUE(service->Refuses("before")) << "a service starts with the whole list";

  identity_.Stop();
  Revoke("meanwhile");  // another replica of identity did it
  absl::SleepFor(absl::Milliseconds(1'500));
  EXPECT_TRUE(service->Refuses("before"));
  EXPECT_FALSE(service->StaleAt(absl::Now())) << "it goes on with what it has for 30 s";
  EXPECT_TRUE(service->StaleAt(absl::Now() + absl::Seconds(31)));
  ASSERT_EQ(identity_.Start(port), port);
  EXPECT_TRUE(Within(absl::Seconds(10), [&] { return service->Refuses("meanwhile"); }));

  service = std::make_unique<Replica>(pki_, port);
  ASSERT_TRUE(service->Start().ok());
  EXPECT_TRUE(service->Refuses("before") && service->Refuses("meanwhile"));
}

TEST_F(RevocationSpeedTest, OnlyServicesMayReadTheList) {
  int port = identity_.Start(0);
  auto poll = [&](const std::string& path) {
    return server::RevocationsOf(rpc::Connect(fmt::format("localhost:{}", port), pki_.Identity(path), {}))("").status();
  };
  EXPECT_EQ(poll("svc/tasks"), absl::OkStatus());
  EXPECT_REASON(poll("device/1"), "TOKEN_MISSING");
  EXPECT_REASON(poll("svc/stranger"), "ROLE_MISSING");
}

}  // namespace
}  // namespace gridwork::identity
