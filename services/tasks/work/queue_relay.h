// The background work of the queue, one thread a process; any number of processes may run it. Carries committed changes
// to the index, starts tasks whose time has come, ends leases that are over, asks MySQL about tasks that the index has
// held too long, and makes the index anew when it was lost.
#pragma once
#include <atomic>
#include <thread>

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
  // Applies the state that MySQL knows to tasks whose time in the index is over.
  absl::Status Mend();
  // Makes the index anew if it was lost.
  absl::Status RebuildIfLost();

 private:
  void Loop();

  TaskStore& store_;
  TaskQueue& queue_;
  mysql::Outbox& outbox_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace gridwork::tasks
