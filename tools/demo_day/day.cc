#include "tools/demo_day/day.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <set>
#include <thread>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "tools/demo_day/checks.h"

namespace gridwork::demo {
namespace {

using google::protobuf::util::TimeUtil;
using options::v1::ROLE_DISPATCHER;
using options::v1::ROLE_FIELD_WORKER;
using options::v1::ROLE_INSPECTOR;
using Areas = identity::AreaService::Stub;
using Staff = identity::StaffService::Stub;
using Devices = identity::DeviceService::Stub;
using Kinds = tasks::TaskKindService::Stub;
using Places = tasks::PlaceService::Stub;
using Queue = tasks::QueueService::Stub;
using Work = tasks::TaskService::Stub;

constexpr char kKind[] = "taskKinds/FOOD_INSPECTION";
constexpr char kPassword[] = "a long word for the demo 42";
constexpr int kClaimAtOnce = 10;

std::string CodeOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string SideOf(const std::string& path) {
  size_t second = path.find('/', path.find('/') + 1);
  return CodeOf(path.substr(0, second));
}

google::protobuf::Timestamp InFuture(absl::Duration by) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(absl::Now() + by));
}

void Answer(tasks::SubmitTaskRequest& request, const char* key, const char* checklist) {
  auto* answer = request.add_answers();
  answer->set_key(key);
  answer->set_checklist(checklist);
}

}  // namespace

absl::StatusOr<identity::Staff> Day::Hire(const std::string& username, const std::string& area) {
  identity::CreateStaffRequest request;
  request.set_request_id(NewRequestId());
  request.mutable_staff()->set_username(username);
  request.mutable_staff()->set_display_name("Staff " + username);
  request.mutable_staff()->set_area("areas/" + area);
  return admin_.Call(admin_.staff, &Staff::CreateStaff, request);
}

absl::Status Day::Grant(const std::string& staff, options::v1::Role role, const std::string& area,
                        absl::Duration for_how_long) {
  identity::AddGrantRequest request;
  request.set_request_id(NewRequestId());
  request.set_staff(staff);
  request.mutable_grant()->set_role(role);
  request.mutable_grant()->set_area("areas/" + area);
  *request.mutable_grant()->mutable_end_time() = InFuture(for_how_long);
  return admin_.Call(admin_.staff, &Staff::AddGrant, request).status();
}

absl::StatusOr<Person> Day::GivePhone(const std::string& staff) {
  identity::CreateEnrolmentCodeRequest request;
  request.set_staff(staff);
  ASSIGN_OR_RETURN(auto code, admin_.Call(admin_.devices, &Devices::CreateEnrolmentCode, request));
  ASSIGN_OR_RETURN(Person person, Person::Enrol(targets_, code.code(), kPassword));
  RETURN_IF_ERROR(person.Login());
  return person;
}

void Day::HirePeople() {
  Need(admin_.Login(), "identity", "the administrator logs in");
  // The grids with the most premises: each gets a worker.
  tasks::ListPlacesRequest list;
  list.set_page_size(1000);
  std::map<std::string, std::vector<tasks::Place>> all;
  do {
    auto page = admin_.Call(admin_.places, &Places::ListPlaces, list);
    Need(page.status(), "tasks", "places are listed");
    for (auto& place : *page->mutable_places()) all[place.grid()].push_back(std::move(place));
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  std::vector<std::pair<size_t, std::string>> by_size;
  for (const auto& [grid, places] : all) {
    if (!grid.ends_with("-UNPLACED")) by_size.emplace_back(places.size(), grid);
  }
  std::sort(by_size.rbegin(), by_size.rend());
  Check(by_size.size() >= kGrids && by_size[kGrids - 1].first >= kInspections / kGrids, "tasks",
        fmt::format("{} grids hold the places, the {} chosen ones at least {} each", by_size.size(), kGrids,
                    kInspections / kGrids));
  for (int i = 0; i < kGrids; ++i) grids_[by_size[i].second] = all[by_size[i].second];

  // One dispatcher of the city, nine inspectors of sides, forty workers of grids: twenty of them with a phone today.
  int hired = 0;
  auto hire = [&](const std::string& username, options::v1::Role role, const std::string& area) {
    auto staff = Hire(username, root_);
    Need(staff.status(), "identity", "staff is hired");
    Need(Grant(staff->name(), role, area, absl::Hours(24 * 30)), "identity", "a role is granted");
    ++hired;
    return staff->name();
  };
  auto dispatcher = GivePhone(hire("dispatcher", ROLE_DISPATCHER, root_));
  Need(dispatcher.status(), "identity", "the dispatcher enrols");
  dispatcher_.push_back(*std::move(dispatcher));

  std::set<std::string> sides;
  for (const auto& [size, grid] : by_size) sides.insert(SideOf(grid));
  int n = 0;
  for (const std::string& side : sides) {
    if (n < 9) hire(fmt::format("inspector-{}", ++n), ROLE_INSPECTOR, side);
  }
  std::vector<std::pair<std::string, std::string>> with_phone;
  n = 0;
  for (const auto& [size, grid] : by_size) {
    if (hired == 50) break;
    std::string staff = hire(fmt::format("worker-{}", ++n), ROLE_FIELD_WORKER, CodeOf(grid));
    if (n <= kGrids) with_phone.emplace_back(staff, grid);
  }
  Check(hired == 50, "identity", fmt::format("{} staff with roles at three levels: city, side and grid", hired));

  for (const auto& [staff, grid] : with_phone) {
    auto phone = GivePhone(staff);
    Need(phone.status(), "identity", "a phone enrols");
    workers_.push_back({*std::move(phone), grid});
  }
  Check(workers_.size() == kGrids, "identity",
        fmt::format("{} phones enrolled with a one-time code and logged in", workers_.size()));
}

void Day::CreateInspections() {
  const Person& dispatcher = dispatcher_[0];
  std::vector<tasks::BatchCreateTasksRequest> batches;
  for (const auto& [grid, places] : grids_) {
    for (int i = 0; i < kInspections / kGrids; ++i) {
      if (batches.empty() || batches.back().tasks_size() == 500) {
        batches.emplace_back();
        batches.back().set_request_id(NewRequestId());
      }
      auto* task = batches.back().add_tasks();
      task->set_kind(kKind);
      task->set_place(places[i].name());
      *task->mutable_due_time() = InFuture(absl::Hours(24 * 7));
    }
  }
  int created = 0;
  for (const auto& batch : batches) {
    auto reply = dispatcher.Call(dispatcher.work, &Work::BatchCreateTasks, batch);
    Need(reply.status(), "tasks", "inspections are created");
    created += static_cast<int>(
        std::count_if(reply->verdicts().begin(), reply->verdicts().end(), [](const auto& v) { return v.has_task(); }));
  }
  Check(created == kInspections, "tasks",
        fmt::format("a dispatcher created {} inspections in {} grids", created, grids_.size()));

  auto again = dispatcher.Call(dispatcher.work, &Work::BatchCreateTasks, batches[0]);
  Check(again.ok() && AllTasks(dispatcher).size() == kInspections, "tasks",
        "the same request once more created nothing");
}

std::map<std::string, tasks::Task> Day::AllTasks(const Person& person) {
  std::map<std::string, tasks::Task> out;
  tasks::ListTasksRequest list;
  list.set_page_size(1000);
  do {
    auto page = person.Call(person.work, &Work::ListTasks, list);
    Need(page.status(), "tasks", "tasks are listed");
    for (const auto& task : page->tasks()) out[task.name()] = task;
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  return out;
}

absl::StatusOr<std::vector<tasks::Task>> Day::Claim(const Person& person, int max) {
  tasks::ClaimTasksRequest request;
  request.set_request_id(NewRequestId());
  request.set_max_tasks(max);
  ASSIGN_OR_RETURN(auto reply, person.Call(person.work, &Work::ClaimTasks, request));
  return std::vector<tasks::Task>(reply.tasks().begin(), reply.tasks().end());
}

tasks::SubmitTaskRequest Day::GoodAnswers(const tasks::Task& task) const {
  tasks::SubmitTaskRequest request;
  request.set_name(task.name());
  request.set_attempt(task.attempt());
  request.set_form_version(task.form_version());
  Answer(request, "cold_holding", "FAIL");
  auto* temperature = request.add_answers();
  temperature->set_key("cold_measurement");
  temperature->set_measurement(9.5);
  Answer(request, "hot_holding", "PASS");
  Answer(request, "raw_separation", "PASS");
  auto* sinks = request.add_answers();
  sinks->set_key("sinks");
  sinks->set_count(2);
  auto* pest = request.add_answers();
  pest->set_key("pest");
  pest->set_choice("NONE");
  auto* finding = request.add_findings();
  finding->set_item("FOOD_COLD_HOLDING");
  finding->set_severity(tasks::SEVERITY_SERIOUS);
  finding->set_corrected_on_site(true);
  auto grid = grids_.find(task.grid());
  if (grid == grids_.end()) return request;
  for (const auto& place : grid->second) {
    if (place.name() == task.place()) *request.mutable_location() = place.location();
  }
  return request;
}

absl::StatusOr<tasks::Submission> Day::Submit(const Person& person, const tasks::Task& task,
                                              const std::string& request_id) {
  tasks::SubmitTaskRequest request = GoodAnswers(task);
  request.set_request_id(request_id);
  return person.Call(person.work, &Work::SubmitTask, request);
}

void Day::OnePhoneDies() {
  for (int i = 0; i < 50 && lost_.size() < kClaimAtOnce; ++i) {  // the index follows the creation a moment later
    if (i > 0) absl::SleepFor(absl::Milliseconds(100));
    auto held = Claim(workers_[0].person, kClaimAtOnce - static_cast<int>(lost_.size()));
    Need(held.status(), "tasks", "a phone claims");
    lost_.insert(lost_.end(), held->begin(), held->end());
  }
  Check(lost_.size() == kClaimAtOnce, "tasks",
        fmt::format("a phone claimed {} inspections of its grid, and dies", lost_.size()));
}

int Day::WorkUntilDone(const Worker& worker) {
  int done = 0;
  for (int empty = 0; empty < 3;) {  // what the relay still carries may come a moment later
    auto claimed = Claim(worker.person, kClaimAtOnce);
    if (!claimed.ok()) return -1;
    if (claimed->empty()) {
      ++empty;
      absl::SleepFor(absl::Milliseconds(100));
      continue;
    }
    for (const tasks::Task& task : *claimed) {
      auto result = Submit(worker.person, task, NewRequestId());
      if (!result.ok() || result->state() != tasks::SUBMISSION_STATE_SUBMITTED || !result->near_place()) return -1;
      ++done;
      if (++submitted_ % 200 == 0) Say(fmt::format("{} inspections submitted", submitted_.load()));
    }
  }
  return done;
}

void Day::PhonesWork() {
  for (Worker& worker : workers_) Need(worker.person.Login(), "identity", "a worker logs in");
  std::atomic<int> broken{0};
  std::vector<std::thread> phones;
  // The dead phone's grid and one more are left for later.
  for (size_t i = 2; i < workers_.size(); ++i) {
    phones.emplace_back([this, i, &broken] {
      if (WorkUntilDone(workers_[i]) != kInspections / kGrids) ++broken;
    });
  }
  for (auto& phone : phones) phone.join();
  Check(broken == 0, "tasks",
        fmt::format("{} phones claimed, inspected and submitted {} premises of their grids, each near the place",
                    phones.size(), submitted_.load()));
}

void Day::Review() {
  Person& dispatcher = dispatcher_[0];
  Need(dispatcher.Login(), "identity", "the dispatcher logs in");
  tasks::ListTasksRequest list;
  list.set_state(tasks::TASK_STATE_SUBMITTED);
  list.set_page_size(1000);
  auto submitted = dispatcher.Call(dispatcher.work, &Work::ListTasks, list);
  Need(submitted.status(), "tasks", "submitted tasks are listed");
  int accepted = 0;
  tasks::Task returned;
  for (const auto& task : submitted->tasks()) {
    tasks::ReviewTaskRequest review;
    review.set_request_id(NewRequestId());
    review.set_name(task.name());
    review.set_etag(task.etag());
    bool back = task.name() == submitted->tasks(0).name();
    review.set_verdict(back ? tasks::ReviewTaskRequest::VERDICT_RETURN : tasks::ReviewTaskRequest::VERDICT_ACCEPT);
    if (back) review.set_note("The temperature of the second refrigerator is missing");
    auto reply = dispatcher.Call(dispatcher.work, &Work::ReviewTask, review);
    if (back && reply.ok()) returned = *reply;
    accepted += !back && reply.ok() && reply->state() == tasks::TASK_STATE_ACCEPTED ? 1 : 0;
  }
  Check(accepted == submitted->tasks_size() - 1, "tasks",
        fmt::format("the dispatcher reviewed and accepted {}", accepted));
  Check(returned.state() == tasks::TASK_STATE_READY && !returned.return_note().empty(), "tasks",
        "one was returned with a note and is ready again");

  auto worker =
      std::find_if(workers_.begin(), workers_.end(), [&](const Worker& w) { return w.grid == returned.grid(); });
  std::vector<tasks::Task> again;
  for (int i = 0; i < 50 && again.empty(); ++i) {
    auto claimed = Claim(worker->person, 1);
    if (claimed.ok()) again = *claimed;
    if (again.empty()) absl::SleepFor(absl::Milliseconds(100));
  }
  bool same = again.size() == 1 && again[0].name() == returned.name() && again[0].attempt() == returned.attempt() + 1;
  Check(same && Submit(worker->person, again[0], NewRequestId()).ok(), "tasks",
        "it was claimed again as the next attempt, and done again");
}

void Day::Refusals() {
  Person& dispatcher = dispatcher_[0];
  Worker& here = workers_[1];
  Worker& elsewhere = workers_[2];
  Need(dispatcher.Login(), "identity", "the dispatcher logs in");
  Need(here.person.Login(), "identity", "a worker logs in");
  Need(elsewhere.person.Login(), "identity", "a worker logs in");
  auto claimed = Claim(here.person, 2);
  Need(claimed.status(), "tasks", "a phone claims");
  const tasks::Task& task = claimed->at(0);

  tasks::GetTaskRequest get;
  get.set_name(task.name());
  CheckRefused(elsewhere.person.Call(elsewhere.person.work, &Work::GetTask, get).status(), "NOT_FOUND", "tasks",
               "a task of another area");

  auto stolen = rpc::Invoke(*elsewhere.person.work, &Work::GetTask, get, {.token = here.person.token});
  CheckRefused(stolen.status(), "TOKEN_BOUND_ELSEWHERE", "tasks", "a stolen token on another certificate");

  std::string id = NewRequestId();
  auto first = Submit(here.person, task, id);
  Check(first.ok() && Submit(here.person, task, id)->SerializeAsString() == first->SerializeAsString(), "tasks",
        "a result sent twice with one request_id has one effect and the same answer");
  CheckRefused(Submit(here.person, claimed->at(1), id).status(), "REQUEST_ID_REUSED", "tasks",
               "that request_id with another body");

  tasks::CancelTaskRequest cancel;
  cancel.set_request_id(NewRequestId());
  cancel.set_name(claimed->at(1).name());
  cancel.set_etag("1");
  cancel.set_reason(tasks::CancelTaskRequest::REASON_MISTAKE);
  CheckRefused(dispatcher.Call(dispatcher.work, &Work::CancelTask, cancel).status(), "ETAG_MISMATCH", "tasks",
               "a change with a stale etag");

  tasks::SubmitTaskRequest bad = GoodAnswers(claimed->at(1));
  bad.set_request_id(NewRequestId());
  bad.mutable_answers(1)->set_measurement(999);
  absl::Status refused = here.person.Call(here.person.work, &Work::SubmitTask, bad).status();
  CheckRefused(refused, "BAD_FIELD", "tasks", "an answer out of its range");
  auto violations = FieldViolationsOf(refused);
  if (!violations.empty())
    Say(fmt::format("it names field and rule: {}: {}", violations[0].first, violations[0].second));

  tasks::ReleaseTaskRequest release;
  release.set_request_id(NewRequestId());
  release.set_name(claimed->at(1).name());
  release.set_attempt(claimed->at(1).attempt());
  Check(here.person.Call(here.person.work, &Work::ReleaseTask, release).ok(), "tasks", "a claimed task is given back");

  tasks::CreateTaskKindRequest kind;
  kind.set_request_id(NewRequestId());
  auto* k = kind.mutable_task_kind();
  k->set_code("WHO_LIVES_HERE");
  k->set_display_name("Who lives here");
  k->set_area(root_);
  k->set_duration_minutes(10);
  auto* question = k->mutable_form()->add_questions();
  question->set_key("religion");
  question->mutable_note();
  question->set_item("RESIDENT_RELIGION");
  CheckRefused(dispatcher.Call(dispatcher.kinds, &Kinds::CreateTaskKind, kind).status(), "BAD_FIELD", "tasks",
               "a form that asks about a person");
  question->set_item("FOOD_CONDITION");
  CheckRefused(dispatcher.Call(dispatcher.kinds, &Kinds::CreateTaskKind, kind).status(), "BAD_FIELD", "tasks",
               "a question about food whose key asks about a person");

  auto staff = Hire("for-a-moment", root_);
  Need(staff.status(), "identity", "staff is hired");
  Need(Grant(staff->name(), ROLE_DISPATCHER, root_, absl::Seconds(3)), "identity",
       "a role is granted for three seconds");
  auto guest = GivePhone(staff->name());
  Need(guest.status(), "identity", "a phone enrols");
  Check(guest->Call(guest->work, &Work::GetTask, get).ok(), "identity", "a grant for three seconds works");
  absl::SleepFor(absl::Seconds(4));
  CheckRefused(guest->Call(guest->work, &Work::GetTask, get).status(), "TOKEN_EXPIRED", "identity",
               "its token, after the grant's end,");
  Need(guest->Login(), "identity", "the account still works");
  tasks::ListTasksRequest list;
  CheckRefused(guest->Call(guest->work, &Work::ListTasks, list).status(), "ROLE_MISSING", "tasks",
               "a call after the grant's end");
}

void Day::WithoutIndex() {
  Worker& worker = workers_[1];
  Need(worker.person.Login(), "identity", "a worker logs in");
  auto claimed = Claim(worker.person, 5);
  bool submitted = claimed.ok() && claimed->size() == 5;
  for (size_t i = 0; submitted && i < claimed->size(); ++i)
    submitted = Submit(worker.person, (*claimed)[i], NewRequestId()).ok();
  Check(submitted, "tasks", "while Redis is dead a phone claimed five tasks from MySQL and submitted them");
}

void Day::IndexIsBack() {
  Person& dispatcher = dispatcher_[0];
  Need(dispatcher.Login(), "identity", "the dispatcher logs in");
  tasks::GetQueueStatsRequest request;
  request.set_area(root_);
  bool equal = false;
  std::string last;
  for (int i = 0; i < 100 && !equal; ++i) {
    auto stats = dispatcher.Call(dispatcher.queue, &Queue::GetQueueStats, request);
    int64_t ready = 0;
    if (stats.ok()) {
      for (const auto& count : stats->counts()) ready += count.state() == tasks::TASK_STATE_READY ? count.tasks() : 0;
      equal = stats->has_indexed() && stats->indexed() == ready && ready > 0;
      last = fmt::format("{} ready tasks in MySQL, {} in the index", ready, stats->indexed());
    }
    if (!equal) absl::SleepFor(absl::Milliseconds(200));
  }
  Check(equal, "tasks", fmt::format("Redis came back empty and was filled again from MySQL: {}", last));
}

void Day::DeadPhonesTasksComeBack() {
  Person& dispatcher = dispatcher_[0];
  tasks::GetTaskRequest get;
  get.set_name(lost_[0].name());
  tasks::Task task = lost_[0];
  absl::Time said = absl::Now();
  for (int i = 0; i < 150 && task.state() == tasks::TASK_STATE_CLAIMED; ++i) {
    if (auto now = dispatcher.Call(dispatcher.work, &Work::GetTask, get); now.ok()) task = *now;
    if (absl::Now() - said > absl::Seconds(20)) {
      said = absl::Now();
      Say("waiting for the lease of the dead phone to end (two minutes after its claim)");
    }
    absl::SleepFor(absl::Seconds(1));
    if (i % 100 == 99) dispatcher.Login().IgnoreError();
  }
  Check(task.state() == tasks::TASK_STATE_READY, "tasks", "the dead phone's tasks are ready again");

  // Somebody stands in: the same grid, another phone.
  auto stand_in = Hire("stand-in", root_);
  Need(stand_in.status(), "identity", "staff is hired");
  Need(Grant(stand_in->name(), ROLE_FIELD_WORKER, CodeOf(workers_[0].grid), absl::Hours(24)), "identity",
       "a role is granted");
  auto phone = GivePhone(stand_in->name());
  Need(phone.status(), "identity", "a phone enrols");
  int done = WorkUntilDone({*std::move(phone), workers_[0].grid});
  Check(done == kInspections / kGrids, "tasks",
        fmt::format("another phone did all {} of that grid, those of the dead phone too", done));

  Person& dead = workers_[0].person;
  Need(dead.Login(), "identity", "the dead phone wakes up");
  auto late = Submit(dead, lost_[0], NewRequestId());
  Check(late.ok() && late->state() == tasks::SUBMISSION_STATE_LATE, "tasks",
        "the result of the phone that woke up too late is kept as LATE");

  Need(workers_[1].person.Login(), "identity", "a worker logs in");
  Check(WorkUntilDone(workers_[1]) >= 0, "tasks", "the last grid is done");
}

void Day::EverythingIsThereOnce() {
  Person& dispatcher = dispatcher_[0];
  Need(dispatcher.Login(), "identity", "the dispatcher logs in");
  auto all = AllTasks(dispatcher);
  std::map<std::string, int> states;
  for (const auto& [name, task] : all) ++states[tasks::TaskState_Name(task.state()).substr(11)];
  std::string text;
  for (const auto& [state, n] : states) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", n, state);
  Check(all.size() == kInspections, "tasks", fmt::format("every task is there exactly once: {}", text));

  int held_twice = 0;
  for (const auto& [name, task] : all) held_twice += task.state() == tasks::TASK_STATE_READY ? 1 : 0;
  Check(held_twice == 0, "tasks", "nothing was left ready: all premises were inspected");
}

}  // namespace gridwork::demo
