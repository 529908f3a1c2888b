// Sequences of requests to every RPC of tasks.
#include <optional>

#include "common/objects/testing/fake_object_store.h"
#include "services/tasks/evidence/attachment_service.h"
#include "services/tasks/evidence/testing/attachment_samples.h"
#include "services/tasks/evidence/testing/fake_attachment_store.h"
#include "services/tasks/place_service.h"
#include "services/tasks/sync/conflict_service.h"
#include "services/tasks/sync/sync_convert.h"
#include "services/tasks/sync/sync_service.h"
#include "services/tasks/task_kind_convert.h"
#include "services/tasks/testing/fake_area_locator.h"
#include "services/tasks/testing/fake_place_store.h"
#include "services/tasks/work/queue_service.h"
#include "services/tasks/work/task_convert.h"
#include "services/tasks/work/task_kind_service.h"
#include "services/tasks/work/task_service.h"
#include "services/tasks/work/testing/fake_task_kind_store.h"
#include "services/tasks/work/testing/fake_task_queue.h"
#include "services/tasks/work/testing/fake_task_store.h"
#include "services/tasks/work/testing/samples.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/requests.h"

namespace gridwork::fuzz {
namespace {

using namespace tasks;

constexpr char kFolder[] = "gridwork/tasks/v1";

// Has every grid that a phone says it holds.
class AnySync : public SyncStore {
 public:
  absl::StatusOr<PullAnswer> Pull(const auth::Scope& scope, const PullQuery& query, absl::Time) override {
    PullAnswer out;
    for (const HeldGrid& held : query.held) {
      GridAnswer& grid = out.grids.emplace_back();
      grid.grid = held.grid;
      grid.state = !scope.Holds(held.grid) ? GridAnswer::State::kPurge
                   : !held.cursor          ? GridAnswer::State::kResync
                                           : GridAnswer::State::kCurrent;
      grid.next = held.cursor.value_or(Cursor());
      grid.complete = true;
    }
    return out;
  }
  absl::Status PassFence(absl::Time) override { return absl::OkStatus(); }
};

// Conflicts in memory, and how their places are now.
class Conflicts : public ConflictStore {
 public:
  Conflicts(PlaceStore& places, const Clock& clock) : places_(places), clock_(clock) {}
  absl::StatusOr<Conflict> Find(const Uuid& id) override {
    auto it = rows_.find(id);
    if (it == rows_.end()) return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such conflict");
    Conflict out = it->second;
    ASSIGN_OR_RETURN(out.current, places_.Find(out.place));
    return out;
  }
  absl::StatusOr<auth::Page<Conflict>> List(const auth::Scope& scope, const ConflictQuery&) override {
    auth::Page<Conflict> page(scope);
    for (const auto& [id, row] : rows_) {
      ASSIGN_OR_RETURN(page.rows.emplace_back(), Find(id));
    }
    return page;
  }
  absl::Status Add(Unit&, const std::vector<Conflict>& conflicts) override {
    for (const Conflict& conflict : conflicts) rows_[conflict.id] = conflict;
    return absl::OkStatus();
  }
  absl::StatusOr<Conflict> Lock(Unit&, const Uuid& id) override { return Find(id); }
  absl::Status Decide(Unit&, const Conflict& conflict) override {
    rows_[conflict.id] = conflict;
    return absl::OkStatus();
  }
  absl::StatusOr<absl::Time> Now(Unit&) override { return clock_.Now(); }
  absl::StatusOr<ConflictCounts> Count() override { return ConflictCounts(); }
  absl::Status Forget() override { return absl::OkStatus(); }

 private:
  PlaceStore& places_;
  const Clock& clock_;
  std::map<Uuid, Conflict> rows_;
};

class NoWakes : public Wakes {
 public:
  absl::StatusOr<std::vector<Wake>> Wait(absl::Duration) override { return std::vector<Wake>(); }
};

// A city with tasks in every state, a late submission and a conflict.
class Tasks : public Installation {
 public:
  Tasks() : Installation(kFolder, {"Heartbeat", "WatchTasks"}) {
    queue_.SetAway(true);
    Open(place_service_);
    Open(kind_service_);
    Open(task_service_);
    Open(queue_service_);
    Open(sync_service_);
    Open(conflict_service_);
    Open(attachment_service_);
    MakePlaces();
    MakeTasks();
    MakeAttachment();
    SetUp();
  }

 private:
  void MakePlaces() {
    v1::ImportPlacesRequest import;
    import.set_request_id("new");
    import.set_root("CHI");
    for (const char* id : {"1", "2"}) {
      v1::Place& place = *import.add_places();
      place.set_kind(v1::PLACE_KIND_FOOD);
      place.set_display_name("Cosi");
      place.set_address("230 W Monroe St");
      place.mutable_location()->set_latitude(41.88);
      place.mutable_location()->set_longitude(-87.63);
      place.set_source("licences");
      place.set_source_id(id);
    }
    auto imported = Make<v1::ImportPlacesResponse>(import);
    variables = {{"$place", imported.verdicts(0).place()}, {"$second", imported.verdicts(1).place()}};
    variables["$me"] = subject;
    variables["$cursor"] = SealCursor(page_tokens_, "CHI/G418-876", {1, 1, 0});

    // Somebody else changed it meanwhile.
    v1::UpdatePlaceRequest change;
    change.set_request_id("new");
    change.mutable_place()->set_name("$place");
    change.mutable_place()->set_etag("1");
    change.mutable_place()->set_risk("RISK_2");
    change.mutable_update_mask()->add_paths("risk");
    const std::string me = std::exchange(subject, "staff/0190a000-0000-7000-8000-000000000007");
    Make<v1::Place>(change);
    subject = me;
    v1::EditPlaceRequest edit;
    edit.set_request_id("new");
    *edit.mutable_place() = change.place();
    edit.mutable_place()->set_risk("RISK_3");
    *edit.mutable_update_mask() = change.update_mask();
    variables["$conflict"] = Make<v1::EditPlaceResponse>(edit).conflicts(0).name();
  }

  void MakeTasks() {
    v1::CreateTaskKindRequest kind;
    kind.set_request_id("new");
    *kind.mutable_task_kind() = ToProto(tasks::testing::SampleKindWithPhoto());
    Make<v1::TaskKind>(kind);
    for (const char* name : {"$late", "$held", "$submitted", "$ready"}) {
      v1::CreateTaskRequest create;
      create.set_request_id("new");
      create.mutable_task()->set_kind("taskKinds/FOOD_INSPECTION");
      create.mutable_task()->set_place("$place");
      variables[name] = Make<v1::Task>(create).name();
      if (std::string_view(name) == "$ready") continue;
      v1::ClaimTasksRequest claim;
      claim.set_request_id("new");
      claim.set_max_tasks(1);
      auto claimed = Make<v1::ClaimTasksResponse>(claim);
      Must(claimed.tasks_size() == 1 && claimed.tasks(0).name() == variables[name], "another task was claimed");
      if (std::string_view(name) == "$late") TakeAway(claimed.tasks(0));
      if (std::string_view(name) != "$held") Submit(name);
    }
    variables["$submission"] = variables["$late"] + "/submissions/1";
  }
  void MakeAttachment() {
    v1::CreateAttachmentRequest create;
    create.set_request_id("new");
    create.set_parent("$held");
    create.set_attempt(1);
    create.set_sha256(std::string(32, 's'));
    create.set_size_bytes(4);
    variables["$attachment"] = Make<v1::Attachment>(create).name();
  }
  void TakeAway(const v1::Task& task) {
    v1::ReassignTaskRequest reassign;
    reassign.set_request_id("new");
    reassign.set_name(task.name());
    reassign.set_etag(task.etag());
    reassign.set_assignee("staff/0190a000-0000-7000-8000-000000000007");
    reassign.set_reason(v1::ASSIGN_REASON_ABSENCE);
    Make<v1::Task>(reassign);
  }
  void Submit(const std::string& name) {
    v1::SubmitTaskRequest submit;
    submit.set_request_id("new");
    submit.set_name(name);
    submit.set_attempt(1);
    submit.set_form_version(1);
    submit.add_answers()->set_key("ice");
    submit.mutable_answers(0)->set_checklist("PASS");
    Make<v1::Submission>(submit);
  }

  tasks::testing::FakePlaceStore places_{clock()};
  FakeTaskStore tasks_{clock()};
  FakeTaskKindStore kinds_;
  FakeTaskQueue queue_;
  tasks::testing::FakeAreaLocator areas_;
  AnySync sync_;
  Conflicts conflicts_{places_, clock()};
  FakeAttachmentStore attachments_{clock()};
  objects::testing::FakeObjectStore objects_{clock()};
  PageTokens page_tokens_{std::string(32, 'p')};
  Heartbeats heartbeats_{tasks_};
  NoWakes wakes_;
  Watches watches_{tasks_, wakes_, clock()};
  PlaceService place_service_{places_, areas_, page_tokens_};
  TaskKindService kind_service_{kinds_, page_tokens_};
  TaskService task_service_{tasks_, kinds_, places_, queue_, heartbeats_, watches_, page_tokens_, [] { return 0.5; }};
  QueueService queue_service_{tasks_, queue_};
  SyncService sync_service_{sync_, places_, conflicts_, areas_, inner_calls(), page_tokens_};
  ConflictService conflict_service_{conflicts_, places_, areas_, page_tokens_};
  AttachmentService attachment_service_{attachments_, objects_, tasks_, kinds_, page_tokens_};
};

// What answers later or streams is read here; what follows needs nothing but valid values.
void ReadOnly(const google::protobuf::Message& request) {
  absl::Status status;
  if (const auto* heartbeat = dynamic_cast<const v1::HeartbeatRequest*>(&request))
    status = ParseHeartbeat(*heartbeat).status();
  if (const auto* watch = dynamic_cast<const v1::WatchTasksRequest*>(&request)) status = ParseWatch(*watch).status();
  if (!status.ok()) CheckRefusal(request, status);
}

}  // namespace

const std::vector<const google::protobuf::Descriptor*>& MessageTypes() {
  static const auto types = RequestTypes(kFolder);
  return types;
}

const std::vector<std::string>& Words() {
  static const std::vector<std::string> words = {"new",
                                                 "$me",
                                                 "$place",
                                                 "$second",
                                                 "$conflict",
                                                 "$late",
                                                 "$held",
                                                 "$attachment",
                                                 "$submitted",
                                                 "$ready",
                                                 "$submission",
                                                 "$cursor",
                                                 "CHI",
                                                 "CHI/G418-876",
                                                 "XYZ",
                                                 "taskKinds/FOOD_INSPECTION",
                                                 "taskKinds/NEW",
                                                 "ice",
                                                 "ice_note",
                                                 "FOOD_ICE",
                                                 "PASS",
                                                 "FAIL",
                                                 "RISK_1",
                                                 "risk",
                                                 "location",
                                                 "operator",
                                                 "display_name",
                                                 "form",
                                                 "priority",
                                                 "CONDITION",
                                                 "GOOD",
                                                 "Cel",
                                                 "1",
                                                 "2",
                                                 "licences",
                                                 "staff/0190a000-0000-7000-8000-000000000007",
                                                 "places/0190a000-0000-7000-8000-000000000001"};
  return words;
}

}  // namespace gridwork::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork::fuzz;
  static std::optional<Tasks> tasks;
  while (!tasks || tasks->changed()) tasks.emplace();
  for (const auto& request : ParseMessages(TextOf(data, size))) {
    tasks->Send(*request);
    ReadOnly(*request);
  }
  return 0;
}
