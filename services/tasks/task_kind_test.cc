#include "services/tasks/task_kind.h"

#include <gtest/gtest.h>

namespace gridwork::tasks {
namespace {

const absl::Time kThen = absl::FromUnixSeconds(1'700'000'000);

TaskKind Inspection() {
  return {.code = "FOOD_INSPECTION",
          .version = 4,
          .display_name = "Food inspection",
          .area = "CHI",
          .priority = 5,
          .duration_minutes = 60,
          .form = {.version = 2, .questions = {{.key = "ice", .item = "FOOD_ICE", .kind = Checklist{}}}},
          .created = kThen,
          .updated = kThen};
}

TEST(TaskKind, IsClaimedByItsRolesOnly) {
  TaskKind kind = Inspection();
  for (const char* role : {"FIELD_WORKER", "INSPECTOR"}) EXPECT_TRUE(kind.MayBeClaimedBy(role)) << role;
  for (const char* role : {"CARE_WORKER", "DISPATCHER", "ADMIN", "", "ROLE_INSPECTOR"})
    EXPECT_FALSE(kind.MayBeClaimedBy(role)) << role;

  kind.claim_roles = {"CARE_WORKER"};
  EXPECT_TRUE(kind.MayBeClaimedBy("CARE_WORKER"));
  EXPECT_FALSE(kind.MayBeClaimedBy("FIELD_WORKER"));
}

TEST(TaskKind, TakesAChange) {
  const absl::Time now = kThen + absl::Hours(1);
  TaskKind changed = Apply(Inspection(), {.priority = 0, .claim_roles = {{"INSPECTOR"}}}, now);
  EXPECT_EQ(changed.version, 5);
  EXPECT_EQ(changed.priority, 0);
  EXPECT_EQ(changed.claim_roles, std::vector<std::string>{"INSPECTOR"});
  EXPECT_EQ(changed.display_name, "Food inspection");
  EXPECT_EQ(changed.form, Inspection().form);
  EXPECT_EQ(changed.created, kThen);
  EXPECT_EQ(changed.updated, now);
}

TEST(TaskKind, NumbersTheVersionsOfItsForm) {
  Form other{.version = 99, .questions = {{.key = "ice", .item = "FOOD_ICE", .kind = Photo{}}}};
  TaskKind changed = Apply(Inspection(), {.form = other}, kThen);
  EXPECT_EQ(changed.form.version, 3);
  EXPECT_EQ(changed.form.questions, other.questions);
  EXPECT_EQ(Apply(changed, {.form = other}, kThen).form.version, 3);  // nothing new
}

}  // namespace
}  // namespace gridwork::tasks
