// The tasks service: places, kinds of tasks, tasks and their queue.
#include <fmt/format.h>

#include "common/config/config.h"
#include "common/redis/client.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/database.h"
#include "common/server/identity_keys.h"
#include "common/server/revocation_poller.h"
#include "common/server/server.h"
#include "gridwork/identity/v1/area_service.pb.h"
#include "services/tasks/config.h"
#include "services/tasks/grpc_area_locator.h"
#include "services/tasks/migrations.h"
#include "services/tasks/mysql_place_store.h"
#include "services/tasks/place_service.h"
#include "services/tasks/sync/conflict_service.h"
#include "services/tasks/sync/mysql_conflict_store.h"
#include "services/tasks/sync/mysql_sync_store.h"
#include "services/tasks/sync/sync_monitor.h"
#include "services/tasks/sync/sync_service.h"
#include "services/tasks/work/mysql_task_kind_store.h"
#include "services/tasks/work/mysql_task_store.h"
#include "services/tasks/work/queue_relay.h"
#include "services/tasks/work/queue_service.h"
#include "services/tasks/work/redis_task_queue.h"
#include "services/tasks/work/task_kind_service.h"
#include "services/tasks/work/task_service.h"

using namespace gridwork;

int main(int argc, char** argv) {
  const tasks::Config config = tasks::ParseConfig(argc, argv);
  SystemClock clock;
  PageTokens page_tokens(config.server.page_token_key);
  server::ServiceDatabase mysql(config.mysql);
  mysql.Start({{"tasks", embedded::tasks_migrations()}});
  redis::Client redis(config.redis);

  auto identity = rpc::Connect(config.identity, config.server.tls,
                               {identity::v1::LocatePointsRequest::descriptor()->file()->service(0)});
  auth::KeySetHolder keys;
  server::IdentityKeys identity_keys(identity, keys);
  if (auto status = identity_keys.Start(absl::Seconds(30)); !status.ok())
    config::Wrong(fmt::format("--identity: {}", std::string(status.message())));
  auth::RevocationList revoked;
  server::RevocationPoller revocation_poller(server::RevocationsOf(identity), revoked, clock);
  if (auto status = revocation_poller.Start(absl::Seconds(30)); !status.ok())
    config::Wrong(fmt::format("--identity: {}", std::string(status.message())));
  rpc::TokenAuthenticator authenticator({"gridwork", "gridwork"}, keys, revoked);

  tasks::MysqlPlaceStore place_store(mysql.database);
  tasks::MysqlTaskKindStore kind_store(mysql.database);
  tasks::MysqlTaskStore task_store(mysql.database);
  tasks::RedisTaskQueue queue(redis);
  mysql::Outbox outbox(mysql.database);
  tasks::QueueRelay relay(task_store, queue, outbox);
  tasks::Heartbeats heartbeats(task_store);
  tasks::RedisWakes wakes(redis);
  tasks::Watches watches(task_store, wakes, clock);
  tasks::GrpcAreaLocator areas(identity);
  mysql::Feed feed(mysql.pool);
  tasks::MysqlSyncStore sync_store(feed, place_store, task_store);
  tasks::MysqlConflictStore conflict_store(mysql.database, place_store);

  rpc::NoAccessLog access_log;
  server::Server server(config.server, authenticator, mysql.units, access_log, clock);

  tasks::PlaceService place_service(place_store, areas, page_tokens);
  tasks::TaskKindService kind_service(kind_store, page_tokens);
  tasks::TaskService task_service(task_store, kind_store, place_store, queue, heartbeats, watches, page_tokens);
  tasks::QueueService queue_service(task_store, queue);

  tasks::SyncService sync_service(sync_store, place_store, conflict_store, areas, server.inner_calls(), page_tokens);
  tasks::ConflictService conflict_service(conflict_store, place_store, areas, page_tokens);
  tasks::SyncMonitor sync_monitor(feed, conflict_store, server.gauges());

  server.Serve(place_service, kind_service, task_service, queue_service, sync_service, conflict_service);
  relay.Start();
  sync_monitor.Start();
  watches.Start();
  server.WaitForSignal();
}
