// The background work of sync, one thread a process; any number of processes may run it: forgets what is old in the
// feed and among the decided conflicts, and counts what waits for a person.
#pragma once
#include <atomic>

#include "common/base/every.h"
#include "common/metrics/gauges.h"
#include "common/mysql/feed.h"
#include "services/tasks/sync/conflict_store.h"

namespace gridwork::tasks {

class SyncMonitor {
 public:
  SyncMonitor(mysql::Feed& feed, ConflictStore& conflicts, metrics::Gauges& gauges);

  void Start();

  // One round; public for tests.
  absl::Status Round();

 private:
  mysql::Feed& feed_;
  ConflictStore& conflicts_;
  std::atomic<int64_t>& open_;
  std::atomic<int64_t>& overdue_;
  Every round_;
};

}  // namespace gridwork::tasks
