#include "services/tasks/work/task_service.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <future>
#include <set>

#include "common/base/error.h"
#include "common/base/scope_limits.h"
#include "common/base/text.h"
#include "common/rpc/status_map.h"
#include "services/tasks/testing/fake_place_store.h"
#include "services/tasks/testing/place_messages.h"
#include "services/tasks/work/task_convert.h"
#include "services/tasks/work/task_errors.h"
#include "services/tasks/work/testing/fake_task_kind_store.h"
#include "services/tasks/work/testing/fake_task_queue.h"
#include "services/tasks/work/testing/fake_task_store.h"
#include "services/tasks/work/testing/test_call.h"

namespace gridwork::tasks {
namespace {

using namespace testing;

const std::string kWorker = Staff(1);
const std::string kOther = Staff(2);
const std::string kDispatcher = Staff(9);
const LatLng kPlace{41.8807571, -87.6347093};

using Fields = std::vector<std::string>;

Fields FieldsOf(const absl::Status& status) {
  Fields fields;
  for (const auto& [field, rule] : FieldViolationsOf(status)) fields.push_back(field);
  if (fields.empty()) fields.push_back(status.ToString());
  return fields;
}

class TaskServiceTest : public ::testing::Test {
 protected:
  TaskServiceTest() {
    place_ = AddPlace("1", "CHI/A/A-G1", kPlace);
    AddKind(SampleKind());
  }

  Place AddPlace(const std::string& number, const std::string& grid, std::optional<LatLng> location) {
    Place place{.display_name = "Cosi", .location = location, .grid = grid, .source = "licences", .source_id = number};
    auto run = Write(units_, [&](Unit& unit) -> absl::StatusOr<v1::Place> {
      auto imported = places_.Import(unit, std::string(RootOf(grid)), {place}, ImportMode::kWrite, "staff/9");
      if (!imported.ok()) return imported.status();
      place = places_.Find(imported->at(0).id).value();
      return v1::Place();
    });
    EXPECT_TRUE(run.ok()) << run.status();
    return place;
  }
  void AddKind(const TaskKind& kind) {
    EXPECT_TRUE(Write(units_, [&](Unit& unit) -> absl::StatusOr<v1::Task> {
                  if (auto status = kinds_.Create(unit, kind); !status.ok()) return status;
                  return v1::Task();
                }).ok());
  }
  void UpdateKind(const TaskKindChange& change) {
    TaskKind kind = Apply(kinds_.Find("FOOD_INSPECTION").value(), change, kThen);
    EXPECT_TRUE(Write(units_, [&](Unit& unit) -> absl::StatusOr<v1::Task> {
                  if (auto status = kinds_.Update(unit, kind); !status.ok()) return status;
                  return v1::Task();
                }).ok());
  }

  TestCall& As(const std::string& caller, const std::string& method = "Test") {
    call_ = std::make_unique<TestCall>("gridwork.tasks.v1.TaskService/" + method, Somebody(caller), clock_.Now());
    return *call_;
  }

  static v1::Task Wanted() {
    v1::Task task;
    task.set_kind("taskKinds/FOOD_INSPECTION");
    return task;
  }
  absl::StatusOr<v1::Task> Create(const v1::Task& task, const Place& place) {
    v1::CreateTaskRequest request;
    *request.mutable_task() = task;
    return Write(units_,
                 [&](Unit& unit) { return service_.CreateTask(As(kDispatcher).context(), request, unit, place); });
  }
  absl::StatusOr<v1::Task> Create(const v1::Task& task = Wanted()) { return Create(task, place_); }
  // A READY task that the index knows.
  Task Ready() {
    Uuid id = ParseTaskName("name", Create()->name()).value();
    Task task = tasks_.Find(id).value();
    EXPECT_TRUE(queue_.Apply({task}, false).ok());
    return task;
  }
  absl::StatusOr<v1::ClaimTasksResponse> Claim(int max, const std::string& area = "",
                                               const std::string& worker = kWorker) {
    v1::ClaimTasksRequest request;
    request.set_max_tasks(max);
    request.set_area(area);
    return Write(
        units_, [&](Unit& unit) { return service_.ClaimTasks(As(worker).context(), request, unit, ScopeOf({"CHI"})); });
  }
  // A task that kWorker holds.
  Task Claimed() {
    Task task = Ready();
    EXPECT_EQ(Claim(50)->tasks_size(), 1);
    return tasks_.Find(task.id).value();
  }
  static v1::SubmitTaskRequest Answered(int attempt = 1) {
    v1::SubmitTaskRequest request;
    request.set_attempt(attempt);
    request.set_form_version(1);
    auto* answer = request.add_answers();
    answer->set_key("ice");
    answer->set_checklist("PASS");
    return request;
  }
  absl::StatusOr<v1::Submission> Submit(const Task& task, v1::SubmitTaskRequest request,
                                        const std::string& worker = kWorker) {
    request.set_name(TaskName(task.id));
    auto found = service_.LoadClaimedTask(request.name());
    if (!found.ok()) return found.status();
    return Write(units_,
                 [&](Unit& unit) { return service_.SubmitTask(As(worker).context(), request, unit, found->row); });
  }
  Task Submitted() {
    Task task = Claimed();
    EXPECT_TRUE(Submit(task, Answered()).ok());
    return tasks_.Find(task.id).value();
  }
  absl::StatusOr<v1::Task> Review(const Task& task, bool accept, const std::string& note = "",
                                  const std::string& reviewer = kDispatcher) {
    v1::ReviewTaskRequest request;
    request.set_name(TaskName(task.id));
    request.set_etag(EtagOf(task.version));
    request.set_verdict(accept ? v1::ReviewTaskRequest::VERDICT_ACCEPT : v1::ReviewTaskRequest::VERDICT_RETURN);
    request.set_note(note);
    return Write(units_, [&](Unit& unit) { return service_.ReviewTask(As(reviewer).context(), request, unit, task); });
  }
  absl::StatusOr<v1::Task> Cancel(const Task& task, const std::string& etag) {
    v1::CancelTaskRequest request;
    request.set_name(TaskName(task.id));
    request.set_etag(etag);
    request.set_reason(v1::CancelTaskRequest::REASON_NOT_NEEDED);
    return Write(units_,
                 [&](Unit& unit) { return service_.CancelTask(As(kDispatcher).context(), request, unit, task); });
  }
  absl::StatusOr<v1::Task> Release(const Task& task, int attempt, const std::string& worker = kWorker) {
    v1::ReleaseTaskRequest request;
    request.set_name(TaskName(task.id));
    request.set_attempt(attempt);
    auto found = service_.LoadClaimedTask(request.name()).value();
    return Write(units_,
                 [&](Unit& unit) { return service_.ReleaseTask(As(worker).context(), request, unit, found.row); });
  }
  absl::StatusOr<v1::ListTasksResponse> List(const v1::ListTasksRequest& request,
                                             const std::string& caller = kDispatcher,
                                             std::vector<std::string> areas = {"CHI"}) {
    return service_.ListTasks(As(caller, "ListTasks").context(), request, ScopeOf(std::move(areas)));
  }
  absl::StatusOr<v1::ListSubmissionsResponse> Submissions(const Task& task, int page_size = 0,
                                                          const std::string& token = "",
                                                          const std::string& caller = kDispatcher) {
    v1::ListSubmissionsRequest request;
    request.set_parent(TaskName(task.id));
    request.set_page_size(page_size);
    request.set_page_token(token);
    auto found = service_.LoadClaimedTask(request.parent()).value();
    return service_.ListSubmissions(As(caller, "ListSubmissions").context(), request, found.row);
  }
  // The claim of kWorker is over and kOther has the task.
  Task Lost() {
    Task task = Claimed();
    clock_.Advance(kOnlineLease);
    Task ready = task;
    EXPECT_TRUE(EndLease(ready, clock_.Now()));
    EXPECT_TRUE(tasks_.InTransaction([&](Unit& unit) { return tasks_.Update(unit, ready); }).ok());
    EXPECT_TRUE(queue_.Apply({ready}, false).ok());
    EXPECT_EQ(Claim(1, "", kOther)->tasks_size(), 1);
    return tasks_.Find(task.id).value();
  }
  TaskState StateOf(const Task& task) { return tasks_.Find(task.id)->state; }

  FakeClock clock_;
  FakeTaskStore tasks_{clock_};
  FakeTaskKindStore kinds_;
  FakePlaceStore places_{clock_};
  FakeTaskQueue queue_;
  PageTokens page_tokens_{std::string(32, 'p')};
  Heartbeats heartbeats_{tasks_, absl::ZeroDuration()};
  struct NoWakes : Wakes {
    absl::StatusOr<std::vector<Wake>> Wait(absl::Duration) override { return std::vector<Wake>(); }
  } wakes_;
  Watches watches_{tasks_, wakes_, clock_};
  double random_ = 0;
  TaskService service_{tasks_,      kinds_,   places_,      queue_,
                       heartbeats_, watches_, page_tokens_, [this] { return random_; }};
  gridwork::testing::FakeUnits units_;
  std::unique_ptr<TestCall> call_;
  Place place_;
};

// ---- facts

TEST_F(TaskServiceTest, FactsOfItsObjects) {
  Task task = Lost();
  auto loaded = service_.LoadTask(TaskName(task.id));
  EXPECT_EQ(loaded->facts.area, "CHI/A/A-G1");
  EXPECT_EQ(loaded->facts.claimants, std::vector<std::string>{kOther});
  auto claimed = service_.LoadClaimedTask(TaskName(task.id));
  EXPECT_EQ(claimed->facts.claimants, (std::vector<std::string>{kWorker, kOther}));
  EXPECT_EQ(claimed->row.task.id, task.id);

  const std::string unknown = Uuid::V7(kThen).ToString();
  EXPECT_EQ(service_.LoadTask("tasks/" + unknown).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(service_.LoadClaimedTask("tasks/" + unknown).status().code(), absl::StatusCode::kNotFound);
  for (const char* bad : {"", "tasks/x", "task"}) {
    EXPECT_EQ(ReasonOf(service_.LoadTask(bad).status()), "BAD_FIELD");
    EXPECT_EQ(ReasonOf(service_.LoadClaimedTask(bad).status()), "BAD_FIELD");
  }
}

// ---- CreateTask, BatchCreateTasks, GetTask

TEST_F(TaskServiceTest, CreatesWithTheDefaultsOfTheKind) {
  auto made = Create();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->state(), v1::TASK_STATE_READY);
  EXPECT_EQ(made->priority(), 5);
  EXPECT_EQ(made->grid(), "CHI/A/A-G1");
  EXPECT_EQ(made->place(), "places/" + place_.id.ToString());
  EXPECT_EQ(made->form_version(), 1);
  EXPECT_EQ(made->etag(), "1");
  EXPECT_EQ(made->attempt(), 0);
  Task stored = tasks_.Find(ParseTaskName("name", made->name()).value()).value();
  EXPECT_EQ(stored.roles, "FI");
  EXPECT_EQ(stored.created, kThen);
  auto got = service_.GetTask(As(kWorker).context(), {}, stored);
  EXPECT_EQ(got->SerializeAsString(), made->SerializeAsString());
}

TEST_F(TaskServiceTest, CreatesWhatIsAskedFor) {
  UpdateKind({.claim_roles = {{"INSPECTOR"}}});
  v1::Task wanted = Wanted();
  wanted.set_priority(0);
  wanted.mutable_due_time()->set_seconds(1'800'000'600);
  wanted.set_assignee(kOther);
  // What is output only is not looked at.
  wanted.set_state(v1::TASK_STATE_ACCEPTED);
  wanted.set_grid("NYC");
  wanted.set_claimant(kOther);
  wanted.set_attempt(7);
  wanted.set_return_note("x");
  wanted.set_form_version(9);
  auto made = Create(wanted);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->priority(), 0);
  EXPECT_EQ(made->due_time().seconds(), 1'800'000'600);
  EXPECT_EQ(made->assignee(), kOther);
  EXPECT_EQ(made->state(), v1::TASK_STATE_READY);
  EXPECT_EQ(made->grid(), "CHI/A/A-G1");
  EXPECT_EQ(made->claimant(), "");
  EXPECT_EQ(made->attempt(), 0);
  EXPECT_EQ(made->return_note(), "");
  EXPECT_EQ(made->form_version(), 1);
  EXPECT_EQ(tasks_.Find(ParseTaskName("name", made->name()).value())->roles, "I");
}

TEST_F(TaskServiceTest, RefusesToCreate) {
  auto refused = [&](const std::function<void(v1::Task&)>& change) {
    v1::Task wanted = Wanted();
    change(wanted);
    return FieldsOf(Create(wanted).status());
  };
  EXPECT_EQ(refused([](auto& t) { t.clear_kind(); }), Fields{"task.kind"});
  EXPECT_EQ(refused([](auto& t) { t.set_kind("taskKinds/UNKNOWN"); }), Fields{"task.kind"});
  EXPECT_EQ(refused([](auto& t) { t.set_priority(10); }), Fields{"task.priority"});
  EXPECT_EQ(refused([](auto& t) { t.set_assignee("nobody"); }), Fields{"task.assignee"});
  EXPECT_EQ(refused([](auto& t) { t.mutable_due_time()->set_seconds(-1); }), Fields{"task.due_time"});
  // A kind is used where it was made for.
  EXPECT_EQ(FieldsOf(Create(Wanted(), AddPlace("2", "NYC/A/A-G1", kPlace)).status()), Fields{"task.kind"});
  EXPECT_EQ(List({}, kDispatcher, {"CHI", "NYC"})->tasks_size(), 0);
}

TEST_F(TaskServiceTest, ABatchHasAVerdictForEach) {
  v1::BatchCreateTasksRequest request;
  for (int i = 0; i < 4; ++i) *request.add_tasks() = Wanted();
  request.mutable_tasks(1)->set_kind("taskKinds/UNKNOWN");
  rpc::Batch<Place> places = {place_, place_, absl::NotFoundError("NOT_FOUND: no such Place"), place_};
  auto made = Write(
      units_, [&](Unit& unit) { return service_.BatchCreateTasks(As(kDispatcher).context(), request, unit, places); });
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->verdicts_size(), 4);
  EXPECT_TRUE(made->verdicts(0).has_task());
  EXPECT_EQ(made->verdicts(1).error().code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(made->verdicts(2).error().code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_TRUE(made->verdicts(3).has_task());
  EXPECT_NE(made->verdicts(0).task().name(), made->verdicts(3).task().name());
  EXPECT_EQ(List({})->tasks_size(), 2);
}

TEST_F(TaskServiceTest, ABatchIsNotEmptyAndWaitsForWhatIsAway) {
  v1::BatchCreateTasksRequest request;
  auto create = [&](const rpc::Batch<Place>& places) {
    return Write(units_, [&](Unit& unit) {
      return service_.BatchCreateTasks(As(kDispatcher).context(), request, unit, places);
    });
  };
  EXPECT_EQ(FieldsOf(create({}).status()), Fields{"tasks"});
  for (int i = 0; i < 2; ++i) *request.add_tasks() = Wanted();
  EXPECT_EQ(create({place_, absl::UnavailableError("away")}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(List({})->tasks_size(), 0);
}

// ---- ListTasks

TEST_F(TaskServiceTest, ListsWithPagesThatBelongToCallerAndFilters) {
  std::set<std::string> made;
  for (int i = 0; i < 5; ++i) made.insert(Create()->name());
  v1::ListTasksRequest request;
  request.set_page_size(2);
  request.set_area("CHI");
  std::set<std::string> seen;
  int pages = 0;
  std::string second_page;
  do {
    auto page = List(request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& task : page->tasks()) EXPECT_TRUE(seen.insert(task.name()).second);
    request.set_page_token(page->next_page_token());
    if (++pages == 1) second_page = page->next_page_token();
  } while (!request.page_token().empty());
  EXPECT_EQ(seen, made);
  EXPECT_EQ(pages, 3);

  request.set_page_token(second_page);
  EXPECT_TRUE(List(request).ok());
  EXPECT_EQ(FieldsOf(List(request, kOther).status()), Fields{"page_token"});
  auto with = [&](const std::function<void(v1::ListTasksRequest&)>& change) {
    v1::ListTasksRequest other = request;
    change(other);
    return FieldsOf(List(other).status());
  };
  EXPECT_EQ(with([](auto& r) { r.set_area("CHI/A"); }), Fields{"page_token"});
  EXPECT_EQ(with([](auto& r) { r.clear_area(); }), Fields{"page_token"});
  EXPECT_EQ(with([](auto& r) { r.set_state(v1::TASK_STATE_READY); }), Fields{"page_token"});
  EXPECT_EQ(with([](auto& r) { r.set_worker(kWorker); }), Fields{"page_token"});
  EXPECT_EQ(with([](auto& r) { r.mutable_due_before_time()->set_seconds(1); }), Fields{"page_token"});
  EXPECT_EQ(with([](auto& r) { r.set_page_token("garbage"); }), Fields{"page_token"});
  // Of another method.
  Task task = Lost();
  ASSERT_TRUE(Submit(task, Answered(1)).ok());
  ASSERT_TRUE(Submit(task, Answered(2), kOther).ok());
  request.set_page_token(Submissions(task, 1)->next_page_token());
  EXPECT_FALSE(request.page_token().empty());
  EXPECT_EQ(FieldsOf(List(request).status()), Fields{"page_token"});
}

TEST_F(TaskServiceTest, ListsByFilterInScope) {
  Task claimed = Claimed();
  ASSERT_TRUE(Create().ok());
  v1::ListTasksRequest request;
  EXPECT_EQ(List(request)->tasks_size(), 2);
  EXPECT_EQ(List(request, kDispatcher, {})->tasks_size(), 0);
  EXPECT_EQ(List(request, kDispatcher, {"CHI/B"})->tasks_size(), 0);
  request.set_state(v1::TASK_STATE_CLAIMED);
  EXPECT_EQ(List(request)->tasks(0).name(), TaskName(claimed.id));
  request.set_worker(kOther);
  EXPECT_EQ(List(request)->tasks_size(), 0);
  request.set_worker("kWorker");
  EXPECT_EQ(FieldsOf(List(request).status()), Fields{"worker"});
}

// ---- ClaimTasks

TEST_F(TaskServiceTest, ClaimsWithALease) {
  Ready();
  Ready();
  auto claimed = Claim(1);
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  ASSERT_EQ(claimed->tasks_size(), 1);
  EXPECT_EQ(claimed->tasks(0).state(), v1::TASK_STATE_CLAIMED);
  EXPECT_EQ(claimed->tasks(0).claimant(), kWorker);
  EXPECT_EQ(claimed->tasks(0).attempt(), 1);
  EXPECT_EQ(claimed->tasks(0).lease_expire_time().seconds(), absl::ToUnixSeconds(kThen + kOnlineLease));
  EXPECT_EQ(Claim(50, "CHI/A")->tasks_size(), 1);
  EXPECT_EQ(Claim(50)->tasks_size(), 0);  // none is no error
}

TEST_F(TaskServiceTest, RefusesToClaim) {
  for (int bad : {0, -1, 51}) EXPECT_EQ(FieldsOf(Claim(bad).status()), Fields{"max_tasks"});
  EXPECT_EQ(FieldsOf(Claim(1, "a").status()), Fields{"area"});
  Ready();
  EXPECT_EQ(Claim(1, "NYC")->tasks_size(), 0);
}

// ---- SubmitTask

TEST_F(TaskServiceTest, AResultIsStoredAndTheTaskWaitsForReview) {
  Task task = Claimed();
  v1::SubmitTaskRequest request = Answered();
  request.mutable_answers(0)->set_checklist("FAIL");
  auto* note = request.add_answers();
  note->set_key("ice_note");
  note->set_note("Mould on the scoop");
  auto* finding = request.add_findings();
  finding->set_item("FOOD_ICE");
  finding->set_severity(v1::SEVERITY_SERIOUS);
  auto result = Submit(task, request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->name(), TaskName(task.id) + "/submissions/1");
  EXPECT_EQ(result->state(), v1::SUBMISSION_STATE_SUBMITTED);
  EXPECT_EQ(result->worker(), kWorker);
  EXPECT_EQ(result->answers_size(), 2);
  EXPECT_EQ(result->findings_size(), 1);
  Task stored = tasks_.Find(task.id).value();
  EXPECT_EQ(stored.state, TaskState::kSubmitted);
  EXPECT_EQ(stored.version, 3);
  EXPECT_EQ(stored.lease_until, std::nullopt);
  auto listed = Submissions(task);
  ASSERT_EQ(listed->submissions_size(), 1);
  EXPECT_EQ(listed->submissions(0).SerializeAsString(), result->SerializeAsString());
}

TEST_F(TaskServiceTest, OnlyTheClaimantOfAnAttemptSubmitsIt) {
  Task task = Lost();  // attempt 1 was kWorker's, 2 is kOther's
  EXPECT_EQ(ReasonOf(Submit(task, Answered(2)).status()), "TASK_NOT_YOURS");
  EXPECT_EQ(ReasonOf(Submit(task, Answered(1), kOther).status()), "TASK_NOT_YOURS");
  EXPECT_EQ(ReasonOf(Submit(task, Answered(3)).status()), "TASK_NOT_YOURS");
  EXPECT_EQ(ReasonOf(Submit(task, Answered(1'000'000), kOther).status()), "TASK_NOT_YOURS");
  EXPECT_EQ(FieldsOf(Submit(task, Answered(0)).status()), Fields{"attempt"});
  EXPECT_EQ(FieldsOf(Submit(task, Answered(-1)).status()), Fields{"attempt"});
  EXPECT_EQ(ReasonOf(Submit(Ready(), Answered(1)).status()), "TASK_NOT_YOURS");  // nobody claimed it
  EXPECT_TRUE(tasks_.Submissions(task.id)->empty());
}

TEST_F(TaskServiceTest, AResultWhoseLeaseWasLostIsKeptAsLate) {
  Task task = Lost();
  const std::string before = TextOf(tasks_.Find(task.id).value());
  auto late = Submit(task, Answered(1));
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_EQ(late->state(), v1::SUBMISSION_STATE_LATE);
  EXPECT_EQ(TextOf(tasks_.Find(task.id).value()), before);
  // The other one is not hindered, and both are there.
  EXPECT_EQ(Submit(task, Answered(2), kOther)->state(), v1::SUBMISSION_STATE_SUBMITTED);
  auto listed = Submissions(task);
  ASSERT_EQ(listed->submissions_size(), 2);
  EXPECT_EQ(listed->submissions(0).state(), v1::SUBMISSION_STATE_LATE);
  EXPECT_EQ(listed->submissions(1).state(), v1::SUBMISSION_STATE_SUBMITTED);
}

TEST_F(TaskServiceTest, LateToo) {
  // The lease is over and nobody has taken the task yet.
  Task task = Claimed();
  clock_.Advance(kOnlineLease);
  EXPECT_EQ(Submit(task, Answered())->state(), v1::SUBMISSION_STATE_LATE);
  EXPECT_EQ(StateOf(task), TaskState::kClaimed);
  // The task was cancelled meanwhile.
  Task other = Claimed();
  ASSERT_TRUE(Cancel(other, "2").ok());
  EXPECT_EQ(Submit(other, Answered())->state(), v1::SUBMISSION_STATE_LATE);
  EXPECT_EQ(StateOf(other), TaskState::kCancelled);
}

TEST_F(TaskServiceTest, AnAttemptHasOneResult) {
  Task task = Submitted();
  absl::Status again = Submit(task, Answered()).status();
  EXPECT_EQ(again.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(again), "ALREADY_SUBMITTED");
  EXPECT_EQ(tasks_.Submissions(task.id)->size(), 1u);
}

TEST_F(TaskServiceTest, AnswersAreMadeForTheTasksFormOrANewerOne) {
  Task old = Claimed();
  UpdateKind({.form = Form{.questions = {{.key = "ice", .item = "FOOD_ICE", .kind = Note{}}}}});
  v1::SubmitTaskRequest request = Answered();
  request.set_form_version(3);
  absl::Status unknown = Submit(old, request).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(unknown), "FORM_VERSION_UNKNOWN");
  EXPECT_EQ(MetadataOf(unknown)["asked"], "3");
  EXPECT_EQ(MetadataOf(unknown)["newest"], "2");
  request.set_form_version(0);
  EXPECT_EQ(FieldsOf(Submit(old, request).status()), Fields{"form_version"});
  request.set_form_version(2);
  EXPECT_EQ(FieldsOf(Submit(old, request).status()), Fields{"answers[0].checklist"});  // it asks for a note now
  request.mutable_answers(0)->set_note("clean");
  EXPECT_EQ(Submit(old, request)->form_version(), 2);

  Task fresh = Claimed();
  EXPECT_EQ(fresh.form_version, 2);
  EXPECT_EQ(ReasonOf(Submit(fresh, Answered()).status()), "FORM_VERSION_UNKNOWN");  // older than the task's
}

TEST_F(TaskServiceTest, ABadAnswerIsNamed) {
  Task task = Claimed();
  auto refused = [&](const std::function<void(v1::SubmitTaskRequest&)>& change) {
    v1::SubmitTaskRequest request = Answered();
    change(request);
    absl::Status status = Submit(task, request).status();
    EXPECT_EQ(ReasonOf(status), "BAD_FIELD");
    return FieldsOf(status);
  };
  EXPECT_EQ(refused([](auto& r) { r.mutable_answers(0)->set_checklist("MAYBE"); }), Fields{"answers[0].checklist"});
  EXPECT_EQ(refused([](auto& r) { r.mutable_answers(0)->set_count(3); }), Fields{"answers[0].count"});
  EXPECT_EQ(refused([](auto& r) { r.mutable_answers(0)->set_key("fire"); })[0].substr(0, 7), "answers");
  EXPECT_EQ(refused([](auto& r) { r.clear_answers(); })[0].substr(0, 7), "answers");
  EXPECT_EQ(refused([](auto& r) {
              auto* finding = r.add_findings();
              finding->set_item("OWNER_IS_RUDE");
              finding->set_severity(v1::SEVERITY_MINOR);
            }),
            Fields{"findings[0].item"});
  EXPECT_EQ(refused([](auto& r) { r.mutable_location()->set_latitude(91); }), Fields{"location"});
  EXPECT_EQ(StateOf(task), TaskState::kClaimed);
  EXPECT_TRUE(tasks_.Submissions(task.id)->empty());
}

TEST_F(TaskServiceTest, SaysWhetherItWasNearThePlace) {
  auto near = [&](std::optional<LatLng> location) -> std::optional<bool> {
    v1::SubmitTaskRequest request = Answered();
    if (location) {
      request.mutable_location()->set_latitude(location->latitude);
      request.mutable_location()->set_longitude(location->longitude);
    }
    Task task = Claimed();
    auto result = Submit(task, request);
    EXPECT_TRUE(result.ok()) << result.status();
    if (result->has_near_place()) return result->near_place();
    return std::nullopt;
  };
  const LatLng across{kPlace.latitude + 0.0008, kPlace.longitude}, away{kPlace.latitude + 0.0010, kPlace.longitude};
  EXPECT_EQ(near(kPlace), true);
  EXPECT_EQ(near(across), true);  // 89 m
  EXPECT_EQ(near(away), false);   // 111 m
  EXPECT_EQ(near(LatLng{-kPlace.latitude, 0}), false);
  EXPECT_EQ(near(std::nullopt), std::nullopt);
  place_ = AddPlace("2", "CHI/A/A-G1", std::nullopt);  // nobody knows where it is
  EXPECT_EQ(near(kPlace), std::nullopt);
  place_ = AddPlace("3", "CHI/A/A-G1", kPlace);
  UpdateKind({.within_metres = 0});  // not asked
  EXPECT_EQ(near(kPlace), std::nullopt);
}

// What is kept of the position is one word.
TEST_F(TaskServiceTest, ThePositionIsStoredNowhere) {
  Task task = Claimed();
  v1::SubmitTaskRequest request = Answered();
  const double latitude = 41.8812345678, longitude = -87.6298765432;
  request.mutable_location()->set_latitude(latitude);
  request.mutable_location()->set_longitude(longitude);
  auto result = Submit(task, request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->has_near_place());
  ASSERT_TRUE(queue_.Apply({tasks_.Find(task.id).value()}, false).ok());

  std::vector<std::string> kept = {result->SerializeAsString(), result->DebugString(),
                                   TextOf(tasks_.Find(task.id).value())};
  const std::vector<Submission> submissions = tasks_.Submissions(task.id).value();
  for (const Submission& s : submissions)
    kept.insert(kept.end(), {s.content, s.worker, s.review_note, ToProto(s).SerializeAsString()});
  std::vector<std::string> traces = {"41.88", "87.62", "418812", "876298", "41.8812345678", "-87.6298765432"};
  for (double value : {latitude, longitude}) {
    std::string bytes(sizeof value, 0);
    std::memcpy(bytes.data(), &value, sizeof value);
    traces.push_back(bytes);
    auto single = static_cast<float>(value);
    std::string single_bytes(sizeof single, 0);
    std::memcpy(single_bytes.data(), &single, sizeof single);
    traces.push_back(single_bytes);
  }
  // The search finds it where it is.
  EXPECT_NE(request.SerializeAsString().find(traces[6]), std::string::npos);
  for (const std::string& text : kept) {
    for (const std::string& trace : traces) EXPECT_EQ(text.find(trace), std::string::npos);
  }
}

// ---- ReviewTask

TEST_F(TaskServiceTest, AcceptsAResult) {
  Task task = Submitted();
  auto accepted = Review(task, true, "good");
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->state(), v1::TASK_STATE_ACCEPTED);
  EXPECT_EQ(accepted->etag(), "4");
  auto listed = Submissions(task);
  EXPECT_EQ(listed->submissions(0).state(), v1::SUBMISSION_STATE_ACCEPTED);
  EXPECT_EQ(listed->submissions(0).review_note(), "good");
  EXPECT_EQ(tasks_.Find(task.id)->return_note, "");
}

TEST_F(TaskServiceTest, ReturnsAResultWithANote) {
  Task task = Submitted();
  auto returned = Review(task, false, " the scoop too ");
  ASSERT_TRUE(returned.ok()) << returned.status();
  EXPECT_EQ(returned->state(), v1::TASK_STATE_READY);
  EXPECT_EQ(returned->return_note(), "the scoop too");
  EXPECT_EQ(Submissions(task)->submissions(0).state(), v1::SUBMISSION_STATE_RETURNED);
  // And again, as the next attempt.
  ASSERT_TRUE(queue_.Apply({tasks_.Find(task.id).value()}, false).ok());
  ASSERT_EQ(Claim(1)->tasks(0).attempt(), 2);
  ASSERT_TRUE(Submit(task, Answered(2)).ok());
  ASSERT_TRUE(Review(tasks_.Find(task.id).value(), true).ok());
  auto listed = Submissions(task);
  EXPECT_EQ(listed->submissions(0).state(), v1::SUBMISSION_STATE_RETURNED);
  EXPECT_EQ(listed->submissions(1).state(), v1::SUBMISSION_STATE_ACCEPTED);
}

TEST_F(TaskServiceTest, RefusesToReview) {
  Task task = Submitted();
  EXPECT_EQ(ReasonOf(Review(task, true, "", kWorker).status()), "REVIEW_OF_OWN_WORK");
  EXPECT_EQ(ReasonOf(Review(task, false, "again", kWorker).status()), "REVIEW_OF_OWN_WORK");
  EXPECT_EQ(FieldsOf(Review(task, false).status()), Fields{"note"});
  EXPECT_EQ(FieldsOf(Review(task, true, std::string(301, 'x')).status()), Fields{"note"});
  Task stale = task;
  stale.version = 2;
  absl::Status mismatch = Review(stale, true).status();
  EXPECT_EQ(mismatch.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(mismatch), "ETAG_MISMATCH");
  EXPECT_EQ(MetadataOf(mismatch)["etag"], "3");
  EXPECT_EQ(StateOf(task), TaskState::kSubmitted);
  ASSERT_TRUE(Review(task, true).ok());
  EXPECT_EQ(ReasonOf(Review(tasks_.Find(task.id).value(), true).status()), "TASK_NOT_SUBMITTED");
  EXPECT_EQ(ReasonOf(Review(Ready(), false, "x").status()), "TASK_NOT_SUBMITTED");
}

TEST_F(TaskServiceTest, NaughtyNotesAreKeptOrRefused) {
  int number = 0, kept = 0;
  for (const std::string& text : NaughtyStrings(GRIDWORK_SOURCE_DIR)) {
    ++number;
    Task task = Submitted();
    auto expected = ParseText("note", text, {.max = scope::kItemNoteCharacters, .multiline = true});
    auto returned = Review(task, false, text);
    ASSERT_EQ(returned.ok(), expected.ok()) << text;
    if (returned.ok()) {
      ++kept;
      EXPECT_EQ(returned->return_note(), *expected);
      EXPECT_EQ(tasks_.Find(task.id)->return_note, *expected);
      EXPECT_EQ(Submissions(task)->submissions(0).review_note(), *expected);
    } else {
      EXPECT_EQ(FieldsOf(returned.status()), Fields{"note"});
      EXPECT_EQ(StateOf(task), TaskState::kSubmitted);
    }
  }
  EXPECT_GE(number, 500);
  EXPECT_GT(kept, 400);
}

TEST_F(TaskServiceTest, NaughtyAnswersAreKeptOrRefused) {
  int kept = 0;
  for (const std::string& text : NaughtyStrings(GRIDWORK_SOURCE_DIR)) {
    Task task = Claimed();
    v1::SubmitTaskRequest request = Answered();
    request.mutable_answers(0)->set_checklist("FAIL");
    auto* note = request.add_answers();
    note->set_key("ice_note");
    note->set_note(text);
    auto result = Submit(task, request);
    if (result.ok()) {
      ++kept;
      EXPECT_EQ(result->answers(1).note(), Submissions(task)->submissions(0).answers(1).note());
    } else {
      EXPECT_EQ(FieldsOf(result.status()), Fields{"answers[1].note"}) << text;
    }
    request.mutable_answers(0)->set_checklist(text);
    EXPECT_FALSE(Submit(Claimed(), request).ok());
  }
  EXPECT_GT(kept, 400);
}

// ---- CancelTask, ReleaseTask

TEST_F(TaskServiceTest, CancelsWhatIsOpen) {
  Task ready = Ready();
  auto cancelled = Cancel(ready, "1");
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state(), v1::TASK_STATE_CANCELLED);
  EXPECT_EQ(ReasonOf(Cancel(ready, "2").status()), "TASK_NOT_OPEN");
  EXPECT_EQ(Claim(5)->tasks_size(), 0);  // the index still offered it
  Task claimed = Claimed();
  EXPECT_EQ(Cancel(claimed, "2")->state(), v1::TASK_STATE_CANCELLED);
  EXPECT_EQ(ReasonOf(Cancel(Submitted(), "3").status()), "TASK_NOT_OPEN");
}

TEST_F(TaskServiceTest, RefusesToCancel) {
  Task task = Ready();
  absl::Status mismatch = Cancel(task, "7").status();
  EXPECT_EQ(mismatch.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(MetadataOf(mismatch)["etag"], "1");
  EXPECT_EQ(FieldsOf(Cancel(task, "").status()), Fields{"etag"});
  EXPECT_EQ(StateOf(task), TaskState::kReady);
}

TEST_F(TaskServiceTest, ReleasesAClaim) {
  Task task = Claimed();
  EXPECT_EQ(ReasonOf(Release(task, 2).status()), "TASK_NOT_YOURS");
  EXPECT_EQ(ReasonOf(Release(task, 0).status()), "TASK_NOT_YOURS");
  EXPECT_EQ(ReasonOf(Release(task, 1, kOther).status()), "TASK_NOT_YOURS");
  auto released = Release(task, 1);
  ASSERT_TRUE(released.ok()) << released.status();
  EXPECT_EQ(released->state(), v1::TASK_STATE_READY);
  EXPECT_FALSE(released->has_lease_expire_time());
  EXPECT_EQ(ReasonOf(Release(task, 1).status()), "TASK_NOT_YOURS");
  Task late = Claimed();
  clock_.Advance(kOnlineLease);
  EXPECT_EQ(ReasonOf(Release(late, 1).status()), "TASK_NOT_YOURS");
}

// ---- ListSubmissions

TEST_F(TaskServiceTest, SubmissionsInPages) {
  Task task = Lost();
  ASSERT_TRUE(Submit(task, Answered(1)).ok());
  ASSERT_TRUE(Submit(task, Answered(2), kOther).ok());
  auto first = Submissions(task, 1);
  ASSERT_EQ(first->submissions_size(), 1);
  EXPECT_EQ(first->submissions(0).name(), TaskName(task.id) + "/submissions/1");
  auto second = Submissions(task, 1, first->next_page_token());
  ASSERT_EQ(second->submissions_size(), 1);
  EXPECT_EQ(second->submissions(0).name(), TaskName(task.id) + "/submissions/2");
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_EQ(Submissions(task, 2)->next_page_token(), "");

  EXPECT_EQ(FieldsOf(Submissions(task, 1, first->next_page_token(), kOther).status()), Fields{"page_token"});
  EXPECT_EQ(FieldsOf(Submissions(Ready(), 1, first->next_page_token()).status()), Fields{"page_token"});
  EXPECT_EQ(FieldsOf(Submissions(task, -1).status()), Fields{"page_size"});
  EXPECT_EQ(Submissions(Ready())->submissions_size(), 0);
}

// ---- Heartbeat, KeepOffline

TEST_F(TaskServiceTest, AHeartbeatIsAnsweredInTheOrderOfItsClaims) {
  Task held = Claimed(), lost = Lost();
  v1::HeartbeatRequest request;
  for (const Task& task : {lost, held}) {
    auto* lease = request.add_leases();
    lease->set_name(TaskName(task.id));
    lease->set_attempt(1);
  }
  clock_.Advance(absl::Seconds(30));
  auto beat = [&] {
    std::promise<absl::StatusOr<v1::HeartbeatResponse>> answer;
    service_.Heartbeat(As(kWorker).context(), request, [&](auto response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  };
  auto answered = beat();
  ASSERT_TRUE(answered.ok()) << answered.status();
  ASSERT_EQ(answered->leases_size(), 2);
  EXPECT_EQ(answered->leases(0).name(), TaskName(lost.id));
  EXPECT_FALSE(answered->leases(0).has_lease_expire_time());
  EXPECT_EQ(answered->leases(1).lease_kind(), v1::LEASE_KIND_ONLINE);
  EXPECT_EQ(tasks_.Find(held.id)->lease_until, clock_.Now() + kOnlineLease);
  EXPECT_EQ(answered->leases(1).lease_expire_time().seconds(), absl::ToUnixSeconds(clock_.Now() + kOnlineLease));
  request.mutable_leases(1)->set_attempt(0);
  EXPECT_EQ(FieldsOf(beat().status()), Fields{"leases[1].attempt"});
}

TEST_F(TaskServiceTest, KeepsClaimsOfflineWithAVerdictForEach) {
  Task held = Claimed(), lost = Lost();
  v1::KeepOfflineRequest request;
  rpc::Batch<ClaimedTask> found;
  for (const Task& task : {lost, held}) {
    auto* lease = request.add_leases();
    lease->set_name(TaskName(task.id));
    lease->set_attempt(1);
    found.push_back(service_.LoadClaimedTask(lease->name())->row);
  }
  request.add_leases()->set_attempt(1);
  found.push_back(errors::TaskNotFound());
  auto keep = [&](absl::Time until) {
    request.mutable_offline_until_time()->set_seconds(absl::ToUnixSeconds(until));
    return Write(units_, [&](Unit& unit) { return service_.KeepOffline(As(kWorker).context(), request, unit, found); });
  };
  EXPECT_EQ(FieldsOf(keep(clock_.Now() + absl::Hours(97)).status()), Fields{"offline_until_time"});
  EXPECT_EQ(FieldsOf(keep(clock_.Now()).status()), Fields{"offline_until_time"});
  // The claim is just over; a heartbeat would save it.
  EXPECT_EQ(ReasonOf(rpc::FromRpcStatus(keep(clock_.Now() + absl::Hours(1))->verdicts(1).error())), "TASK_NOT_YOURS");
  Task again = Claimed();
  request.mutable_leases(1)->set_name(TaskName(again.id));
  found[1] = service_.LoadClaimedTask(TaskName(again.id))->row;
  auto kept = keep(clock_.Now() + absl::Hours(96));
  ASSERT_TRUE(kept.ok()) << kept.status();
  ASSERT_EQ(kept->verdicts_size(), 3);
  EXPECT_EQ(ReasonOf(rpc::FromRpcStatus(kept->verdicts(0).error())), "TASK_NOT_YOURS");
  EXPECT_EQ(kept->verdicts(1).task().lease_kind(), v1::LEASE_KIND_OFFLINE);
  EXPECT_EQ(ReasonOf(rpc::FromRpcStatus(kept->verdicts(2).error())), "NOT_FOUND");
  EXPECT_EQ(tasks_.Find(again.id)->lease_until, clock_.Now() + absl::Hours(96));
  clock_.Advance(absl::Hours(95));
  EXPECT_EQ(Submit(again, Answered())->state(), v1::SUBMISSION_STATE_SUBMITTED);
}

TEST_F(TaskServiceTest, AnOfflineClaimEndsAtMostFourDaysAway) {
  Ready();
  v1::ClaimTasksRequest request;
  request.set_max_tasks(1);
  auto claim = [&](absl::Time until) {
    request.mutable_offline_until_time()->set_seconds(absl::ToUnixSeconds(until));
    return Write(units_, [&](Unit& unit) {
      return service_.ClaimTasks(As(kWorker).context(), request, unit, ScopeOf({"CHI"}));
    });
  };
  EXPECT_EQ(FieldsOf(claim(clock_.Now() + absl::Hours(96) + absl::Seconds(1)).status()), Fields{"offline_until_time"});
  auto claimed = claim(clock_.Now() + absl::Hours(10));
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(claimed->tasks(0).lease_kind(), v1::LEASE_KIND_OFFLINE);
}

// ---- start, FailTask, ReplayTask

TEST_F(TaskServiceTest, ATaskWithAStartToComeIsScheduled) {
  v1::Task wanted = Wanted();
  wanted.mutable_start_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 1);
  auto created = Create(wanted);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->state(), v1::TASK_STATE_SCHEDULED);
  EXPECT_EQ(created->start_time().seconds(), wanted.start_time().seconds());
  EXPECT_EQ(StateOf(tasks_.Find(*ParseTaskName("name", created->name())).value()), TaskState::kScheduled);
  wanted.mutable_start_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(Create(wanted)->state(), v1::TASK_STATE_READY);

  v1::BatchCreateTasksRequest batch;
  for (int i : {0, 1, 2}) {
    *batch.add_tasks() = Wanted();
    if (i == 1) batch.mutable_tasks(i)->mutable_start_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 60);
  }
  batch.mutable_tasks(0)->set_kind("taskKinds/NONE");
  rpc::Batch<Place> places(3, place_);
  auto made = Write(
      units_, [&](Unit& unit) { return service_.BatchCreateTasks(As(kDispatcher).context(), batch, unit, places); });
  EXPECT_TRUE(made->verdicts(0).has_error());
  EXPECT_EQ(made->verdicts(1).task().state(), v1::TASK_STATE_SCHEDULED);
  EXPECT_EQ(made->verdicts(2).task().state(), v1::TASK_STATE_READY);
}

TEST_F(TaskServiceTest, WhatFailsIsTriedLaterAndIsDeadInTheEnd) {
  UpdateKind({.max_failures = 2});
  Task task = Claimed();
  v1::FailTaskRequest request;
  request.set_name(TaskName(task.id));
  auto fail = [&](const std::string& worker = kWorker) {
    auto found = service_.LoadClaimedTask(request.name()).value();
    return Write(units_, [&](Unit& unit) { return service_.FailTask(As(worker).context(), request, unit, found.row); });
  };
  request.set_attempt(1);
  EXPECT_EQ(FieldsOf(fail().status()), Fields{"reason"});
  request.set_reason(v1::FAIL_REASON_CLOSED_NOW);
  EXPECT_EQ(ReasonOf(fail(kOther).status()), "TASK_NOT_YOURS");
  random_ = 0.5;
  auto failed = fail();
  ASSERT_TRUE(failed.ok()) << failed.status();
  EXPECT_EQ(failed->state(), v1::TASK_STATE_SCHEDULED);
  EXPECT_EQ(failed->failures(), 1);
  EXPECT_EQ(tasks_.Find(task.id)->start, clock_.Now() + RetryDelay(1, 0.5));
  EXPECT_EQ(ReasonOf(fail().status()), "TASK_NOT_YOURS");

  clock_.Advance(absl::Hours(1));
  Task again = tasks_.Find(task.id).value();
  ASSERT_TRUE(Start(again, clock_.Now()));
  ASSERT_TRUE(tasks_.InTransaction([&](Unit& unit) { return tasks_.Update(unit, again); }).ok());
  ASSERT_TRUE(queue_.Apply({again}, false).ok());
  ASSERT_EQ(Claim(1)->tasks(0).attempt(), 2);
  request.set_attempt(2);
  EXPECT_EQ(fail()->state(), v1::TASK_STATE_DEAD);

  // The dead letters, and what happened to one.
  v1::ListTasksRequest dead;
  dead.set_state(v1::TASK_STATE_DEAD);
  ASSERT_EQ(List(dead)->tasks_size(), 1);
  v1::ListTaskAttemptsRequest list;
  list.set_parent(TaskName(task.id));
  list.set_page_size(1);
  auto attempts = [&] {
    return service_.ListTaskAttempts(As(kDispatcher, "ListTaskAttempts").context(), list, tasks_.Find(task.id).value());
  };
  auto first = attempts();
  ASSERT_EQ(first->attempts_size(), 1);
  EXPECT_EQ(first->attempts(0).attempt(), 1);
  EXPECT_EQ(first->attempts(0).outcome(), v1::ATTEMPT_OUTCOME_FAILED);
  EXPECT_EQ(first->attempts(0).fail_reason(), v1::FAIL_REASON_CLOSED_NOW);
  EXPECT_EQ(first->attempts(0).worker(), kWorker);
  EXPECT_TRUE(first->attempts(0).has_end_time());
  list.set_page_token(first->next_page_token());
  EXPECT_EQ(attempts()->attempts(0).attempt(), 2);
  EXPECT_EQ(attempts()->next_page_token(), "");
  list.set_page_token("x");
  EXPECT_EQ(FieldsOf(attempts().status()), Fields{"page_token"});

  v1::ReplayTaskRequest replay;
  replay.set_name(TaskName(task.id));
  auto replayed = [&](const std::string& etag) {
    replay.set_etag(etag);
    return Write(units_, [&](Unit& unit) {
      return service_.ReplayTask(As(kDispatcher).context(), replay, unit, tasks_.Find(task.id).value());
    });
  };
  const std::string etag = EtagOf(tasks_.Find(task.id)->version);
  EXPECT_EQ(FieldsOf(replayed(etag).status()), Fields{"reason"});
  replay.set_reason(v1::REPLAY_REASON_CAUSE_MENDED);
  EXPECT_EQ(ReasonOf(replayed("1").status()), "ETAG_MISMATCH");
  auto ready = replayed(etag);
  ASSERT_TRUE(ready.ok()) << ready.status();
  EXPECT_EQ(ready->state(), v1::TASK_STATE_READY);
  EXPECT_EQ(ready->failures(), 0);
  EXPECT_EQ(ready->replay_reason(), v1::REPLAY_REASON_CAUSE_MENDED);
  EXPECT_EQ(ReasonOf(replayed(ready->etag()).status()), "TASK_NOT_DEAD");
}

TEST_F(TaskServiceTest, NobodyIsNamedInTheAttemptsOfWorkThatHasEnded) {
  Task task = Submitted();
  ASSERT_TRUE(Review(task, true).ok());
  v1::ListTaskAttemptsRequest list;
  list.set_parent(TaskName(task.id));
  auto attempts = service_.ListTaskAttempts(As(kDispatcher).context(), list, tasks_.Find(task.id).value());
  ASSERT_EQ(attempts->attempts_size(), 1);
  EXPECT_EQ(attempts->attempts(0).outcome(), v1::ATTEMPT_OUTCOME_SUBMITTED);
  EXPECT_EQ(attempts->attempts(0).worker(), "");
}

// ---- ReassignTask

TEST_F(TaskServiceTest, ReassigningTakesAClaimAway) {
  Task task = Claimed();
  v1::ReassignTaskRequest request;
  request.set_name(TaskName(task.id));
  request.set_assignee(kOther);
  auto reassign = [&](int64_t version) {
    request.set_etag(EtagOf(version));
    return Write(units_, [&](Unit& unit) {
      return service_.ReassignTask(As(kDispatcher).context(), request, unit, tasks_.Find(task.id).value());
    });
  };
  EXPECT_EQ(FieldsOf(reassign(task.version).status()), Fields{"reason"});
  request.set_reason(v1::ASSIGN_REASON_ABSENCE);
  request.set_assignee("staff/somebody");
  EXPECT_EQ(FieldsOf(reassign(task.version).status()), Fields{"assignee"});
  request.set_assignee(kOther);
  EXPECT_EQ(ReasonOf(reassign(1).status()), "ETAG_MISMATCH");
  auto reassigned = reassign(task.version);
  ASSERT_TRUE(reassigned.ok()) << reassigned.status();
  EXPECT_EQ(reassigned->state(), v1::TASK_STATE_READY);
  EXPECT_EQ(reassigned->assignee(), kOther);
  EXPECT_EQ(reassigned->assign_reason(), v1::ASSIGN_REASON_ABSENCE);
  EXPECT_EQ(Submit(task, Answered())->state(), v1::SUBMISSION_STATE_LATE);
  EXPECT_EQ(Claim(5)->tasks_size(), 0);
  EXPECT_EQ(Claim(5, "", kOther)->tasks_size(), 1);
  ASSERT_TRUE(Submit(task, Answered(2), kOther).ok());
  EXPECT_EQ(ReasonOf(reassign(tasks_.Find(task.id)->version).status()), "TASK_NOT_OPEN");
}

TEST_F(TaskServiceTest, WhatAKindNeedsIsPartOfItsTasks) {
  UpdateKind({.qualifications = {{"LIFT", "BOILER"}}});
  auto created = Create();
  ASSERT_EQ(created->qualifications_size(), 2);
  EXPECT_EQ(created->qualifications(0), "BOILER");
  ASSERT_TRUE(queue_.Apply({tasks_.Find(*ParseTaskName("name", created->name())).value()}, false).ok());
  EXPECT_EQ(Claim(5)->tasks_size(), 0);
}

// ---- late results

class LateResultTest : public TaskServiceTest {
 protected:
  // Attempt 1 of kWorker handed in late; kOther holds attempt 2.
  LateResultTest() : task_(Lost()) { EXPECT_TRUE(Submit(task_, Answered(1)).ok()); }

  absl::StatusOr<v1::DecideLateSubmissionResponse> Decide(v1::DecideLateSubmissionRequest::Decision decision,
                                                          const std::string& dispatcher = kDispatcher,
                                                          int attempt = 1) {
    v1::DecideLateSubmissionRequest request;
    request.set_name(TaskName(task_.id) + "/submissions/" + std::to_string(attempt));
    request.set_decision(decision);
    request.set_note("looked at");
    auto found = service_.LoadSubmission(request.name());
    if (!found.ok()) return found.status();
    EXPECT_EQ(found->facts.area, task_.grid);
    return Write(units_, [&](Unit& unit) {
      return service_.DecideLateSubmission(As(dispatcher).context(), request, unit, found->row);
    });
  }
  std::vector<std::string> Listed(std::vector<std::string> areas = {"CHI"}, const std::string& area = "") {
    v1::ListLateSubmissionsRequest request;
    request.set_area(area);
    auto page = service_.ListLateSubmissions(As(kDispatcher).context(), request, ScopeOf(std::move(areas)));
    std::vector<std::string> out;
    for (const auto& submission : page->submissions()) out.push_back(submission.name());
    return out;
  }
  std::string NameOf(int attempt) const { return TaskName(task_.id) + "/submissions/" + std::to_string(attempt); }

  using Request = v1::DecideLateSubmissionRequest;
  Task task_;
};

TEST_F(LateResultTest, ListsWhatWaitsForADecision) {
  EXPECT_EQ(Listed(), Fields{NameOf(1)});
  EXPECT_EQ(Listed({"CHI"}, "CHI/A"), Fields{NameOf(1)});
  EXPECT_EQ(Listed({"CHI"}, "CHI/B"), Fields());
  EXPECT_EQ(Listed({"NYC"}), Fields());
  ASSERT_TRUE(Decide(Request::DECISION_DUPLICATE).ok());
  EXPECT_EQ(Listed(), Fields());
}

TEST_F(LateResultTest, AcceptedItIsTheResultAndTheHolderIsLate) {
  auto decided = Decide(Request::DECISION_ACCEPT);
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_EQ(decided->task().state(), v1::TASK_STATE_ACCEPTED);
  EXPECT_EQ(decided->submission().state(), v1::SUBMISSION_STATE_ACCEPTED);
  EXPECT_EQ(decided->submission().review_note(), "looked at");
  EXPECT_EQ(StateOf(task_), TaskState::kAccepted);
  EXPECT_EQ(Submit(task_, Answered(2), kOther)->state(), v1::SUBMISSION_STATE_LATE);
  EXPECT_EQ(Listed(), Fields{NameOf(2)});
  EXPECT_EQ(ReasonOf(Decide(Request::DECISION_ACCEPT, kDispatcher, 2).status()), "TASK_HAS_RESULT");
  EXPECT_EQ(Decide(Request::DECISION_DUPLICATE, kDispatcher, 2)->submission().state(), v1::SUBMISSION_STATE_DUPLICATE);
  EXPECT_EQ(Submissions(task_)->submissions_size(), 2);  // both are kept
}

TEST_F(LateResultTest, AcceptedItPutsTheOneThatWaitsBeforeTheDispatcher) {
  ASSERT_EQ(Submit(task_, Answered(2), kOther)->state(), v1::SUBMISSION_STATE_SUBMITTED);
  EXPECT_EQ(ReasonOf(Decide(Request::DECISION_ACCEPT, kOther).status()), "REVIEW_OF_OWN_WORK");
  ASSERT_TRUE(Decide(Request::DECISION_ACCEPT).ok());
  EXPECT_EQ(Listed(), Fields{NameOf(2)});
  EXPECT_EQ(Submissions(task_)->submissions(1).state(), v1::SUBMISSION_STATE_LATE);
}

TEST_F(LateResultTest, ASecondVisitIsANewTask) {
  auto decided = Decide(Request::DECISION_SECOND_VISIT);
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_EQ(decided->submission().state(), v1::SUBMISSION_STATE_SECOND_VISIT);
  EXPECT_EQ(decided->submission().second_visit(), decided->second_visit().name());
  EXPECT_EQ(decided->second_visit().second_visit_of(), NameOf(1));
  EXPECT_EQ(decided->second_visit().state(), v1::TASK_STATE_READY);
  EXPECT_EQ(decided->task().state(), v1::TASK_STATE_CLAIMED);  // nothing happens to it
  EXPECT_TRUE(tasks_.Find(*ParseTaskName("name", decided->second_visit().name())).ok());
  EXPECT_EQ(ReasonOf(Decide(Request::DECISION_ACCEPT).status()), "SUBMISSION_NOT_LATE");
}

TEST_F(LateResultTest, RefusesToDecide) {
  EXPECT_EQ(FieldsOf(Decide(Request::DECISION_UNSPECIFIED).status()), Fields{"decision"});
  for (auto decision : {Request::DECISION_ACCEPT, Request::DECISION_DUPLICATE, Request::DECISION_SECOND_VISIT})
    EXPECT_EQ(ReasonOf(Decide(decision, kWorker).status()), "REVIEW_OF_OWN_WORK");
  EXPECT_EQ(ReasonOf(Decide(Request::DECISION_ACCEPT, kDispatcher, 2).status()), "NOT_FOUND");
  ASSERT_EQ(Submit(task_, Answered(2), kOther)->state(), v1::SUBMISSION_STATE_SUBMITTED);
  EXPECT_EQ(ReasonOf(Decide(Request::DECISION_DUPLICATE, kDispatcher, 2).status()), "SUBMISSION_NOT_LATE");
  EXPECT_EQ(Listed(), Fields{NameOf(1)});
}

}  // namespace
}  // namespace gridwork::tasks
