#include "tests/support/mysql_fixture.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/mysql/feed.h"
#include "common/mysql/request_log.h"
#include "tests/support/environment.h"

namespace gridwork::testing {
namespace {

void Must(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
}

template <class T>
T Must(absl::StatusOr<T> result) {
  Must(result.status());
  return *std::move(result);
}

}  // namespace

mysql::Config MysqlServer() {
  spdlog::default_logger_raw();  // made before there are threads: ThreadSanitizer does not see into Debian's libspdlog
  mysql::Config config;
  config.port = static_cast<uint16_t>(std::stoi(Environment("GRIDWORK_TEST_MYSQL_PORT")));
  config.user = Environment("GRIDWORK_TEST_MYSQL_USER");
  config.password = FileOf("GRIDWORK_TEST_MYSQL_PASSWORD_FILE");
  config.ca_file = Environment("GRIDWORK_TEST_MYSQL_CA");
  return config;
}

MysqlSchema::MysqlSchema(Empty) : config_(MysqlServer()) {
  static std::atomic<int> count = 0;
  std::string name = fmt::format("test_{}_{}", getpid(), ++count);
  auto admin = Must(mysql::Connection::Open(config_));
  Must(admin->Run(fmt::format("DROP DATABASE IF EXISTS {}", name)));
  Must(admin->Run(fmt::format("CREATE DATABASE {} CHARACTER SET utf8mb4", name)));
  config_.schema = name;
  pool_ = std::make_unique<mysql::Pool>(config_);
}

MysqlSchema::MysqlSchema(const std::vector<mysql::MigrationSet>& sets) : MysqlSchema(Empty()) {
  std::vector<mysql::MigrationSet> all = {{"common", embedded::common_migrations()}};
  all.insert(all.end(), sets.begin(), sets.end());
  mysql::Config patient = config_;
  patient.read_timeout = absl::Minutes(5);
  Must(mysql::Migrate(*Must(mysql::Connection::Open(patient)), all));
  pool_ = std::make_unique<mysql::Pool>(config_, mysql::OpenEpoch);
  Must(mysql::RequestLogPartitions(*pool_).Maintain(absl::Now(), absl::InfiniteFuture()));
}

MysqlSchema::~MysqlSchema() {
  pool_.reset();
  if (auto admin = mysql::Connection::Open(config_); admin.ok()) {
    (*admin)->Run(fmt::format("DROP DATABASE {}", config_.schema)).IgnoreError();
  }
}

void MysqlSchema::Run(std::string_view sql) { Must(Must(pool_->Acquire(absl::InfiniteFuture()))->Run(sql)); }

}  // namespace gridwork::testing
