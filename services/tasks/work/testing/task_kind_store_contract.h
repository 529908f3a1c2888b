// What every implementation of TaskKindStore must do. Include it in a test program and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Fake, TaskKindStoreContract, ::testing::Values(&MakeFakeWorld));
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/unit.h"
#include "services/tasks/work/task_kind_store.h"
#include "services/tasks/work/testing/samples.h"

namespace gridwork::tasks::testing {

class TaskKindStoreWorld {
 public:
  virtual ~TaskKindStoreWorld() = default;
  virtual TaskKindStore& store() = 0;  // empty at first
  virtual Units& units() = 0;
};

class TaskKindStoreContract : public ::testing::TestWithParam<std::unique_ptr<TaskKindStoreWorld> (*)()> {
 protected:
  TaskKindStore& store() { return world_->store(); }
  absl::Status Run(const std::function<absl::Status(Unit&)>& body) {
    RequestKey key{.caller = Staff(1), .request_id = Uuid::V7(absl::Now()), .method = "Test/Write"};
    return world_->units()
        .Run(key, absl::Now() + absl::Seconds(20),
             [&](Unit& unit) -> absl::StatusOr<std::string> {
               RETURN_IF_ERROR(body(unit));
               return std::string();
             })
        .status();
  }
  absl::Status Create(const TaskKind& kind) {
    return Run([&](Unit& unit) { return store().Create(unit, kind); });
  }
  absl::Status Update(const TaskKind& kind) {
    return Run([&](Unit& unit) { return store().Update(unit, kind); });
  }
  void ExpectStored(const TaskKind& kind) {
    auto found = store().Find(kind.code);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->version, kind.version);
    EXPECT_EQ(found->display_name, kind.display_name);
    EXPECT_EQ(found->area, kind.area);
    EXPECT_EQ(found->priority, kind.priority);
    EXPECT_EQ(found->duration_minutes, kind.duration_minutes);
    EXPECT_EQ(found->within_metres, kind.within_metres);
    EXPECT_EQ(found->claim_roles, kind.claim_roles);
    EXPECT_EQ(found->qualifications, kind.qualifications);
    EXPECT_EQ(found->max_failures, kind.max_failures);
    EXPECT_EQ(found->form, kind.form);
    EXPECT_EQ(found->created, kind.created);
    EXPECT_EQ(found->updated, kind.updated);
  }

  std::unique_ptr<TaskKindStoreWorld> world_ = GetParam()();
};

TEST_P(TaskKindStoreContract, KeepsWhatWasCreated) {
  TaskKind kind = SampleKind();
  kind.display_name = "Küche 冷蔵庫 🧊 ' \" \\";
  kind.claim_roles = {"INSPECTOR", "CARE_WORKER"};
  kind.qualifications = std::vector<std::string>(8, std::string(32, 'Q'));
  kind.max_failures = 20;
  ASSERT_TRUE(Create(kind).ok());
  ASSERT_TRUE(Create(SampleKind("PLAIN")).ok());  // names no roles
  ExpectStored(kind);
  ExpectStored(SampleKind("PLAIN"));
  EXPECT_EQ(store().FindForm(kind.code, 1).value(), kind.form);
}

TEST_P(TaskKindStoreContract, SaysWhatThereIsNot) {
  ASSERT_TRUE(Create(SampleKind()).ok());
  EXPECT_EQ(store().Find("OTHER").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store().Find("food_inspection").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store().FindForm("FOOD_INSPECTION", 2).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store().FindForm("OTHER", 1).status().code(), absl::StatusCode::kNotFound);
  TaskKind other = SampleKind("OTHER");
  other.version = 2;
  EXPECT_EQ(Update(other).code(), absl::StatusCode::kNotFound);
}

TEST_P(TaskKindStoreContract, ACodeIsUsedOnce) {
  ASSERT_TRUE(Create(SampleKind()).ok());
  TaskKind again = SampleKind();
  again.display_name = "Another";
  absl::Status refused = Create(again);
  EXPECT_EQ(refused.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(refused), "TASK_KIND_EXISTS");
  ExpectStored(SampleKind());
}

TEST_P(TaskKindStoreContract, ListsAllByCode) {
  for (const char* code : {"C", "A_1", "B"}) ASSERT_TRUE(Create(SampleKind(code)).ok());
  std::vector<std::string> codes;
  const std::vector<TaskKind> kinds = store().All().value();
  for (const TaskKind& kind : kinds) codes.push_back(kind.code);
  EXPECT_EQ(codes, (std::vector<std::string>{"A_1", "B", "C"}));
}

TEST_P(TaskKindStoreContract, AnUpdateFollowsTheVersionThatItWasMadeFrom) {
  TaskKind kind = SampleKind();
  ASSERT_TRUE(Create(kind).ok());
  TaskKind second = Apply(kind,
                          {.display_name = "Second",
                           .within_metres = 0,
                           .claim_roles = {{"INSPECTOR"}},
                           .qualifications = {{"LIFT"}},
                           .max_failures = 1},
                          kThen + absl::Hours(1));
  ASSERT_TRUE(Update(second).ok());
  ExpectStored(second);

  absl::Status stale = Update(Apply(kind, {.display_name = "Stale"}, kThen + absl::Hours(2)));
  EXPECT_EQ(stale.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(stale), "ETAG_MISMATCH");
  EXPECT_EQ(MetadataOf(stale)["etag"], "2");
  ExpectStored(second);
}

TEST_P(TaskKindStoreContract, OldFormsStay) {
  TaskKind kind = SampleKind();
  ASSERT_TRUE(Create(kind).ok());
  Form other{.questions = {{.key = "ice", .item = "FOOD_ICE", .kind = Note{}}}};
  TaskKind second = Apply(kind, {.form = other}, kThen);
  ASSERT_TRUE(Update(second).ok());
  ASSERT_TRUE(Update(Apply(second, {.priority = 1}, kThen)).ok());  // the form stays as it is
  EXPECT_EQ(store().FindForm(kind.code, 1).value(), kind.form);
  EXPECT_EQ(store().FindForm(kind.code, 2).value(), second.form);
  EXPECT_EQ(store().FindForm(kind.code, 3).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store().Find(kind.code).value().form, second.form);
}

TEST_P(TaskKindStoreContract, AFailedUnitLeavesNothing) {
  TaskKind kind = SampleKind();
  ASSERT_TRUE(Create(kind).ok());
  Form other{.questions = {{.key = "ice", .item = "FOOD_ICE", .kind = Note{}}}};
  absl::Status failed = Run([&](Unit& unit) -> absl::Status {
    RETURN_IF_ERROR(store().Create(unit, SampleKind("OTHER")));
    RETURN_IF_ERROR(store().Update(unit, Apply(kind, {.form = other}, kThen)));
    return absl::CancelledError();
  });
  EXPECT_EQ(failed.code(), absl::StatusCode::kCancelled);
  ExpectStored(kind);
  EXPECT_EQ(store().Find("OTHER").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store().FindForm(kind.code, 2).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace gridwork::tasks::testing
