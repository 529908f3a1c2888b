#include "tests/support/redis_fixture.h"

#include <absl/time/clock.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/environment.h"
#include "tests/support/tcp_proxy.h"

extern char** environ;

namespace gridwork::testing {
namespace {

constexpr int kDatabases = 16;

std::string Owner(int database) { return "test:owner:" + std::to_string(database); }

}  // namespace

RedisDatabase::RedisDatabase() {
  config_.port = static_cast<uint16_t>(std::stoi(Environment("GRIDWORK_TEST_REDIS_PORT")));
  config_.password = FileOf("GRIDWORK_TEST_REDIS_PASSWORD_FILE");
  config_.command_timeout = absl::Seconds(5);  // a busy machine is not what tests are about
  admin_ = std::make_unique<redis::Client>(config_);
  for (int database = 1; database < kDatabases; ++database) {
    auto taken = admin_->Run({"SET", Owner(database), std::to_string(getpid()), "NX", "EX", "600"});
    if (!taken.ok()) throw std::runtime_error(std::string(taken.status().message()));
    if (taken->is_nil()) continue;
    config_.database = database;
    client_ = std::make_unique<redis::Client>(config_);
    client_->Run({"FLUSHDB"}).IgnoreError();
    return;
  }
  throw std::runtime_error("all databases of the test Redis are taken");
}

RedisDatabase::~RedisDatabase() {
  client_->Run({"FLUSHDB"}).IgnoreError();
  admin_->Run({"DEL", Owner(config_.database)}).IgnoreError();
}

RedisServer::RedisServer() {
  config_.port = ClosedPort();
  Start();
}

void RedisServer::Start() {
  std::string port = std::to_string(config_.port);
  // It ends with this process, even with one that crashes.
  std::vector<const char*> words = {"setpriv",    "--pdeathsig", "KILL",      "redis-server", "--port",
                                    port.c_str(), "--bind",      "127.0.0.1", "--save",       "",
                                    "--dir",      "/tmp",        "--logfile", "/dev/null",    nullptr};
  if (posix_spawnp(&pid_, words[0], nullptr, nullptr, const_cast<char**>(words.data()), environ) != 0) {
    throw std::runtime_error("cannot start redis-server");
  }
  redis::Config patient = config_;
  patient.away_pause = absl::ZeroDuration();
  redis::Client client(patient);
  for (int i = 0; i < 200; ++i) {
    if (client.Run({"PING"}).ok()) return;
    absl::SleepFor(absl::Milliseconds(25));
  }
  throw std::runtime_error("redis-server does not answer");
}

void RedisServer::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void RedisServer::Freeze() const { kill(pid_, SIGSTOP); }
void RedisServer::Thaw() const { kill(pid_, SIGCONT); }

}  // namespace gridwork::testing
