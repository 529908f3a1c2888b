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
  return task;
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

// What one task may be, told as plainly as can be.
struct Model {
  std::string state = "READY";
  std::string holder;
  int attempt = 0;
  absl::Time lease_until;
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
  const std::map<std::string, TaskState> states = {{"READY", TaskState::kReady},
                                                   {"CLAIMED", TaskState::kClaimed},
                                                   {"SUBMITTED", TaskState::kSubmitted},
                                                   {"ACCEPTED", TaskState::kAccepted},
                                                   {"CANCELLED", TaskState::kCancelled}};
  std::set<std::string> reached;
  EXPECT_TRUE(rc::check([&] {
    auto below = [](int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); };
    Task task = SampleTask(1);
    Model model;
    absl::Time now = kNow, busy_until = absl::InfinitePast();
    for (int step = 0, steps = below(40); step < steps; ++step) {
      const std::string actor = Staff(below(4));
      const int attempt = model.attempt - (below(4) == 0 ? 1 : 0);
      const Task before = task;
      int changes = model.changes;
      switch (below(9)) {
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
        default:
          if (below(8) != 0) break;
          if (model.state == "READY" || model.state == "CLAIMED") {
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
