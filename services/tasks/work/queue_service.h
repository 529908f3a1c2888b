// QueueService: the queue as operators see it.
#pragma once
#include "common/rpc/front_door.h"
#include "gridwork/tasks/v1/queue_service.pb.h"
#include "services/tasks/place_service.h"
#include "services/tasks/work/rebuild_flow.h"
#include "services/tasks/work/task_queue.h"
#include "services/tasks/work/task_store.h"

namespace gridwork::tasks {

class QueueService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.tasks.v1.QueueService";

  QueueService(TaskStore& store, TaskQueue& queue) : store_(store), queue_(queue) {}

  void Register(rpc::FrontDoor& door);

  absl::StatusOr<rpc::Loaded<AreaPath>> LoadArea(const std::string& path);

  absl::StatusOr<v1::QueueStats> GetQueueStats(const rpc::CallContext&, const v1::GetQueueStatsRequest&,
                                               const AreaPath&);
  absl::StatusOr<v1::RebuildQueueResponse> RebuildQueue(const rpc::CallContext&, const v1::RebuildQueueRequest&,
                                                        const AreaPath&);

 private:
  TaskStore& store_;
  TaskQueue& queue_;
};

}  // namespace gridwork::tasks
