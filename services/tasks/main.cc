// The tasks service: places, kinds of tasks, tasks, their queue and their pictures.
#include "common/config/config.h"
#include "common/redis/client.h"
#include "common/server/identity_callers.h"
#include "common/server/server.h"
#include "gridwork/identity/v1/area_service.pb.h"
#include "services/tasks/areas/area_follow_flow.h"
#include "services/tasks/config.h"
#include "services/tasks/evidence/attachment_service.h"
#include "services/tasks/evidence/cleanup_flow.h"
#include "services/tasks/grpc_area_locator.h"
#include "services/tasks/migrations.h"
#include "services/tasks/mysql_stores.h"
#include "services/tasks/place_service.h"
#include "services/tasks/sync/conflict_service.h"
#include "services/tasks/sync/sync_monitor.h"
#include "services/tasks/sync/sync_service.h"
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
  tasks::MysqlStores s(mysql);
  redis::Client redis(config.redis);
  auto identity = rpc::Connect(config.identity, config.server.tls,
                               {identity::v1::LocatePointsRequest::descriptor()->file()->service(0)});
  server::IdentityCallers callers(identity, {"gridwork", "gridwork"}, clock);
  config::Must("--identity", callers.Start(absl::Seconds(30)));

  tasks::RedisTaskQueue queue(redis);
  tasks::QueueRelay relay(s.tasks, queue, s.outbox);
  tasks::Heartbeats heartbeats(s.tasks);
  tasks::RedisWakes wakes(redis);
  tasks::Watches watches(s.tasks, wakes, clock);
  tasks::GrpcAreaLocator areas(identity);
  tasks::AreaFollow area_follow(s.area_follow, s.places, areas, clock);

  rpc::NoAccessLog access_log;
  server::Server server(config.server, callers.authenticator(), mysql.units, access_log, clock);
  tasks::PlaceService place_service(s.places, areas, page_tokens);
  tasks::TaskKindService kind_service(s.kinds, page_tokens);
  tasks::TaskService task_service(s.tasks, s.kinds, s.places, queue, heartbeats, watches, page_tokens);
  tasks::QueueService queue_service(s.tasks, queue);
  tasks::SyncService sync_service(s.sync, s.places, s.conflicts, areas, server.inner_calls(), page_tokens);
  tasks::ConflictService conflict_service(s.conflicts, s.places, areas, page_tokens);
  tasks::AttachmentService attachment_service(s.attachments, *config.objects, s.tasks, s.kinds, page_tokens,
                                              config.scan);
  tasks::Cleanup cleanup(s.attachments, *config.objects, clock);
  tasks::SyncMonitor sync_monitor(s.feed, s.conflicts, server.gauges());

  server.Serve(place_service, kind_service, task_service, queue_service, sync_service, conflict_service,
               attachment_service);
  relay.Start();
  area_follow.Start();
  sync_monitor.Start();
  cleanup.Start();
  watches.Start();
  server.WaitForSignal();
}
