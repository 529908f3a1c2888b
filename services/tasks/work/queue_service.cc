#include "services/tasks/work/queue_service.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"

namespace gridwork::tasks {

void QueueService::Register(rpc::FrontDoor& door) {
  door.FactsOf("Area", this, &QueueService::LoadArea);
  door.On("GetQueueStats", this, &QueueService::GetQueueStats).On("RebuildQueue", this, &QueueService::RebuildQueue);
}

absl::StatusOr<rpc::Loaded<AreaPath>> QueueService::LoadArea(const std::string& path) {
  ASSIGN_OR_RETURN(std::string area, ParseAreaPath("area", path));
  return rpc::Loaded<AreaPath>{{.area = area}, {area}};
}

absl::StatusOr<v1::QueueStats> QueueService::GetQueueStats(const rpc::CallContext&, const v1::GetQueueStatsRequest&,
                                                           const AreaPath& area) {
  ASSIGN_OR_RETURN(auto counts, store_.Count(area.path));
  v1::QueueStats out;
  for (const auto& [state, tasks] : counts) {
    auto* count = out.add_counts();
    count->set_state(static_cast<v1::TaskState>(state));
    count->set_tasks(tasks);
    out.set_total(out.total() + tasks);
  }
  if (auto indexed = queue_.Size(area.path); indexed.ok()) out.set_indexed(*indexed);
  return out;
}

absl::StatusOr<v1::RebuildQueueResponse> QueueService::RebuildQueue(const rpc::CallContext&,
                                                                    const v1::RebuildQueueRequest&,
                                                                    const AreaPath& area) {
  // There is one index for all areas; who keeps a part of a tree does not touch that of its others.
  if (area.path.find('/') != area.path.npos) return BadField("area", "must be the path of a root area");
  ASSIGN_OR_RETURN(int64_t indexed, tasks::RebuildQueue(store_, queue_));
  v1::RebuildQueueResponse out;
  out.set_indexed(indexed);
  return out;
}

}  // namespace gridwork::tasks
