// The tasks service: places, kinds of tasks, tasks and their queue.
#include <fmt/format.h>

#include "common/config/config.h"
#include "common/redis/client.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/database.h"
#include "common/server/identity_keys.h"
#include "common/server/server.h"
#include "gridwork/identity/v1/area_service.pb.h"
#include "services/tasks/config.h"
#include "services/tasks/grpc_area_locator.h"
#include "services/tasks/migrations.h"
#include "services/tasks/mysql_place_store.h"
#include "services/tasks/place_service.h"
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
  rpc::TokenAuthenticator authenticator({"gridwork", "gridwork"}, keys);

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

  tasks::PlaceService place_service(place_store, areas, page_tokens);
  tasks::TaskKindService kind_service(kind_store, page_tokens);
  tasks::TaskService task_service(task_store, kind_store, place_store, queue, heartbeats, watches, page_tokens);
  tasks::QueueService queue_service(task_store, queue);

  rpc::NoAccessLog access_log;
  server::Server server(config.server, authenticator, mysql.units, access_log, clock);
  server.Serve(place_service, kind_service, task_service, queue_service);
  relay.Start();
  watches.Start();
  server.WaitForSignal();
}
