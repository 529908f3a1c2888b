// Phones without a network: two change the same place, one is away for three days; and one is stolen.
#include <absl/time/clock.h>
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <cstdlib>

#include "common/base/error.h"
#include "tools/demo_day/checks.h"
#include "tools/demo_day/day.h"
#include "tools/demo_day/pocket.h"

namespace gridwork::demo {
namespace {

using google::protobuf::util::TimeUtil;
using options::v1::ROLE_FIELD_WORKER;
using testing::OutboxState;
using Conflicts = tasks::ConflictService::Stub;
using Devices = identity::DeviceService::Stub;
using Work = tasks::TaskService::Stub;

std::string CodeOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Person Day::NewWorker(const std::string& username, const std::string& grid) {
  auto staff = Hire(username, root_);
  Need(staff.status(), "identity", "staff is hired");
  Need(Grant(staff->name(), ROLE_FIELD_WORKER, CodeOf(grid), absl::Hours(24 * 5)), "identity", "a role is granted");
  auto person = GivePhone(staff->name());
  Need(person.status(), "identity", "a phone enrols");
  return *std::move(person);
}

void Day::TwoChangeTheSamePlace() {
  Need(admin_.Login(), "identity", "the administrator logs in");
  Need(dispatcher_[0].Login(), "identity", "the dispatcher logs in");
  const std::string grid = workers_[2].grid;
  const std::string place = grids_[grid][0].name();
  Person one = NewWorker("offline-1", grid), two = NewWorker("offline-2", grid);
  Pocket first(one), second(two);
  Need(first.phone.Pull(), "tasks", "a phone pulls its grid");
  Need(second.phone.Pull(), "tasks", "another phone pulls it");
  Check(first.phone.store().Places(grid).size() == grids_[grid].size() && first.phone.digest_faults() == 0, "sync",
        fmt::format("two phones hold the {} premises of their grid, and their digest is the server's",
                    grids_[grid].size()));

  first.phone.EditPlace(place, {"status"}, [](auto& p) { p.set_status(tasks::PLACE_STATUS_CLOSED); }).IgnoreError();
  second.phone
      .EditPlace(place, {"status", "display_name"},
                 [](auto& p) {
                   p.set_status(tasks::PLACE_STATUS_DEMOLISHED);
                   p.set_display_name("Building site");
                 })
      .IgnoreError();
  Need(first.phone.Sync(), "tasks", "the first phone hands in its change");
  Need(second.phone.Sync(), "tasks", "the second phone hands in its change");
  Check(first.phone.store().Outbox()[0].state == OutboxState::kDone &&
            second.phone.store().Outbox()[0].state == OutboxState::kConflict &&
            second.phone.store().Place(place)->display_name() == "Building site",
        "sync", "both changed the same place without a network: its name was written, its status is a conflict");

  auto listed = dispatcher_[0].Call(dispatcher_[0].conflicts, &Conflicts::ListConflicts, {});
  Need(listed.status(), "tasks", "the dispatcher lists conflicts");
  if (!Check(listed->conflicts_size() == 1, "sync", "the dispatcher sees both values, side by side")) return;
  tasks::ResolveConflictRequest decision;
  decision.set_request_id(NewRequestId());
  decision.set_name(listed->conflicts(0).name());
  decision.set_etag(listed->conflicts(0).etag());
  decision.set_decision(tasks::ResolveConflictRequest::DECISION_TAKE_PROPOSED);
  Need(dispatcher_[0].Call(dispatcher_[0].conflicts, &Conflicts::ResolveConflict, decision).status(), "tasks",
       "the dispatcher decides");
  Need(first.phone.Pull(), "tasks", "the first phone pulls");
  Need(second.phone.Pull(), "tasks", "the second phone pulls");
  Check(first.phone.store().Place(place)->status() == tasks::PLACE_STATUS_DEMOLISHED &&
            first.phone.store().Digest(grid) == second.phone.store().Digest(grid),
        "sync", "after the decision both phones hold the same, and the demolished building");
}

void Day::OnePhoneIsAwayForThreeDays(const std::function<bool(int hours)>& pass) {
  Person& dispatcher = dispatcher_[0];
  Need(dispatcher.Login(), "identity", "the dispatcher logs in");
  const std::string grid = workers_[3].grid;
  tasks::BatchCreateTasksRequest create;
  create.set_request_id(NewRequestId());
  for (int i = 0; i < 4; ++i) {
    create.add_tasks()->set_kind("taskKinds/FOOD_INSPECTION");
    create.mutable_tasks(i)->set_place(grids_[grid][i].name());
  }
  Need(dispatcher.Call(dispatcher.work, &Work::BatchCreateTasks, create).status(), "tasks", "inspections are created");

  Person away = NewWorker("away", grid);
  Pocket pocket(away);
  tasks::ClaimTasksRequest claim;
  claim.set_max_tasks(4);
  *claim.mutable_offline_until_time() =
      TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(absl::Now() + absl::Hours(72)));
  std::vector<tasks::Task> held;
  for (int i = 0; i < 50 && held.size() < 4; ++i) {
    if (i > 0) absl::SleepFor(absl::Milliseconds(100));
    claim.set_request_id(NewRequestId());
    auto claimed = away.Call(away.work, &Work::ClaimTasks, claim);
    Need(claimed.status(), "tasks", "a phone claims for three days");
    held.insert(held.end(), claimed->tasks().begin(), claimed->tasks().end());
  }
  Need(pocket.phone.Pull(), "tasks", "the phone pulls its grid");
  if (!Check(held.size() == 4, "tasks", "a phone claimed four inspections for 72 hours without a network")) return;

  Check(pass(71), "tasks", "71 hours pass (its leases are moved back by as much)");
  absl::SleepFor(absl::Seconds(3));  // the relay ends leases every second
  Need(away.Login(), "identity", "the phone is back for a moment");
  pocket.phone.Submit(GoodAnswers(held[0]));
  Need(pocket.phone.Sync(), "tasks", "it hands in the first result");
  Check(pocket.phone.store().Outbox()[0].state == OutboxState::kDone, "tasks",
        "after 71 hours its claims still hold: the result is in time");

  Check(pass(2), "tasks", "two more hours pass");
  tasks::GetTaskRequest get;
  get.set_name(held[1].name());
  tasks::TaskState state = tasks::TASK_STATE_CLAIMED;
  for (int i = 0; i < 100 && state != tasks::TASK_STATE_READY; ++i) {
    absl::SleepFor(absl::Milliseconds(100));
    if (auto task = dispatcher.Call(dispatcher.work, &Work::GetTask, get); task.ok()) state = task->state();
  }
  Person stand_in = NewWorker("stand-in-2", grid);
  Check(state == tasks::TASK_STATE_READY && WorkUntilDone({std::move(stand_in), grid}) == 3, "tasks",
        "after 73 hours its claims are over, and somebody else does the three inspections");

  for (size_t i = 1; i < held.size(); ++i) pocket.phone.Submit(GoodAnswers(held[i]));
  Need(pocket.phone.Sync(), "tasks", "the phone hands in the rest");
  int late = 0;
  for (const auto& item : pocket.phone.store().Outbox()) late += item.state == OutboxState::kLate;
  Check(late == 3, "tasks", "its three results come late: none is refused, none overwrites another");
  DecideLateResults(3);
}

void Day::OnePhoneIsStolen() {
  Need(admin_.Login(), "identity", "the administrator logs in");
  Person stolen = NewWorker("stolen", workers_[4].grid);
  auto list = [&] { return stolen.Call(stolen.work, &Work::ListTasks, {}).status(); };
  Need(list(), "tasks", "a phone works");
  identity::ListDevicesRequest which;
  which.set_staff(stolen.name);
  auto devices = admin_.Call(admin_.devices, &Devices::ListDevices, which);
  Need(devices.status(), "identity", "the administrator lists devices");
  identity::RevokeDeviceRequest revoke;
  revoke.set_request_id(NewRequestId());
  revoke.set_name(devices->devices(0).name());
  Need(admin_.Call(admin_.devices, &Devices::RevokeDevice, revoke).status(), "identity", "a device is revoked");

  const absl::Time begin = absl::Now();
  absl::Status refused = list();
  while (refused.ok() && absl::Now() - begin < absl::Seconds(10)) {
    absl::SleepFor(absl::Milliseconds(20));
    refused = list();
  }
  const int64_t took = absl::ToInt64Milliseconds(absl::Now() - begin);
  Check(ReasonOf(refused) == "DEVICE_REVOKED" && took < 2000, "identity",
        fmt::format("a stolen phone was revoked: tasks refused it after {} ms", took));
  Check(absl::IsUnauthenticated(stolen.Login()), "identity", "nobody logs in with it, not even who knows the password");
}

void Day::DecideLateResults(int expected) {
  Person& dispatcher = dispatcher_[0];
  Need(dispatcher.Login(), "identity", "the dispatcher logs in");
  tasks::ListLateSubmissionsRequest list;
  list.set_area(workers_[3].grid);
  auto late = dispatcher.Call(dispatcher.work, &Work::ListLateSubmissions, list);
  Need(late.status(), "tasks", "late results are listed");
  int decided = 0;
  for (const auto& submission : late->submissions()) {
    tasks::DecideLateSubmissionRequest decision;
    decision.set_request_id(NewRequestId());
    decision.set_name(submission.name());
    decision.set_decision(decided == 0 ? tasks::DecideLateSubmissionRequest::DECISION_ACCEPT
                                       : tasks::DecideLateSubmissionRequest::DECISION_DUPLICATE);
    decided += dispatcher.Call(dispatcher.work, &Work::DecideLateSubmission, decision).ok();
  }
  Check(decided == expected, "tasks", "the dispatcher decides each: one is accepted, two were done by somebody else");
}

}  // namespace gridwork::demo
