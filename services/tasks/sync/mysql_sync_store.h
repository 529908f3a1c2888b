// SyncStore on the change feed of common/mysql.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "common/mysql/feed.h"
#include "services/tasks/place_store.h"
#include "services/tasks/sync/sync_store.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

class MysqlSyncStore : public SyncStore {  // Thread-safe.
 public:
  MysqlSyncStore(mysql::Feed& feed, PlaceStore& places, TaskStore& tasks)
      : feed_(feed), places_(places), tasks_(tasks) {}

  absl::StatusOr<PullAnswer> Pull(const auth::Scope& scope, const PullQuery& query, absl::Time deadline) override;
  absl::Status PassFence(absl::Time deadline) override { return feed_.PassFence(deadline); }

 private:
  absl::Status ReadGrid(mysql::FeedSnapshot& snapshot, const mysql::FeedHead& head, const HeldGrid& held, size_t limit,
                        GridAnswer& out);
  absl::Status ReadRecords(mysql::FeedSnapshot& snapshot, const std::vector<mysql::FeedEntry>& entries,
                           GridAnswer& out);

  mysql::Feed& feed_;
  PlaceStore& places_;
  TaskStore& tasks_;
};

}  // namespace gridwork::tasks
