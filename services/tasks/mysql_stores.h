// All stores of tasks on one database.
#pragma once
#include "common/mysql/feed.h"
#include "common/mysql/outbox.h"
#include "common/server/database.h"
#include "services/tasks/evidence/mysql_attachment_store.h"
#include "services/tasks/mysql_place_store.h"
#include "services/tasks/sync/mysql_conflict_store.h"
#include "services/tasks/sync/mysql_sync_store.h"
#include "services/tasks/work/mysql_task_kind_store.h"
#include "services/tasks/work/mysql_task_store.h"

namespace gridwork::tasks {

struct MysqlStores {
  explicit MysqlStores(server::ServiceDatabase& mysql)
      : places(mysql.database),
        kinds(mysql.database),
        tasks(mysql.database),
        outbox(mysql.database),
        feed(mysql.pool),
        sync(feed, places, tasks),
        conflicts(mysql.database, places),
        attachments(mysql.database, mysql.pool) {}

  MysqlPlaceStore places;
  MysqlTaskKindStore kinds;
  MysqlTaskStore tasks;
  mysql::Outbox outbox;
  mysql::Feed feed;
  MysqlSyncStore sync;
  MysqlConflictStore conflicts;
  MysqlAttachmentStore attachments;
};

}  // namespace gridwork::tasks
