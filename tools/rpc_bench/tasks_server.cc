#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "common/base/page_token.h"
#include "common/mysql/database.h"
#include "common/mysql/migrate.h"
#include "common/mysql/mysql_flags.h"
#include "common/mysql/request_log.h"
#include "common/mysql/unit.h"
#include "common/redis/client.h"
#include "services/tasks/migrations.h"
#include "services/tasks/mysql_place_store.h"
#include "services/tasks/work/mysql_task_kind_store.h"
#include "services/tasks/work/mysql_task_store.h"
#include "services/tasks/work/redis_task_queue.h"
#include "services/tasks/work/task_service.h"
#include "tools/rpc_bench/front_door_server.h"
#include "tools/rpc_bench/servers.h"

namespace gridwork::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

void Must(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
}
template <class T>
T Must(absl::StatusOr<T> result) {
  Must(result.status());
  return *std::move(result);
}

// An empty schema with all tables, whatever was there before.
void MakeSchema(const mysql::Config& config) {
  mysql::Config patient = config;
  patient.schema = "";
  patient.read_timeout = absl::Minutes(1);
  auto connection = Must(mysql::Connection::Open(patient));
  Must(connection->Run(fmt::format("DROP DATABASE IF EXISTS {}", config.schema)));
  Must(connection->Run(fmt::format("CREATE DATABASE {} CHARACTER SET utf8mb4", config.schema)));
  patient.schema = config.schema;
  Must(mysql::Migrate(*Must(mysql::Connection::Open(patient)),
                      {{"common", embedded::common_migrations()}, {"tasks", embedded::tasks_migrations()}}));
}

tasks::Task SomeTask(const Uuid& id, absl::Time now) {
  return {.id = id,
          .kind = "FOOD_INSPECTION",
          .place = Uuid::V7(now),
          .grid = "CHI/SIDE-CENTRAL/G-0001",
          .roles = "FI",
          .due = now + absl::Hours(24),
          .form_version = 1,
          .created = now,
          .updated = now};
}

// Nothing but the statement of GetTask, one after the other in each thread.
SelectResult Select(mysql::Database& database, const Uuid& id, const SelectLoad& load) {
  std::vector<std::vector<uint32_t>> times(load.threads);  // in 0.1 us
  std::vector<std::thread> threads;
  std::atomic<bool> failed = false;
  const auto start = SteadyClock::now();
  const auto end = start + std::chrono::duration<double>(load.seconds);
  for (auto& own : times) {
    threads.emplace_back([&] {
      for (auto at = SteadyClock::now(); at < end && !failed;) {
        auto rows = database.Query(absl::Now() + absl::Seconds(5), "SELECT * FROM task WHERE id = ?", id);
        if (!rows.ok() || rows->size() != 1) failed = true;
        auto now = SteadyClock::now();
        own.push_back(static_cast<uint32_t>((now - at).count() / 100));
        at = now;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  if (failed) throw std::runtime_error("a SELECT failed");
  std::vector<uint32_t> all;
  for (const auto& own : times) all.insert(all.end(), own.begin(), own.end());
  std::sort(all.begin(), all.end());
  auto percentile = [&](double p) { return all[static_cast<size_t>(p * static_cast<double>(all.size() - 1))] / 10.0; };
  return {seconds, all.size(), percentile(0.5), percentile(0.99)};
}

}  // namespace

bool HasTasks() { return true; }

void ServeTasks(const Identities& identities, ParentLink& link) {
  const mysql::Config config = mysql::ConfigFromFlags(server::Config().workers + server::Config().bulk_workers + 2);
  MakeSchema(config);
  mysql::Pool pool(config);
  mysql::Database database(pool);
  mysql::MysqlUnits units(pool);
  tasks::MysqlTaskStore store(database);
  tasks::MysqlPlaceStore places(database, store);
  tasks::MysqlTaskKindStore kinds(database);
  redis::Client no_redis({});  // connects at its first command, which never comes
  tasks::RedisTaskQueue queue(no_redis);
  PageTokens page_tokens(std::string(32, 'p'));
  tasks::Heartbeats heartbeats(store);
  SystemClock clock;
  tasks::RedisWakes wakes(no_redis);
  tasks::Watches watches(store, wakes, clock);  // not started
  tasks::TaskService service(store, kinds, places, queue, heartbeats, watches, page_tokens);

  const Uuid id = *Uuid::Parse(kTaskId);
  Must(store.InTransaction([&](Unit& unit) { return store.Create(unit, {SomeTask(id, absl::Now())}); }));

  FrontDoorServer server(identities, units);
  link.Serve(server->Serve(service), [&](const SelectLoad& load) { return Select(database, id, load); });
}

}  // namespace gridwork::bench
