// TaskService: one method for each RPC. Who may call what stands in task_service.proto; the front door has decided
// before a method runs.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/page_token.h"
#include "common/rpc/front_door.h"
#include "gridwork/tasks/v1/task_service.pb.h"
#include "services/tasks/place_facts.h"
#include "services/tasks/place_store.h"
#include "services/tasks/work/claim_flow.h"
#include "services/tasks/work/form_cache_store.h"
#include "services/tasks/work/heartbeat_flow.h"
#include "services/tasks/work/task_facts.h"
#include "services/tasks/work/task_kind_store.h"
#include "services/tasks/work/task_queue.h"
#include "services/tasks/work/task_store.h"
#include "services/tasks/work/watch_flow.h"

namespace gridwork::tasks {

// The object of DecideLateSubmission.
struct TaskResult {
  Task task;
  Submission submission;
};

class TaskService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.tasks.v1.TaskService";

  // `random`: from 0 to below 1, for the moment of a next try; thread-safe.
  TaskService(TaskStore& tasks, TaskKindStore& kinds, PlaceStore& places, TaskQueue& queue, Heartbeats& heartbeats,
              Watches& watches, const PageTokens& page_tokens, std::function<double()> random = Random)
      : tasks_(tasks),
        kinds_(kinds),
        places_(places),
        place_facts_(places),
        forms_(kinds),
        claimer_(tasks, queue),
        heartbeats_(heartbeats),
        watches_(watches),
        page_tokens_(page_tokens),
        random_(std::move(random)) {}

  void Register(rpc::FrontDoor& door);

  absl::StatusOr<rpc::Loaded<Task>> LoadTask(const std::string& name);
  absl::StatusOr<rpc::Loaded<ClaimedTask>> LoadClaimedTask(const std::string& name);
  absl::StatusOr<rpc::Loaded<TaskResult>> LoadSubmission(const std::string& name);

  absl::StatusOr<v1::Task> CreateTask(const rpc::CallContext&, const v1::CreateTaskRequest&, Unit&, const Place&);
  absl::StatusOr<v1::BatchCreateTasksResponse> BatchCreateTasks(const rpc::CallContext&,
                                                                const v1::BatchCreateTasksRequest&, Unit&,
                                                                const rpc::Batch<Place>&);
  absl::StatusOr<v1::Task> GetTask(const rpc::CallContext&, const v1::GetTaskRequest&, const Task&);
  absl::StatusOr<v1::ListTasksResponse> ListTasks(const rpc::CallContext&, const v1::ListTasksRequest&,
                                                  const auth::Scope&);
  absl::StatusOr<v1::ClaimTasksResponse> ClaimTasks(const rpc::CallContext&, const v1::ClaimTasksRequest&, Unit&,
                                                    const auth::Scope&);
  void Heartbeat(const rpc::CallContext&, const v1::HeartbeatRequest&, rpc::Later<v1::HeartbeatResponse>);
  absl::Status WatchTasks(const rpc::CallContext&, const v1::WatchTasksRequest&, const auth::Scope&,
                          rpc::Stream<v1::WatchTasksResponse>);
  absl::StatusOr<v1::KeepOfflineResponse> KeepOffline(const rpc::CallContext&, const v1::KeepOfflineRequest&, Unit&,
                                                      const rpc::Batch<ClaimedTask>&);
  absl::StatusOr<v1::Submission> SubmitTask(const rpc::CallContext&, const v1::SubmitTaskRequest&, Unit&,
                                            const ClaimedTask&);
  absl::StatusOr<v1::Task> ReviewTask(const rpc::CallContext&, const v1::ReviewTaskRequest&, Unit&, const Task&);
  absl::StatusOr<v1::Task> CancelTask(const rpc::CallContext&, const v1::CancelTaskRequest&, Unit&, const Task&);
  absl::StatusOr<v1::Task> ReleaseTask(const rpc::CallContext&, const v1::ReleaseTaskRequest&, Unit&,
                                       const ClaimedTask&);
  absl::StatusOr<v1::Task> FailTask(const rpc::CallContext&, const v1::FailTaskRequest&, Unit&, const ClaimedTask&);
  absl::StatusOr<v1::Task> ReplayTask(const rpc::CallContext&, const v1::ReplayTaskRequest&, Unit&, const Task&);
  absl::StatusOr<v1::Task> ReassignTask(const rpc::CallContext&, const v1::ReassignTaskRequest&, Unit&, const Task&);
  absl::StatusOr<v1::ListTaskAttemptsResponse> ListTaskAttempts(const rpc::CallContext&,
                                                                const v1::ListTaskAttemptsRequest&, const Task&);
  absl::StatusOr<v1::ListLateSubmissionsResponse> ListLateSubmissions(const rpc::CallContext&,
                                                                      const v1::ListLateSubmissionsRequest&,
                                                                      const auth::Scope&);
  absl::StatusOr<v1::DecideLateSubmissionResponse> DecideLateSubmission(const rpc::CallContext&,
                                                                        const v1::DecideLateSubmissionRequest&, Unit&,
                                                                        const TaskResult&);
  absl::StatusOr<v1::ListSubmissionsResponse> ListSubmissions(const rpc::CallContext&,
                                                              const v1::ListSubmissionsRequest&, const ClaimedTask&);

 private:
  static double Random();

  using KnownKinds = std::map<std::string, absl::StatusOr<TaskKind>>;  // looked up in this call

  absl::StatusOr<Task> MakeTask(std::string_view field, const v1::Task& task, const Place& place, absl::Time now,
                                KnownKinds& known);
  // In the grids in which their places are, and stay until the unit ends.
  absl::Status PutAtPlaces(Unit& unit, std::vector<Task>& tasks);
  // Writes new tasks, those with a start to come as SCHEDULED.
  absl::Status Add(Unit& unit, std::vector<Task>& tasks);
  // Whether the worker was where they should be; nullopt when it was not asked or cannot be told. The position goes no
  // further.
  absl::StatusOr<std::optional<bool>> NearPlace(const TaskKind& kind, const Task& task,
                                                const std::optional<LatLng>& location);
  // Locks the task and checks that it is as its caller read it.
  absl::StatusOr<Task> LockUnchanged(Unit& unit, const Uuid& id, int64_t version);

  TaskStore& tasks_;
  TaskKindStore& kinds_;
  PlaceStore& places_;
  PlaceFacts place_facts_;
  FormCache forms_;
  Claimer claimer_;
  Heartbeats& heartbeats_;
  Watches& watches_;
  const PageTokens& page_tokens_;
  const std::function<double()> random_;
};

}  // namespace gridwork::tasks
