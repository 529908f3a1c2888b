#include "services/tasks/work/task_convert.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/base/error.h"
#include "services/tasks/work/testing/samples.h"

namespace gridwork::tasks {
namespace {

using namespace testing;

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& [field, rule] : FieldViolationsOf(status)) fields.push_back(field);
  if (fields.empty()) fields.push_back(status.ToString());
  return fields;
}
using Fields = std::vector<std::string>;

TEST(TaskConvert, NamesOfTasks) {
  Task task = SampleTask(1);
  EXPECT_EQ(ParseTaskName("name", TaskName(task.id)).value(), task.id);
  for (const std::string& bad :
       {std::string(), task.id.ToString(), "places/" + task.id.ToString(), std::string("tasks/x"),
        TaskName(task.id) + "/", TaskName(task.id) + std::string(1, '\0')})
    EXPECT_EQ(FieldsOf(ParseTaskName("name", bad).status()), Fields{"name"}) << bad;
}

TEST(TaskConvert, ATaskGoesThereWithEverything) {
  Task task = SampleTask(1);
  task.state = TaskState::kClaimed;
  task.version = 7;
  task.priority = 0;
  task.due = kThen + absl::Microseconds(1'000'001);
  task.assignee = Staff(1);
  task.claimant = Staff(1);
  task.attempt = 3;
  task.lease_until = kThen + absl::Minutes(2);
  task.return_note = "again";
  task.form_version = 4;
  v1::Task out = ToProto(task);
  EXPECT_EQ(out.name(), "tasks/" + task.id.ToString());
  EXPECT_EQ(out.etag(), "7");
  EXPECT_EQ(out.kind(), "taskKinds/FOOD_INSPECTION");
  EXPECT_EQ(out.place(), "places/" + task.place.ToString());
  EXPECT_EQ(out.grid(), "CHI/A/A-G1");
  EXPECT_EQ(out.state(), v1::TASK_STATE_CLAIMED);
  EXPECT_TRUE(out.has_priority());
  EXPECT_EQ(out.priority(), 0);
  EXPECT_EQ(out.due_time().seconds(), absl::ToUnixSeconds(kThen) + 1);
  EXPECT_EQ(out.due_time().nanos(), 1'000);
  EXPECT_EQ(out.assignee(), Staff(1));
  EXPECT_EQ(out.claimant(), Staff(1));
  EXPECT_EQ(out.attempt(), 3);
  EXPECT_EQ(out.lease_expire_time().seconds(), absl::ToUnixSeconds(kThen) + 120);
  EXPECT_EQ(out.return_note(), "again");
  EXPECT_EQ(out.form_version(), 4);
  EXPECT_EQ(out.create_time().nanos(), 1'000'000);
  EXPECT_EQ(out.update_time().nanos(), 1'000'000);
  EXPECT_FALSE(ToProto(SampleTask(1)).has_due_time());
  EXPECT_FALSE(ToProto(SampleTask(1)).has_lease_expire_time());
}

// The numbers of the domain are those of the proto.
TEST(TaskConvert, StatesHaveTheSameNumbers) {
  EXPECT_EQ(v1::TaskState_ARRAYSIZE, static_cast<int>(TaskState::kDead) + 1);
  for (auto [state, proto] : {std::pair(TaskState::kScheduled, v1::TASK_STATE_SCHEDULED),
                              {TaskState::kReady, v1::TASK_STATE_READY},
                              {TaskState::kClaimed, v1::TASK_STATE_CLAIMED},
                              {TaskState::kSubmitted, v1::TASK_STATE_SUBMITTED},
                              {TaskState::kAccepted, v1::TASK_STATE_ACCEPTED},
                              {TaskState::kCancelled, v1::TASK_STATE_CANCELLED},
                              {TaskState::kExpired, v1::TASK_STATE_EXPIRED},
                              {TaskState::kDead, v1::TASK_STATE_DEAD}})
    EXPECT_EQ(static_cast<int>(state), proto);
  EXPECT_EQ(v1::SubmissionState_ARRAYSIZE, static_cast<int>(SubmissionState::kSecondVisit) + 1);
  EXPECT_EQ(static_cast<int>(SubmissionState::kDuplicate), v1::SUBMISSION_STATE_DUPLICATE);
  EXPECT_EQ(static_cast<int>(SubmissionState::kSecondVisit), v1::SUBMISSION_STATE_SECOND_VISIT);
  EXPECT_EQ(static_cast<int>(SubmissionState::kLate), v1::SUBMISSION_STATE_LATE);
  EXPECT_EQ(static_cast<int>(SubmissionState::kReturned), v1::SUBMISSION_STATE_RETURNED);
}

TEST(TaskConvert, KindsAndReasonsHaveTheSameNumbers) {
  EXPECT_EQ(static_cast<int>(LeaseKind::kOnline), v1::LEASE_KIND_ONLINE);
  EXPECT_EQ(static_cast<int>(LeaseKind::kOffline), v1::LEASE_KIND_OFFLINE);
  for (auto [outcome, proto] : {std::pair(AttemptOutcome::kNone, v1::ATTEMPT_OUTCOME_UNSPECIFIED),
                                {AttemptOutcome::kSubmitted, v1::ATTEMPT_OUTCOME_SUBMITTED},
                                {AttemptOutcome::kReleased, v1::ATTEMPT_OUTCOME_RELEASED},
                                {AttemptOutcome::kLeaseOver, v1::ATTEMPT_OUTCOME_LEASE_OVER},
                                {AttemptOutcome::kFailed, v1::ATTEMPT_OUTCOME_FAILED},
                                {AttemptOutcome::kReassigned, v1::ATTEMPT_OUTCOME_REASSIGNED},
                                {AttemptOutcome::kCancelled, v1::ATTEMPT_OUTCOME_CANCELLED},
                                {AttemptOutcome::kSuperseded, v1::ATTEMPT_OUTCOME_SUPERSEDED}})
    EXPECT_EQ(static_cast<int>(outcome), proto);
  EXPECT_EQ(v1::AttemptOutcome_ARRAYSIZE, static_cast<int>(AttemptOutcome::kSuperseded) + 1);
  for (auto [reason, proto] : {std::pair(FailReason::kNoAccess, v1::FAIL_REASON_NO_ACCESS),
                               {FailReason::kClosedNow, v1::FAIL_REASON_CLOSED_NOW},
                               {FailReason::kWeather, v1::FAIL_REASON_WEATHER},
                               {FailReason::kEquipment, v1::FAIL_REASON_EQUIPMENT},
                               {FailReason::kUnsafe, v1::FAIL_REASON_UNSAFE},
                               {FailReason::kNotFound, v1::FAIL_REASON_NOT_FOUND}})
    EXPECT_EQ(static_cast<int>(reason), proto);
  EXPECT_EQ(v1::FailReason_ARRAYSIZE, static_cast<int>(FailReason::kNotFound) + 1);
  for (auto [reason, proto] : {std::pair(AssignReason::kAbsence, v1::ASSIGN_REASON_ABSENCE),
                               {AssignReason::kWorkload, v1::ASSIGN_REASON_WORKLOAD},
                               {AssignReason::kQualification, v1::ASSIGN_REASON_QUALIFICATION},
                               {AssignReason::kNearer, v1::ASSIGN_REASON_NEARER},
                               {AssignReason::kNoProgress, v1::ASSIGN_REASON_NO_PROGRESS},
                               {AssignReason::kMistake, v1::ASSIGN_REASON_MISTAKE}})
    EXPECT_EQ(static_cast<int>(reason), proto);
  EXPECT_EQ(v1::AssignReason_ARRAYSIZE, static_cast<int>(AssignReason::kMistake) + 1);
  EXPECT_EQ(static_cast<int>(ReplayReason::kCauseMended), v1::REPLAY_REASON_CAUSE_MENDED);
  EXPECT_EQ(static_cast<int>(ReplayReason::kTryAgain), v1::REPLAY_REASON_TRY_AGAIN);
  EXPECT_EQ(static_cast<int>(ReplayReason::kMistake), v1::REPLAY_REASON_MISTAKE);
  EXPECT_EQ(v1::ReplayReason_ARRAYSIZE, static_cast<int>(ReplayReason::kMistake) + 1);
}

TEST(TaskConvert, WhatIsOnlyKnownOfSomeTasks) {
  Task task = SampleTask(1);
  EXPECT_EQ(ToProto(task).lease_kind(), v1::LEASE_KIND_UNSPECIFIED);
  EXPECT_FALSE(ToProto(task).has_start_time());
  EXPECT_EQ(ToProto(task).qualifications_size(), 0);
  task.state = TaskState::kClaimed;
  task.lease_kind = LeaseKind::kOffline;
  task.start = kThen;
  task.failures = 2;
  task.leases_over = 3;
  task.assign_reason = 4;
  task.replay_reason = 1;
  task.qualifications = "BOILER,LIFT";
  task.second_visit_of = "tasks/x/submissions/1";
  v1::Task out = ToProto(task);
  EXPECT_EQ(out.lease_kind(), v1::LEASE_KIND_OFFLINE);
  EXPECT_EQ(out.start_time().seconds(), absl::ToUnixSeconds(kThen));
  EXPECT_EQ(out.failures(), 2);
  EXPECT_EQ(out.leases_over(), 3);
  EXPECT_EQ(out.assign_reason(), v1::ASSIGN_REASON_NEARER);
  EXPECT_EQ(out.replay_reason(), v1::REPLAY_REASON_CAUSE_MENDED);
  ASSERT_EQ(out.qualifications_size(), 2);
  EXPECT_EQ(out.qualifications(1), "LIFT");
  EXPECT_EQ(out.second_visit_of(), "tasks/x/submissions/1");
}

TEST(TaskConvert, NamesOfSubmissions) {
  const std::string task = TaskName(SampleTask(1).id);
  auto name = ParseSubmissionName("name", task + "/submissions/12").value();
  EXPECT_EQ(TaskName(name.task), task);
  EXPECT_EQ(name.attempt, 12);
  for (const std::string& bad : {task, task + "/submissions/", task + "/submissions/0", task + "/submissions/-1",
                                 task + "/submissions/1x", task + "/submissions/99999999999", std::string(),
                                 std::string("tasks/x/submissions/1"), task + "/submissions/ 1"})
    EXPECT_EQ(FieldsOf(ParseSubmissionName("name", bad).status()), Fields{"name"}) << bad;
}

TEST(TaskConvert, Heartbeats) {
  v1::HeartbeatRequest request;
  EXPECT_EQ(FieldsOf(ParseHeartbeat(request).status()), Fields{"leases"});
  for (int i = 0; i < 50; ++i) {
    request.add_leases()->set_name(TaskName(SampleTask(i).id));
    request.mutable_leases(i)->set_attempt(i + 1);
  }
  EXPECT_EQ(ParseHeartbeat(request).value().at(49).attempt, 50);
  request.mutable_leases(7)->set_name("tasks/x");
  EXPECT_EQ(FieldsOf(ParseHeartbeat(request).status()), Fields{"leases[7].name"});
  request.add_leases();
  EXPECT_EQ(FieldsOf(ParseHeartbeat(request).status()), Fields{"leases"});
}

TEST(TaskConvert, OfflineClaims) {
  v1::ClaimTasksRequest claim;
  claim.set_max_tasks(1);
  EXPECT_EQ(ParseClaim(claim)->offline_until, std::nullopt);
  claim.mutable_offline_until_time()->set_seconds(absl::ToUnixSeconds(kThen));
  EXPECT_EQ(ParseClaim(claim)->offline_until, kThen);
  claim.mutable_offline_until_time()->set_seconds(-1);
  EXPECT_EQ(FieldsOf(ParseClaim(claim).status()), Fields{"offline_until_time"});

  v1::KeepOfflineRequest request;
  EXPECT_EQ(FieldsOf(ParseKeepOffline(request).status()), Fields{"leases"});
  request.add_leases();
  EXPECT_EQ(FieldsOf(ParseKeepOffline(request).status()), Fields{"leases[0].attempt"});
  request.mutable_leases(0)->set_attempt(3);
  request.mutable_offline_until_time()->set_nanos(-1);
  EXPECT_EQ(FieldsOf(ParseKeepOffline(request).status()), Fields{"offline_until_time"});
  request.mutable_offline_until_time()->set_nanos(0);
  request.mutable_offline_until_time()->set_seconds(absl::ToUnixSeconds(kThen));
  EXPECT_EQ(ParseKeepOffline(request)->until, kThen);
  EXPECT_EQ(ParseKeepOffline(request)->attempts, std::vector<int>{3});
}

TEST(TaskConvert, WorkNamesGridAndRolesAndNoTask) {
  v1::WatchTasksResponse out =
      ToProto(std::vector<Work>{{{"CHI/A/A-G1", "FI", "LIFT"}, false}, {{"CHI/B", "C"}, true}});
  ASSERT_EQ(out.work_size(), 2);
  EXPECT_EQ(out.work(0).grid(), "CHI/A/A-G1");
  ASSERT_EQ(out.work(0).roles_size(), 2);
  EXPECT_EQ(out.work(0).roles(1), options::v1::ROLE_INSPECTOR);
  EXPECT_FALSE(out.work(0).assigned());
  EXPECT_TRUE(out.work(1).assigned());
  v1::WatchTasksRequest request;
  EXPECT_EQ(ParseWatch(request).value(), "");
  request.set_area("CHI/A");
  EXPECT_EQ(ParseWatch(request).value(), "CHI/A");
  request.set_area("chi");
  EXPECT_EQ(FieldsOf(ParseWatch(request).status()), Fields{"area"});
}

TEST(TaskConvert, ReasonsAreFromAClosedList) {
  v1::FailTaskRequest fail;
  EXPECT_EQ(FieldsOf(ParseFail(fail).status()), Fields{"attempt"});
  fail.set_attempt(1);
  v1::ReplayTaskRequest replay;
  EXPECT_EQ(FieldsOf(ParseReplay(replay).status()), Fields{"etag"});
  replay.set_etag("3");
  v1::ReassignTaskRequest reassign;
  EXPECT_EQ(FieldsOf(ParseReassign(reassign).status()), Fields{"etag"});
  reassign.set_etag("3");
  for (int bad : {0, 7, -1, 99}) {
    fail.set_reason(static_cast<v1::FailReason>(bad));
    EXPECT_EQ(FieldsOf(ParseFail(fail).status()), Fields{"reason"});
    replay.set_reason(static_cast<v1::ReplayReason>(bad));
    EXPECT_EQ(FieldsOf(ParseReplay(replay).status()), Fields{"reason"});
    reassign.set_reason(static_cast<v1::AssignReason>(bad));
    EXPECT_EQ(FieldsOf(ParseReassign(reassign).status()), Fields{"reason"});
  }
  fail.set_reason(v1::FAIL_REASON_UNSAFE);
  EXPECT_EQ(ParseFail(fail)->reason, FailReason::kUnsafe);
  replay.set_reason(v1::REPLAY_REASON_MISTAKE);
  EXPECT_EQ(ParseReplay(replay)->reason, ReplayReason::kMistake);
  EXPECT_EQ(ParseReplay(replay)->version, 3);
  reassign.set_reason(v1::ASSIGN_REASON_WORKLOAD);
  EXPECT_EQ(ParseReassign(reassign)->assignee, "");
  reassign.set_assignee("staff/me");
  EXPECT_EQ(FieldsOf(ParseReassign(reassign).status()), Fields{"assignee"});
  reassign.set_assignee(Staff(1));
  EXPECT_EQ(ParseReassign(reassign)->assignee, Staff(1));
  EXPECT_EQ(ParseReassign(reassign)->reason, AssignReason::kWorkload);
}

TEST(TaskConvert, DecisionsOnLateResults) {
  v1::DecideLateSubmissionRequest request;
  EXPECT_EQ(FieldsOf(ParseDecide(request).status()), Fields{"decision"});
  request.set_decision(v1::DecideLateSubmissionRequest::DECISION_SECOND_VISIT);
  EXPECT_EQ(ParseDecide(request)->state, SubmissionState::kSecondVisit);
  EXPECT_EQ(ParseDecide(request)->note, "");
  request.set_note(std::string(301, 'x'));
  EXPECT_EQ(FieldsOf(ParseDecide(request).status()), Fields{"note"});
  v1::ListLateSubmissionsRequest list;
  EXPECT_EQ(ParseListLate(list)->limit, 100u);
  list.set_area("chi");
  EXPECT_EQ(FieldsOf(ParseListLate(list).status()), Fields{"area"});
}

TEST(TaskConvert, NewTasks) {
  v1::Task message;
  message.set_kind("taskKinds/FOOD_INSPECTION");
  NewTask plain = ParseNewTask("task", message).value();
  EXPECT_EQ(plain.kind, "FOOD_INSPECTION");
  EXPECT_EQ(plain.priority, std::nullopt);
  EXPECT_EQ(plain.due, std::nullopt);
  EXPECT_EQ(plain.start, std::nullopt);
  EXPECT_EQ(plain.assignee, "");

  message.set_priority(0);
  message.mutable_due_time()->set_seconds(1'800'000'000);
  message.mutable_due_time()->set_nanos(1'999);
  message.mutable_start_time()->set_seconds(1'800'000'001);
  message.set_assignee(Staff(1));
  NewTask full = ParseNewTask("task", message).value();
  EXPECT_EQ(full.priority, 0);
  EXPECT_EQ(full.due, kThen + absl::Microseconds(1));
  EXPECT_EQ(full.start, kThen + absl::Seconds(1));
  EXPECT_EQ(full.assignee, Staff(1));
  message.mutable_start_time()->set_nanos(-1);
  EXPECT_EQ(FieldsOf(ParseNewTask("task", message).status()), Fields{"task.start_time"});
}

TEST(TaskConvert, AllFaultsOfANewTaskAtOnce) {
  v1::Task message;
  message.set_kind("FOOD");
  message.set_priority(10);
  message.mutable_due_time()->set_seconds(-1);
  message.set_assignee("staff/somebody");
  EXPECT_EQ(FieldsOf(ParseNewTask("tasks[3]", message).status()),
            (Fields{"tasks[3].kind", "tasks[3].priority", "tasks[3].due_time", "tasks[3].assignee"}));
  message.set_priority(-1);
  message.mutable_due_time()->set_seconds(253'402'300'800);  // the year 10000
  message.set_assignee(Staff(1));
  message.set_kind("taskKinds/A");
  EXPECT_EQ(FieldsOf(ParseNewTask("task", message).status()), (Fields{"task.priority", "task.due_time"}));
  message.set_priority(9);
  message.mutable_due_time()->set_seconds(0);
  for (int nanos : {-1, 1'000'000'000}) {
    message.mutable_due_time()->set_nanos(nanos);
    EXPECT_EQ(FieldsOf(ParseNewTask("task", message).status()), Fields{"task.due_time"});
  }
}

TEST(TaskConvert, FiltersOfLists) {
  v1::ListTasksRequest request;
  EXPECT_EQ(ParseListTasks(request)->limit, 100u);
  EXPECT_EQ(ParseListTasks(request)->state, std::nullopt);
  request.set_area("CHI/A");
  request.set_state(v1::TASK_STATE_SUBMITTED);
  request.mutable_due_before_time()->set_seconds(1'800'000'000);
  request.set_worker(Staff(1));
  request.set_place("places/" + SampleTask(1).place.ToString());
  request.set_page_size(5'000);
  TaskQuery query = ParseListTasks(request).value();
  EXPECT_EQ(query.area, "CHI/A");
  EXPECT_EQ(query.state, TaskState::kSubmitted);
  EXPECT_EQ(query.due_before, kThen);
  EXPECT_EQ(query.worker, Staff(1));
  EXPECT_EQ(query.place, SampleTask(1).place);
  EXPECT_EQ(query.limit, 1'000u);

  auto refused = [](const std::function<void(v1::ListTasksRequest&)>& change) {
    v1::ListTasksRequest bad;
    change(bad);
    return FieldsOf(ParseListTasks(bad).status());
  };
  EXPECT_EQ(refused([](auto& r) { r.set_area("chi"); }), Fields{"area"});
  EXPECT_EQ(refused([](auto& r) { r.set_state(static_cast<v1::TaskState>(99)); }), Fields{"state"});
  EXPECT_EQ(refused([](auto& r) { r.mutable_due_before_time()->set_seconds(-5); }), Fields{"due_before_time"});
  EXPECT_EQ(refused([](auto& r) { r.set_worker("staff/me"); }), Fields{"worker"});
  EXPECT_EQ(refused([](auto& r) { r.set_place("here"); }), Fields{"place"});
  EXPECT_EQ(refused([](auto& r) { r.set_page_size(-1); }), Fields{"page_size"});
}

TEST(TaskConvert, Claims) {
  v1::ClaimTasksRequest request;
  for (int bad : {0, -1, 51}) {
    request.set_max_tasks(bad);
    EXPECT_EQ(FieldsOf(ParseClaim(request).status()), Fields{"max_tasks"}) << bad;
  }
  request.set_max_tasks(50);
  EXPECT_EQ(ParseClaim(request)->max, 50u);
  request.set_area("CHI/");
  EXPECT_EQ(FieldsOf(ParseClaim(request).status()), Fields{"area"});
}

TEST(TaskConvert, Submissions) {
  v1::SubmitTaskRequest request;
  EXPECT_EQ(FieldsOf(ParseSubmit(request).status()), Fields{"attempt"});
  request.set_attempt(1);
  EXPECT_EQ(FieldsOf(ParseSubmit(request).status()), Fields{"form_version"});
  request.set_form_version(1);
  EXPECT_EQ(ParseSubmit(request)->location, std::nullopt);
  const double nan = std::numeric_limits<double>::quiet_NaN(), far = std::numeric_limits<double>::infinity();
  for (auto [latitude, longitude] : {std::pair(91.0, 0.0),
                                     {-91.0, 0.0},
                                     {0.0, 181.0},
                                     {0.0, -181.0},
                                     {nan, 0.0},
                                     {0.0, nan},
                                     {far, 0.0},
                                     {0.0, -far}}) {
    request.mutable_location()->set_latitude(latitude);
    request.mutable_location()->set_longitude(longitude);
    absl::Status refused = ParseSubmit(request).status();
    EXPECT_EQ(FieldsOf(refused), Fields{"location"});
    EXPECT_EQ(std::string(refused.message()).find("91"), std::string::npos) << "a position is echoed";
  }
  request.mutable_location()->set_latitude(-90);
  request.mutable_location()->set_longitude(180);
  EXPECT_EQ(ParseSubmit(request)->location, (LatLng{-90, 180}));
  request.add_answers();
  EXPECT_FALSE(ParseSubmit(request).ok());
}

TEST(TaskConvert, AResultComesBackAsItWas) {
  v1::SubmitTaskRequest request;
  request.set_attempt(2);
  request.set_form_version(3);
  request.add_answers()->set_key("ice");
  request.mutable_answers(0)->set_checklist("PASS");
  auto* finding = request.add_findings();
  finding->set_item("FOOD_ICE");
  finding->set_severity(v1::SEVERITY_SERIOUS);
  finding->set_corrected_on_site(true);
  Submission submission{.task = SampleTask(1).id,
                        .attempt = 2,
                        .state = SubmissionState::kReturned,
                        .worker = Staff(1),
                        .form_version = 3,
                        .content = SerializeContent(ParseSubmit(request).value()),
                        .near_place = false,
                        .review_note = "again",
                        .created = kThen};
  v1::Submission out = ToProto(submission);
  EXPECT_EQ(out.name(), TaskName(submission.task) + "/submissions/2");
  EXPECT_EQ(out.state(), v1::SUBMISSION_STATE_RETURNED);
  EXPECT_EQ(out.worker(), Staff(1));
  EXPECT_EQ(out.form_version(), 3);
  ASSERT_EQ(out.answers_size(), 1);
  EXPECT_EQ(out.answers(0).SerializeAsString(), request.answers(0).SerializeAsString());
  ASSERT_EQ(out.findings_size(), 1);
  EXPECT_EQ(out.findings(0).SerializeAsString(), finding->SerializeAsString());
  EXPECT_TRUE(out.has_near_place());
  EXPECT_FALSE(out.near_place());
  EXPECT_EQ(out.review_note(), "again");
  submission.near_place.reset();
  EXPECT_FALSE(ToProto(submission).has_near_place());
}

TEST(TaskConvert, Reviews) {
  v1::ReviewTaskRequest request;
  EXPECT_EQ(FieldsOf(ParseReview(request).status()), Fields{"etag"});
  request.set_etag("3");
  EXPECT_EQ(FieldsOf(ParseReview(request).status()), Fields{"verdict"});
  request.set_verdict(static_cast<v1::ReviewTaskRequest::Verdict>(3));
  EXPECT_EQ(FieldsOf(ParseReview(request).status()), Fields{"verdict"});
  request.set_verdict(v1::ReviewTaskRequest::VERDICT_ACCEPT);
  EXPECT_TRUE(ParseReview(request)->accept);
  EXPECT_EQ(ParseReview(request)->version, 3);
  request.set_verdict(v1::ReviewTaskRequest::VERDICT_RETURN);
  for (const std::string& bad :
       {std::string(), std::string("  \n "), std::string(301, 'x'), std::string("\x01"), std::string("\xff")}) {
    request.set_note(bad);
    EXPECT_EQ(FieldsOf(ParseReview(request).status()), Fields{"note"});
  }
  request.set_note(" the ice\nmachine ");
  EXPECT_EQ(ParseReview(request)->note, "the ice\nmachine");
}

TEST(TaskConvert, Cancellations) {
  v1::CancelTaskRequest request;
  request.set_etag("1");
  EXPECT_EQ(FieldsOf(ParseCancel(request).status()), Fields{"reason"});
  request.set_reason(static_cast<v1::CancelTaskRequest::Reason>(77));
  EXPECT_EQ(FieldsOf(ParseCancel(request).status()), Fields{"reason"});
  request.set_reason(v1::CancelTaskRequest::REASON_MISTAKE);
  EXPECT_EQ(ParseCancel(request).value(), 1);
  request.set_etag("one");
  EXPECT_EQ(FieldsOf(ParseCancel(request).status()), Fields{"etag"});
}

}  // namespace
}  // namespace gridwork::tasks
