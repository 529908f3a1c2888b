#include "services/tasks/task_kind_convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "common/base/error.h"

namespace gridwork::tasks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const absl::Time kNow = absl::FromUnixMicros(1'700'000'000'123'456);

v1::TaskKind Proto() {
  v1::TaskKind kind;
  kind.set_code("FOOD_INSPECTION");
  kind.set_display_name(" Food inspection ");
  kind.set_area("CHI/SIDE-CENTRAL");
  kind.set_priority(5);
  kind.set_duration_minutes(60);
  kind.set_within_metres(200);
  kind.add_claim_roles(options::v1::ROLE_INSPECTOR);
  v1::Question* question = kind.mutable_form()->add_questions();
  question->set_key("ice");
  question->set_item("FOOD_ICE");
  question->mutable_checklist();
  return kind;
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& [field, rule] : FieldViolationsOf(status)) fields.push_back(field);
  return fields;
}

absl::StatusOr<TaskKind> Create(const std::function<void(v1::TaskKind&)>& change) {
  v1::CreateTaskKindRequest request;
  *request.mutable_task_kind() = Proto();
  change(*request.mutable_task_kind());
  return ParseCreate(request, CodeBook::Shipped(), kNow);
}

std::vector<std::string> WrongWith(const std::function<void(v1::TaskKind&)>& change) {
  return FieldsOf(Create(change).status());
}

TEST(TaskKindConvert, CreatesVersionOne) {
  auto kind = Create([](v1::TaskKind& proto) {
    proto.set_name("taskKinds/OTHER");  // output only, all of these
    proto.set_etag("9");
    proto.mutable_form()->set_version(9);
  });
  ASSERT_TRUE(kind.ok()) << kind.status();
  EXPECT_EQ(kind->code, "FOOD_INSPECTION");
  EXPECT_EQ(kind->version, 1);
  EXPECT_EQ(kind->display_name, "Food inspection");
  EXPECT_EQ(kind->claim_roles, std::vector<std::string>{"INSPECTOR"});
  EXPECT_EQ(kind->form.version, 1);
  EXPECT_EQ(kind->created, kNow);

  v1::TaskKind proto = ToProto(*kind);
  EXPECT_EQ(proto.name(), "taskKinds/FOOD_INSPECTION");
  EXPECT_EQ(proto.etag(), "1");
  EXPECT_EQ(proto.area(), "CHI/SIDE-CENTRAL");
  EXPECT_EQ(proto.priority(), 5);
  EXPECT_EQ(proto.duration_minutes(), 60);
  EXPECT_EQ(proto.within_metres(), 200);
  EXPECT_THAT(proto.claim_roles(), ElementsAre(options::v1::ROLE_INSPECTOR));
  EXPECT_EQ(proto.form().questions(0).item(), "FOOD_ICE");
  EXPECT_EQ(proto.create_time().seconds(), 1'700'000'000);
  EXPECT_EQ(proto.update_time().nanos(), 123'456'000);
}

TEST(TaskKindConvert, HoldsTheLimits) {
  for (const char* code : {"", "food", "A-B", "F\xD0\x9EOD", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456"}) {
    EXPECT_THAT(WrongWith([&](v1::TaskKind& proto) { proto.set_code(code); }), ElementsAre("task_kind.code")) << code;
  }
  EXPECT_THAT(WrongWith([](v1::TaskKind& proto) { proto.clear_display_name(); }),
              ElementsAre("task_kind.display_name"));
  EXPECT_THAT(WrongWith([](v1::TaskKind& proto) { proto.set_display_name(std::string(101, 'x')); }),
              ElementsAre("task_kind.display_name"));
  EXPECT_THAT(WrongWith([](v1::TaskKind& proto) { proto.set_area("chi"); }), ElementsAre("task_kind.area"));
  for (int good : {0, 9}) EXPECT_THAT(WrongWith([&](v1::TaskKind& proto) { proto.set_priority(good); }), IsEmpty());
  for (int bad : {-1, 10, INT32_MIN})
    EXPECT_THAT(WrongWith([&](v1::TaskKind& proto) { proto.set_priority(bad); }), ElementsAre("task_kind.priority"));
  for (int good : {1, 1'440})
    EXPECT_THAT(WrongWith([&](v1::TaskKind& proto) { proto.set_duration_minutes(good); }), IsEmpty());
  for (int bad : {0, -1, 1'441})
    EXPECT_THAT(WrongWith([&](v1::TaskKind& proto) { proto.set_duration_minutes(bad); }),
                ElementsAre("task_kind.duration_minutes"));
  for (int good : {0, 1'000})
    EXPECT_THAT(WrongWith([&](v1::TaskKind& proto) { proto.set_within_metres(good); }), IsEmpty());
  for (int bad : {-1, 1'001})
    EXPECT_THAT(WrongWith([&](v1::TaskKind& proto) { proto.set_within_metres(bad); }),
                ElementsAre("task_kind.within_metres"));
}

TEST(TaskKindConvert, TakesThreeRoles) {
  EXPECT_THAT(WrongWith([](v1::TaskKind& proto) { proto.clear_claim_roles(); }), IsEmpty());
  EXPECT_THAT(WrongWith([](v1::TaskKind& proto) {
                proto.add_claim_roles(options::v1::ROLE_FIELD_WORKER);
                proto.add_claim_roles(options::v1::ROLE_CARE_WORKER);
              }),
              IsEmpty());
  for (int role = -1; role <= 100; ++role) {
    if (role == options::v1::ROLE_FIELD_WORKER || role == options::v1::ROLE_CARE_WORKER)
      continue;  // and INSPECTOR is there already
    EXPECT_THAT(WrongWith([&](v1::TaskKind& proto) { proto.add_claim_roles(static_cast<options::v1::Role>(role)); }),
                ElementsAre("task_kind.claim_roles[1]"))
        << role;
  }
}

TEST(TaskKindConvert, NamesAllViolationsAtOnce) {
  EXPECT_THAT(WrongWith([](v1::TaskKind& proto) {
                proto.set_priority(10);
                proto.mutable_form()->mutable_questions(0)->set_item("RESIDENT_NAME");
                proto.mutable_form()->mutable_questions(0)->set_key("");
              }),
              ElementsAre("task_kind.priority", "task_kind.form.questions[0].key", "task_kind.form.questions[0].item"));
  EXPECT_THAT(WrongWith([](v1::TaskKind& proto) { proto.clear_form(); }), ElementsAre("task_kind.form.questions"));
  EXPECT_EQ(FieldsOf(ParseCreate({}, CodeBook::Shipped(), kNow).status()).size(), 5);
}

absl::StatusOr<TaskKindChange> Update(const std::vector<std::string>& mask,
                                      const std::function<void(v1::TaskKind&)>& change) {
  v1::UpdateTaskKindRequest request;
  *request.mutable_task_kind() = Proto();
  request.mutable_task_kind()->set_name("taskKinds/FOOD_INSPECTION");
  request.mutable_task_kind()->set_etag("4");
  for (const std::string& path : mask) request.mutable_update_mask()->add_paths(path);
  change(*request.mutable_task_kind());
  return ParseUpdate(request, CodeBook::Shipped());
}

TEST(TaskKindConvert, UpdatesWhatTheMaskNames) {
  auto change = Update({"priority", "priority"}, [](v1::TaskKind& proto) { proto.set_duration_minutes(-1); });
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->code, "FOOD_INSPECTION");
  EXPECT_EQ(change->version, 4);
  EXPECT_EQ(change->priority, 5);
  EXPECT_FALSE(change->display_name || change->duration_minutes || change->within_metres || change->claim_roles ||
               change->form);

  change =
      Update({"display_name", "duration_minutes", "within_metres", "claim_roles", "form"}, [](v1::TaskKind& proto) {
        proto.clear_claim_roles();
        proto.set_within_metres(0);
      });
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->display_name, "Food inspection");
  EXPECT_EQ(change->within_metres, 0);
  EXPECT_EQ(change->claim_roles, std::vector<std::string>{});
  EXPECT_EQ(change->form->questions.size(), 1);
}

TEST(TaskKindConvert, RefusesAMaskOfOtherFields) {
  for (const char* path :
       {"*", "", "code", "area", "name", "etag", "create_time", "form.questions", "Priority", "priority "}) {
    EXPECT_THAT(FieldsOf(Update({"priority", path}, [](v1::TaskKind&) {}).status()), ElementsAre("update_mask"))
        << path;
  }
  EXPECT_THAT(FieldsOf(Update({}, [](v1::TaskKind&) {}).status()), ElementsAre("update_mask"));
  EXPECT_THAT(
      FieldsOf(Update({"form", "priority"},
                      [](v1::TaskKind& proto) {
                        proto.set_name("taskKinds/food");
                        proto.set_etag("");
                        proto.set_priority(-1);
                        proto.mutable_form()->mutable_questions(0)->clear_kind();
                      })
                   .status()),
      ElementsAre("task_kind.name", "task_kind.etag", "task_kind.form.questions[0].kind", "task_kind.priority"));
}

TEST(TaskKindName, IsItsCode) {
  EXPECT_EQ(*ParseTaskKindName("name", TaskKindName("A_1")), "A_1");
  for (const char* bad : {"", "taskKinds/", "taskKinds/a", "taskKinds/A/B", "tasks/A", "A"}) {
    EXPECT_THAT(FieldsOf(ParseTaskKindName("name", bad).status()), ElementsAre("name")) << bad;
  }
}

}  // namespace
}  // namespace gridwork::tasks
