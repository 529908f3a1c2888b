// All stores of tasks on one database.
#pragma once
#include "common/mysql/feed.h"
#include "common/mysql/outbox.h"
#include "common/server/database.h"
#include "services/tasks/areas/mysql_area_follow_store.h"
#include "services/tasks/evidence/mysql_attachment_store.h"
#include "services/tasks/mysql_place_store.h"
#include "services/tasks/sync/mysql_conflict_store.h"
#include "services/tasks/sync/mysql_sync_store.h"
#include "services/tasks/work/mysql_task_kind_store.h"
#include "services/tasks/work/mysql_task_store.h"

namespace gridwork::tasks {

struct MysqlStores {
  explicit MysqlStores(server::ServiceDatabase& mysql)
      : tasks(mysql.database),
        places(mysql.database, tasks),
        area_follow(mysql.database),
        kinds(mysql.database),
        outbox(mysql.database),
        feed(mysql.pool),
        sync(feed, places, tasks),
        conflicts(mysql.database, places),
        attachments(mysql.database, mysql.pool) {}

  MysqlTaskStore tasks;
  MysqlPlaceStore places;
  MysqlAreaFollowStore area_follow;
  MysqlTaskKindStore kinds;
  mysql::Outbox outbox;
  mysql::Feed feed;
  MysqlSyncStore sync;
  MysqlConflictStore conflicts;
  MysqlAttachmentStore attachments;
};

}  // namespace gridwork::tasks
