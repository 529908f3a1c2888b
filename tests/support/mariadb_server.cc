#include "tests/support/mariadb_server.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "common/mysql/connection.h"
#include "tests/support/tcp_proxy.h"

extern char** environ;

namespace gridwork::testing {
namespace {

pid_t Spawn(const std::vector<std::string>& words, const std::vector<std::string>& environment) {
  std::vector<char*> argv, envp;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& setting : environment) envp.push_back(const_cast<char*>(setting.c_str()));
  for (char** setting = environ; *setting != nullptr; ++setting) envp.push_back(*setting);
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  pid_t pid = 0;
  if (posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), envp.data()) != 0)
    throw std::runtime_error(fmt::format("cannot start {}", words[0]));
  return pid;
}

}  // namespace

MariadbServer::MariadbServer(absl::Duration log_delay) : log_delay_(log_delay) {
  std::string name = std::filesystem::temp_directory_path() / "gridwork-mariadb-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder for MariaDB");
  folder_ = name;
  config_.port = ClosedPort();
  config_.user = "root";
  config_.ca_file = folder_ + "/cert.pem";  // its own authority

  pid_t install =
      Spawn({"sh", "-c",
             fmt::format("cd {} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                         "-keyout key.pem -out cert.pem -days 1 -subj /CN=mariadb "
                         "-addext subjectAltName=IP:127.0.0.1 >install.log 2>&1 && "
                         "exec mariadb-install-db --no-defaults --user=\"$(id -un)\" --datadir=\"$PWD/data\" "
                         "--skip-test-db --innodb-log-file-size=32M >>install.log 2>&1",
                         folder_)},
            {});
  int status = 0;
  waitpid(install, &status, 0);
  if (status != 0) throw std::runtime_error(fmt::format("mariadb-install-db failed, see {}/install.log", folder_));
  Start();
}

MariadbServer::~MariadbServer() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void MariadbServer::Start() {
  // --skip-grant-tables: everybody on this machine may do everything with it; it lives for seconds, and holds nothing.
  pid_ = Spawn({"setpriv", "--pdeathsig", "KILL", "sh", "-c",
                fmt::format("LD_PRELOAD={2} exec mariadbd --no-defaults --user=\"$(id -un)\" --datadir={0}/data "
                            "--bind-address=127.0.0.1 --port={1} --socket=mariadb.sock --skip-name-resolve "
                            "--skip-grant-tables --innodb-flush-log-at-trx-commit=1 --innodb-log-file-size=32M "
                            "--ssl-ca={0}/cert.pem --ssl-cert={0}/cert.pem --ssl-key={0}/key.pem "
                            "--transaction-isolation=READ-COMMITTED --default-time-zone=+00:00 "
                            "--character-set-server=utf8mb4 --collation-server=utf8mb4_bin >>{0}/log 2>&1",
                            folder_, config_.port, GRIDWORK_SLOW_LOG)},
               {fmt::format("GRIDWORK_LOG_DELAY_US={}", absl::ToInt64Microseconds(log_delay_)),
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin"});
  absl::Status last;
  for (int i = 0; i < 600; ++i) {
    auto connection = mysql::Connection::Open(config_);
    if (connection.ok()) return;
    last = connection.status();
    absl::SleepFor(absl::Milliseconds(50));
  }
  std::ifstream log(folder_ + "/log");
  throw std::runtime_error(fmt::format("MariaDB does not start: {}\n{}", std::string(last.message()),
                                       std::string(std::istreambuf_iterator<char>(log), {})));
}

void MariadbServer::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

}  // namespace gridwork::testing
