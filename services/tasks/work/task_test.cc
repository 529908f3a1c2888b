#include "services/tasks/work/task.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <map>
#include <set>

#include "common/base/error.h"
#include "services/tasks/work/testing/samples.h"

namespace gridwork::tasks {
namespace {

using testing::kThen;
using testing::SampleTask;
using testing::Staff;
using testing::TextOf;

const std::string kWorker = Staff(1);
const std::string kOther = Staff(2);
const absl::Time kNow = kThen + absl::Hours(1);

constexpr TaskState kStates[] = {TaskState::kScheduled, TaskState::kReady,    TaskState::kClaimed,
                                 TaskState::kSubmitted, TaskState::kAccepted, TaskState::kCancelled,
                                 TaskState::kExpired,   TaskState::kDead};

// As claims and what follows them leave it: kWorker has attempt 3, for another minute when it is claimed.
Task In(TaskState state) {
  static const Task sample = SampleTask(1);
  Task task = sample;
  task.state = state;
  task.version = 7;
  task.attempt = 3;
  task.claimant = kWorker;
  if (state == TaskState::kClaimed) task.lease_until = kNow + absl::Minutes(1);
  if (state == TaskState::kScheduled) task.start = kNow;
  return task;
}

Submission Late(int attempt = 2, const std::string& worker = kWorker) {
  return {.task = In(TaskState::kReady).id, .attempt = attempt, .state = SubmissionState::kLate, .worker = worker};
}

struct Operation {
  const char* name;
  std::function<std::string(Task&)> run;  // the reason of its refusal, or ""
  std::map<TaskState, TaskState> moves;   // from every other state it is refused
  std::string refusal;
};

const std::vector<Operation>& Operations() {
  using enum TaskState;
  static const std::vector<Operation> operations = {
      {"claim", [](Task& t) { return ReasonOf(Claim(t, kOther, kNow)); }, {{kReady, kClaimed}}, "TASK_NOT_READY"},
      {"submit",
       [](Task& t) { return Submit(t, kWorker, 3, kNow) == SubmissionState::kLate ? "LATE" : ""; },
       {{kClaimed, kSubmitted}},
       "LATE"},
      {"accept",
       [](Task& t) { return ReasonOf(Accept(t, kOther, kNow)); },
       {{kSubmitted, kAccepted}},
       "TASK_NOT_SUBMITTED"},
      {"return",
       [](Task& t) { return ReasonOf(Return(t, kOther, "again", kNow)); },
       {{kSubmitted, kReady}},
       "TASK_NOT_SUBMITTED"},
      {"release",
       [](Task& t) { return ReasonOf(Release(t, kWorker, 3, kNow)); },
       {{kClaimed, kReady}},
       "TASK_NOT_YOURS"},
      {"cancel",
       [](Task& t) { return ReasonOf(Cancel(t, kNow)); },
       {{kScheduled, kCancelled}, {kReady, kCancelled}, {kClaimed, kCancelled}},
       "TASK_NOT_OPEN"},
      {"end lease",
       [](Task& t) { return EndLease(t, kNow + absl::Minutes(1)) ? "" : "nothing to do"; },
       {{kClaimed, kReady}},
       "nothing to do"},
      {"start", [](Task& t) { return Start(t, kNow) ? "" : "nothing to do"; }, {{kScheduled, kReady}}, "nothing to do"},
      {"keep offline",
       [](Task& t) { return ReasonOf(KeepOffline(t, kWorker, 3, kNow + absl::Hours(8), kNow)); },
       {{kClaimed, kClaimed}},
       "TASK_NOT_YOURS"},
      {"fail",
       [](Task& t) { return ReasonOf(Fail(t, kWorker, 3, FailReason::kWeather, 2, absl::Minutes(20), kNow)); },
       {{kClaimed, kScheduled}},
       "TASK_NOT_YOURS"},
      {"fail for the last time",
       [](Task& t) { return ReasonOf(Fail(t, kWorker, 3, FailReason::kWeather, 1, absl::Minutes(20), kNow)); },
       {{kClaimed, kDead}},
       "TASK_NOT_YOURS"},
      {"replay",
       [](Task& t) { return ReasonOf(Replay(t, ReplayReason::kTryAgain, kNow)); },
       {{kDead, kReady}},
       "TASK_NOT_DEAD"},
      {"reassign",
       [](Task& t) { return ReasonOf(Reassign(t, kOther, AssignReason::kAbsence, kNow)); },
       {{kScheduled, kScheduled}, {kReady, kReady}, {kClaimed, kReady}},
       "TASK_NOT_OPEN"},
  };
  return operations;
}

TEST(Task, EveryOperationInEveryState) {
  for (const Operation& operation : Operations()) {
    for (TaskState state : kStates) {
      SCOPED_TRACE(std::string(operation.name) + " in state " + std::to_string(static_cast<int>(state)));
      Task task = In(state);
      std::string refusal = operation.run(task);
      auto move = operation.moves.find(state);
      if (move == operation.moves.end()) {
        EXPECT_EQ(refusal, operation.refusal);
        EXPECT_EQ(TextOf(task), TextOf(In(state)));
      } else {
        EXPECT_EQ(refusal, "");
        EXPECT_EQ(task.state, move->second);
        EXPECT_EQ(task.version, 8);
        EXPECT_GE(task.updated, kNow);
        EXPECT_EQ(task.lease_until.has_value(), task.state == TaskState::kClaimed);
      }
    }
  }
}

TEST(Task, AClaimIsANewAttemptWithALease) {
  Task task = In(TaskState::kReady);
  ASSERT_TRUE(Claim(task, kOther, kNow).ok());
  EXPECT_EQ(task.claimant, kOther);
  EXPECT_EQ(task.attempt, 4);
  EXPECT_EQ(task.lease_until, kNow + kOnlineLease);
}

TEST(Task, ItsTimesNeverRunBackwards) {
  Task task = In(TaskState::kClaimed);
  task.updated = kNow + absl::Milliseconds(25);
  ASSERT_TRUE(Release(task, kWorker, 3, kNow).ok());
  EXPECT_EQ(task.updated, kNow + absl::Milliseconds(25));
}

TEST(Task, AnAssignedTaskIsClaimedByItsAssigneeOnly) {
  Task task = testing::AssignedTo(In(TaskState::kReady), kWorker);
  EXPECT_EQ(Claim(task, kOther, kNow).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(task.state, TaskState::kReady);
  EXPECT_TRUE(Claim(task, kWorker, kNow).ok());
}

TEST(Task, TheFenceIsWorkerAttemptAndTime) {
  const Task task = In(TaskState::kClaimed);
  const absl::Time end = *task.lease_until;
  EXPECT_TRUE(LeaseHolds(task, kWorker, 3, kNow));
  EXPECT_TRUE(LeaseHolds(task, kWorker, 3, end - absl::Microseconds(1)));
  EXPECT_FALSE(LeaseHolds(task, kWorker, 3, end));  // its end is exclusive
  EXPECT_FALSE(LeaseHolds(task, kOther, 3, kNow));
  EXPECT_FALSE(LeaseHolds(task, kWorker, 2, kNow));
  EXPECT_FALSE(LeaseHolds(task, kWorker, 4, kNow));
  Task late = task;
  EXPECT_EQ(Submit(late, kWorker, 3, end), SubmissionState::kLate);
  EXPECT_EQ(ReasonOf(Release(late, kWorker, 3, end)), "TASK_NOT_YOURS");
  EXPECT_EQ(TextOf(late), TextOf(task));
}

TEST(Task, ALeaseIsNotEndedBeforeItsTime) {
  Task task = In(TaskState::kClaimed);
  EXPECT_FALSE(EndLease(task, *task.lease_until - absl::Microseconds(1)));
  EXPECT_TRUE(EndLease(task, *task.lease_until));
}

TEST(Task, NobodyReviewsTheirOwnWork) {
  Task task = In(TaskState::kSubmitted);
  EXPECT_EQ(ReasonOf(Accept(task, kWorker, kNow)), "REVIEW_OF_OWN_WORK");
  EXPECT_EQ(ReasonOf(Return(task, kWorker, "x", kNow)), "REVIEW_OF_OWN_WORK");
  EXPECT_EQ(TextOf(task), TextOf(In(TaskState::kSubmitted)));
}

TEST(Task, AReturnedTaskCarriesTheNote) {
  Task task = In(TaskState::kSubmitted);
  ASSERT_TRUE(Return(task, kOther, "the ice machine too", kNow).ok());
  EXPECT_EQ(task.return_note, "the ice machine too");
  EXPECT_EQ(task.attempt, 3);
}

TEST(Task, EntersWhenItsStartHasCome) {
  auto entered = [](std::optional<absl::Time> start) {
    Task task = SampleTask(1);
    task.start = start;
    Enter(task, kNow);
    EXPECT_EQ(task.first_start, start);
    return task.state;
  };
  EXPECT_EQ(entered(std::nullopt), TaskState::kReady);
  EXPECT_EQ(entered(kNow), TaskState::kReady);
  EXPECT_EQ(entered(kNow + absl::Microseconds(1)), TaskState::kScheduled);
  Task task = In(TaskState::kScheduled);
  EXPECT_FALSE(Start(task, kNow - absl::Microseconds(1)));
  EXPECT_TRUE(Start(task, kNow));
}

TEST(Task, WhoCoversTheAssigneeClaimsInTheirPlace) {
  Task task = testing::AssignedTo(In(TaskState::kReady), kOther);
  EXPECT_EQ(Claim(task, kWorker, kNow, {.covers = {Staff(7)}}).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(Claim(task, kWorker, kNow, {.covers = {Staff(7), kOther}}).ok());
  EXPECT_EQ(task.claimant, kWorker);
  EXPECT_EQ(task.assignee, kOther);
}

// ---- leases

TEST(Task, AnOfflineLeaseEndsWhenItWasAgreedAndAfterFourDaysAtMost) {
  const absl::Time end = kNow + absl::Hours(96);
  EXPECT_TRUE(CheckOfflineUntil(end, kNow).ok());
  EXPECT_TRUE(CheckOfflineUntil(kNow + absl::Microseconds(1), kNow).ok());
  for (absl::Time wrong : {end + absl::Microseconds(1), kNow, kNow - absl::Hours(1), absl::InfiniteFuture()}) {
    auto violations = FieldViolationsOf(CheckOfflineUntil(wrong, kNow));
    ASSERT_EQ(violations.size(), 1u);
    EXPECT_EQ(violations[0].first, "offline_until_time");
  }
  Task task = In(TaskState::kReady);
  ASSERT_TRUE(Claim(task, kWorker, kNow, {.offline_until = end}).ok());
  EXPECT_EQ(task.lease_kind, LeaseKind::kOffline);
  EXPECT_EQ(task.lease_until, end);
  EXPECT_FALSE(EndLease(task, end - absl::Microseconds(1)));
  EXPECT_EQ(Submit(task, kWorker, 4, end - absl::Microseconds(1)), SubmissionState::kSubmitted);
  EXPECT_EQ(task.lease_kind, LeaseKind::kOnline);  // of the next one
}

TEST(Task, AHeldTaskIsKeptOfflineByItsClaimantOnly) {
  const absl::Time end = kNow + absl::Hours(8);
  Task task = In(TaskState::kClaimed);
  EXPECT_EQ(ReasonOf(KeepOffline(task, kOther, 3, end, kNow)), "TASK_NOT_YOURS");
  EXPECT_EQ(ReasonOf(KeepOffline(task, kWorker, 2, end, kNow)), "TASK_NOT_YOURS");
  EXPECT_EQ(ReasonOf(KeepOffline(task, kWorker, 3, end, *task.lease_until)), "TASK_NOT_YOURS");
  EXPECT_EQ(KeepOffline(task, kWorker, 3, kNow + absl::Hours(97), kNow).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TextOf(task), TextOf(In(TaskState::kClaimed)));
  ASSERT_TRUE(KeepOffline(task, kWorker, 3, end, kNow).ok());
  EXPECT_EQ(task.lease_kind, LeaseKind::kOffline);
  EXPECT_EQ(task.lease_until, end);
  EXPECT_EQ(task.attempt, 3);
}

TEST(Task, AHeartbeatOfTheClaimantExtendsAnOnlineLease) {
  Task task = In(TaskState::kClaimed);
  const int64_t version = task.version;
  EXPECT_FALSE(Extend(task, kOther, 3, kNow));
  EXPECT_FALSE(Extend(task, kWorker, 2, kNow));
  EXPECT_EQ(TextOf(task), TextOf(In(TaskState::kClaimed)));
  EXPECT_TRUE(Extend(task, kWorker, 3, kNow));
  EXPECT_EQ(task.lease_until, kNow + kOnlineLease);
  // Over, but nobody has taken it.
  EXPECT_TRUE(Extend(task, kWorker, 3, kNow + absl::Minutes(3)));
  EXPECT_EQ(task.lease_until, kNow + absl::Minutes(3) + kOnlineLease);
  EXPECT_EQ(task.version, version);
  EXPECT_TRUE(EndLease(task, kNow + absl::Hours(1)));
  EXPECT_FALSE(Extend(task, kWorker, 3, kNow + absl::Hours(1)));
}

TEST(Task, AHeartbeatLeavesAnOfflineLeaseAsItWasAgreed) {
  Task task = In(TaskState::kReady);
  ASSERT_TRUE(Claim(task, kWorker, kNow, {.offline_until = kNow + absl::Hours(8)}).ok());
  EXPECT_TRUE(Extend(task, kWorker, 4, kNow + absl::Hours(1)));
  EXPECT_EQ(task.lease_until, kNow + absl::Hours(8));
  EXPECT_FALSE(Extend(task, kWorker, 4, kNow + absl::Hours(8)));
}

// ---- failures

TEST(Task, FailuresCountUpToTheLastAndLostLeasesNever) {
  Task task = SampleTask(1);
  absl::Time now = kNow;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Claim(task, kWorker, now).ok());
    now += kOnlineLease;
    ASSERT_TRUE(EndLease(task, now));
    EXPECT_EQ(task.ended, (AttemptEnd{AttemptOutcome::kLeaseOver}));
  }
  EXPECT_EQ(task.leases_over, 100);
  EXPECT_EQ(task.failures, 0);
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(Claim(task, kWorker, now).ok());
    ASSERT_TRUE(Fail(task, kWorker, task.attempt, FailReason::kUnsafe, 3, absl::Minutes(20), now).ok());
    EXPECT_EQ(task.ended, (AttemptEnd{AttemptOutcome::kFailed, static_cast<int>(FailReason::kUnsafe)}));
    EXPECT_EQ(task.failures, i);
    EXPECT_EQ(task.state, i < 3 ? TaskState::kScheduled : TaskState::kDead);
    EXPECT_EQ(task.start.has_value(), i < 3);
    if (i == 3) break;
    EXPECT_EQ(task.start, now + absl::Minutes(20));
    now = *task.start;
    ASSERT_TRUE(Start(task, now));
  }
  ASSERT_TRUE(Replay(task, ReplayReason::kCauseMended, now).ok());
  EXPECT_EQ(task.failures, 0);
  EXPECT_EQ(task.replay_reason, static_cast<int>(ReplayReason::kCauseMended));
}

TEST(RetryDelay, DoublesUpToADayAndChanceTakesUpToHalfOfIt) {
  EXPECT_EQ(RetryDelay(1, 0), absl::Minutes(15));
  EXPECT_EQ(RetryDelay(2, 0), absl::Minutes(30));
  EXPECT_EQ(RetryDelay(3, 0.5), absl::Minutes(90));
  EXPECT_EQ(RetryDelay(7, 0), absl::Hours(12));
  EXPECT_EQ(RetryDelay(1'000'000, 0), absl::Hours(12));
  for (int failures : {1, 2, 5, 6, 7, 20}) {
    EXPECT_LT(RetryDelay(failures, 0.999), 2 * RetryDelay(failures, 0));
    EXPECT_GT(RetryDelay(failures, 0.999), 1.99 * RetryDelay(failures, 0));
  }
}

// ---- reassigning

TEST(Task, AReassignedTaskIsTakenFromItsClaimant) {
  Task task = In(TaskState::kClaimed);
  ASSERT_TRUE(Reassign(task, kOther, AssignReason::kNoProgress, kNow).ok());
  EXPECT_EQ(task.ended, (AttemptEnd{AttemptOutcome::kReassigned, static_cast<int>(AssignReason::kNoProgress)}));
  EXPECT_EQ(Submit(task, kWorker, 3, kNow), SubmissionState::kLate);
  EXPECT_EQ(Claim(task, kWorker, kNow).code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(Claim(task, kOther, kNow).ok());
  EXPECT_FALSE(task.ended);

  Task free = testing::AssignedTo(In(TaskState::kReady), kOther);
  ASSERT_TRUE(Reassign(free, "", AssignReason::kAbsence, kNow).ok());
  EXPECT_FALSE(free.ended);
  EXPECT_TRUE(Claim(free, kWorker, kNow).ok());
}

// ---- late results

TEST(AcceptLate, MakesItTheResultUnlessThereIsOne) {
  using enum TaskState;
  const std::map<TaskState, std::string> refused = {
      {kAccepted, "TASK_HAS_RESULT"}, {kCancelled, "TASK_NOT_OPEN"}, {kExpired, "TASK_NOT_OPEN"}};
  for (TaskState state : kStates) {
    SCOPED_TRACE(static_cast<int>(state));
    Task task = In(state);
    task.claimant = kOther;
    const Task before = task;
    auto back = AcceptLate(task, Late(), Staff(9), kNow);
    if (auto it = refused.find(state); it != refused.end()) {
      EXPECT_EQ(ReasonOf(back.status()), it->second);
      EXPECT_EQ(TextOf(task), TextOf(before));
      continue;
    }
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(task.state, kAccepted);
    EXPECT_EQ(task.claimant, kWorker);
    EXPECT_EQ(task.attempt, 3);
    EXPECT_EQ(*back, state == kSubmitted ? std::optional(3) : std::nullopt);
    EXPECT_EQ(task.ended, state == kClaimed ? std::optional(AttemptEnd{AttemptOutcome::kSuperseded}) : std::nullopt);
    EXPECT_EQ(Submit(task, kOther, 3, kNow), SubmissionState::kLate);
  }
}

TEST(AcceptLate, NobodyDecidesAboutTheirOwnWork) {
  Task task = In(TaskState::kReady);
  EXPECT_EQ(ReasonOf(AcceptLate(task, Late(2, Staff(9)), Staff(9), kNow).status()), "REVIEW_OF_OWN_WORK");
  // Nor about the result that theirs would have to give way to.
  Task waiting = In(TaskState::kSubmitted);
  EXPECT_EQ(ReasonOf(AcceptLate(waiting, Late(2, kOther), kWorker, kNow).status()), "REVIEW_OF_OWN_WORK");
  EXPECT_EQ(TextOf(waiting), TextOf(In(TaskState::kSubmitted)));
}

TEST(CheckLate, OnlyALateResultIsDecided) {
  for (int state = 1; state <= 6; ++state) {
    Submission result = Late();
    result.state = static_cast<SubmissionState>(state);
    EXPECT_EQ(ReasonOf(CheckLate(result, Staff(9))),
              result.state == SubmissionState::kLate ? "" : "SUBMISSION_NOT_LATE");
  }
}

TEST(SecondVisit, IsReadyAtTheSamePlaceForAnybody) {
  Task task = In(TaskState::kSubmitted);
  task.assignee = kWorker;
  task.qualifications = "LIFT";
  task.priority = 2;
  Task second = SecondVisit(task, Late(2), kNow);
  EXPECT_NE(second.id, task.id);
  EXPECT_EQ(second.state, TaskState::kReady);
  EXPECT_EQ(second.place, task.place);
  EXPECT_EQ(second.kind, task.kind);
  EXPECT_EQ(second.grid, task.grid);
  EXPECT_EQ(second.roles, task.roles);
  EXPECT_EQ(second.qualifications, "LIFT");
  EXPECT_EQ(second.priority, 2);
  EXPECT_EQ(second.assignee, "");
  EXPECT_EQ(second.attempt, 0);
  EXPECT_EQ(second.second_visit_of, "tasks/" + task.id.ToString() + "/submissions/2");
}

// ---- order

Task Waiting(int priority, absl::Time since) {
  Task task = SampleTask(1);
  task.priority = priority;
  task.created = since;
  return task;
}

TEST(RankOf, IsPriorityThenAge) {
  EXPECT_LT(RankOf(Waiting(1, kNow)), RankOf(Waiting(2, kNow)));
  EXPECT_LT(RankOf(Waiting(4, kNow)), RankOf(Waiting(5, kNow - kAgeingStep / 2)));
  EXPECT_LT(RankOf(Waiting(5, kNow)), RankOf(Waiting(5, kNow + absl::Milliseconds(1))));
}

TEST(RankOf, EachStepOfWaitingCountsAsOnePriority) {
  for (int priority = 2; priority <= 9; ++priority) {
    for (int better = 1; better < priority; ++better) {
      const absl::Time since = kNow, overtaken = kNow + (priority - better) * kAgeingStep;
      EXPECT_LT(RankOf(Waiting(better, overtaken - absl::Milliseconds(1))), RankOf(Waiting(priority, since)));
      EXPECT_GT(RankOf(Waiting(better, overtaken + absl::Milliseconds(1))), RankOf(Waiting(priority, since)));
    }
  }
}

TEST(RankOf, NothingIsAsUrgentAsPriorityZero) {
  EXPECT_LT(RankOf(Waiting(0, absl::FromUnixSeconds(253'402'300'799))), RankOf(Waiting(1, absl::UnixEpoch())));
}

TEST(RankOf, WaitingBeginsWithTheFirstStart) {
  Task task = Waiting(5, kNow);
  task.start = kNow + absl::Hours(72);
  Enter(task, kNow);
  EXPECT_EQ(RankOf(task), RankOf(Waiting(5, kNow + absl::Hours(72))));
  const int64_t rank = RankOf(task);
  ASSERT_TRUE(Start(task, kNow + absl::Hours(72)));
  ASSERT_TRUE(Claim(task, kWorker, kNow + absl::Hours(80)).ok());
  ASSERT_TRUE(Fail(task, kWorker, 1, FailReason::kWeather, 5, absl::Hours(1), kNow + absl::Hours(80)).ok());
  EXPECT_EQ(RankOf(task), rank);  // what failed has not lost its turn
}

// What one task may be, told as plainly as can be.
struct Model {
  std::string state = "READY";
  std::string holder;
  int attempt = 0;
  int failures = 0;
  absl::Time lease_until, start;
  int changes = 0;

  bool Holds(const std::string& worker, int of, absl::Time now) const {
    return state == "CLAIMED" && holder == worker && attempt == of && now < lease_until;
  }
  void To(const std::string& next) {
    state = next;
    ++changes;
  }
};

TEST(Task, AnySequenceOfOperationsOfFourActors) {
  const std::map<std::string, TaskState> states = {
      {"READY", TaskState::kReady},       {"CLAIMED", TaskState::kClaimed},     {"SUBMITTED", TaskState::kSubmitted},
      {"ACCEPTED", TaskState::kAccepted}, {"CANCELLED", TaskState::kCancelled}, {"SCHEDULED", TaskState::kScheduled},
      {"DEAD", TaskState::kDead}};
  std::set<std::string> reached;
  EXPECT_TRUE(rc::check([&] {
    auto below = [](int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); };
    Task task = SampleTask(1);
    Model model;
    absl::Time now = kNow, busy_until = absl::InfinitePast();
    for (int step = 0, steps = below(160); step < steps; ++step) {
      // Mostly who holds it: chance alone seldom fails the same task twice.
      const std::string actor = model.holder.empty() || below(3) == 0 ? Staff(below(4)) : model.holder;
      const int attempt = model.attempt - (below(4) == 0 ? 1 : 0);
      const Task before = task;
      int changes = model.changes;
      switch (below(16)) {
        case 0:
        case 1:
          if (model.state == "READY") {
            model.To("CLAIMED");
            model.holder = actor;
            ++model.attempt;
            RC_ASSERT(now >= busy_until);  // two leases never overlap
            busy_until = model.lease_until = now + kOnlineLease;
          }
          RC_ASSERT(Claim(task, actor, now).ok() == (model.changes > changes));
          break;
        case 2:
        case 3:
          if (model.Holds(actor, attempt, now)) {
            model.To("SUBMITTED");
            busy_until = now;
          }
          RC_ASSERT((Submit(task, actor, attempt, now) == SubmissionState::kSubmitted) == (model.changes > changes));
          break;
        case 4:
          if (model.state == "SUBMITTED" && model.holder != actor) model.To("ACCEPTED");
          RC_ASSERT(Accept(task, actor, now).ok() == (model.changes > changes));
          break;
        case 5:
          if (model.state == "SUBMITTED" && model.holder != actor) model.To("READY");
          RC_ASSERT(Return(task, actor, "again", now).ok() == (model.changes > changes));
          break;
        case 6:
          if (model.Holds(actor, attempt, now)) {
            model.To("READY");
            busy_until = now;
          }
          RC_ASSERT(Release(task, actor, attempt, now).ok() == (model.changes > changes));
          break;
        case 7:
          if (model.state == "CLAIMED" && now >= model.lease_until) model.To("READY");
          RC_ASSERT(EndLease(task, now) == (model.changes > changes));
          break;
        case 8:
        case 9:
        case 10:
          if (model.Holds(actor, attempt, now)) {
            model.To(++model.failures >= 2 ? "DEAD" : "SCHEDULED");
            model.start = now + absl::Seconds(30);
            busy_until = now;
          }
          RC_ASSERT(Fail(task, actor, attempt, FailReason::kWeather, 2, absl::Seconds(30), now).ok() ==
                    (model.changes > changes));
          break;
        case 11:
        case 12:
          if (model.state == "SCHEDULED" && now >= model.start) model.To("READY");
          RC_ASSERT(Start(task, now) == (model.changes > changes));
          break;
        case 13:
          if (model.state == "CLAIMED" && model.holder == actor && model.attempt == attempt)
            busy_until = model.lease_until = now + kOnlineLease;
          RC_ASSERT(Extend(task, actor, attempt, now) ==
                    (model.state == "CLAIMED" && model.holder == actor && model.attempt == attempt));
          RC_ASSERT(model.state != "CLAIMED" || task.lease_until == model.lease_until);
          continue;  // no change of the task
        case 14:
          if (below(4) != 0) break;
          if (model.state == "DEAD") {
            model.To("READY");
            model.failures = 0;
          }
          RC_ASSERT(Replay(task, ReplayReason::kTryAgain, now).ok() == (model.changes > changes));
          break;
        default:
          if (below(8) != 0) break;
          if (model.state == "READY" || model.state == "CLAIMED" || model.state == "SCHEDULED") {
            model.To("CANCELLED");
            busy_until = now;
          }
          RC_ASSERT(Cancel(task, now).ok() == (model.changes > changes));
      }
      RC_ASSERT(task.state == states.at(model.state));
      RC_ASSERT(task.version == 1 + model.changes);
      RC_ASSERT(task.attempt == model.attempt);
      RC_ASSERT(task.claimant == model.holder);
      RC_ASSERT(task.lease_until.has_value() == (task.state == TaskState::kClaimed));
      RC_ASSERT(task.attempt >= before.attempt);
      if (model.changes == changes) RC_ASSERT(TextOf(task) == TextOf(before));
      reached.insert(model.state);
      now += absl::Seconds(below(60));
    }
  }));
  EXPECT_EQ(reached.size(), states.size());
}

}  // namespace
}  // namespace gridwork::tasks
