// The background work of the queue, one thread a process; any number of processes may run it. Carries committed changes
// to the index, starts tasks whose time has come, ends leases that are over, asks MySQL about tasks that the index has
// held too long, and makes the index anew when it was lost.
#pragma once
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/mysql/outbox.h"
#include "services/tasks/work/task_queue.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

class QueueRelay {
 public:
  QueueRelay(TaskStore& store, TaskQueue& queue, mysql::Outbox& outbox)
      : store_(store), queue_(queue), outbox_(outbox) {}
  ~QueueRelay() { Stop(); }

  void Start();
  void Stop();

  // ---- the steps of one round; public for tests ----

  // Applies the oldest changes of the outbox; returns how many.
  absl::StatusOr<size_t> Carry();
  // Makes tasks READY whose start has come by the database's clock; returns how many.
  absl::StatusOr<size_t> StartDue();
  // Makes tasks READY whose lease is over by the database's clock; returns how many.
  absl::StatusOr<size_t> EndLeases();
  // As EndLeases(), but does nothing within a minute (of `now`, this process's clock) after it failed: while MySQL was
  // away nobody could send a heartbeat, and first they are to be heard.
  absl::StatusOr<size_t> EndLeasesOnceHeard(absl::Time now);
  // Applies the state that MySQL knows to tasks whose time in the index is over.
  absl::Status Mend();
  // Makes the index anew if it was lost.
  absl::Status RebuildIfLost();
  // When another server answers than before (a restart, a failover, a copy of another day): marks all regions to be
  // compared at once. No point in the past is kept from which changes could be applied again: what the new server lacks
  // cannot be told from what it never had, and the comparison finds both. The index stays open meanwhile, as MySQL
  // decides every claim: an old entry costs an offer that comes to nothing, a missing one waits for its region.
  absl::Status FollowServer();
  // Marks all regions to be compared; what changed less than `settle` ago is left alone.
  absl::Status CompareAll(absl::Duration settle);
  // Compares one of the marked regions and mends it; false when there is none left.
  absl::StatusOr<bool> CompareNext();
  // Tasks that stood wrong in the index, since the start.
  int64_t mended() const { return mended_; }

 private:
  void Loop();

  TaskStore& store_;
  TaskQueue& queue_;
  mysql::Outbox& outbox_;
  absl::Time leases_again_ = absl::InfinitePast();
  std::string server_;                // that answered last
  std::vector<std::string> regions_;  // to be compared
  absl::Duration settle_;
  std::atomic<int64_t> mended_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace gridwork::tasks
