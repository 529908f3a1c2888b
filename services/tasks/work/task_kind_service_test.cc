#include "services/tasks/work/task_kind_service.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/text.h"
#include "services/tasks/task_kind_convert.h"
#include "services/tasks/testing/place_messages.h"
#include "services/tasks/work/testing/fake_task_kind_store.h"
#include "services/tasks/work/testing/test_call.h"

namespace gridwork::tasks {
namespace {

using namespace testing;

std::string FieldOf(const absl::Status& status) {
  auto violations = FieldViolationsOf(status);
  return violations.empty() ? status.ToString() : violations[0].first;
}

class TaskKindServiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::TaskKind> Create(const v1::TaskKind& kind) {
    v1::CreateTaskKindRequest request;
    *request.mutable_task_kind() = kind;
    return Write(units_,
                 [&](Unit& unit) { return service_.CreateTaskKind(call_.context(), request, unit, {kind.area()}); });
  }
  absl::StatusOr<v1::TaskKind> Update(const v1::TaskKind& kind, const std::vector<std::string>& mask) {
    v1::UpdateTaskKindRequest request;
    *request.mutable_task_kind() = kind;
    for (const std::string& path : mask) request.mutable_update_mask()->add_paths(path);
    auto found = service_.LoadKind(kind.name());
    if (!found.ok()) return found.status();
    return Write(units_,
                 [&](Unit& unit) { return service_.UpdateTaskKind(call_.context(), request, unit, found->row); });
  }
  absl::StatusOr<v1::TaskKind> Get(const std::string& name) {
    v1::GetTaskKindRequest request;
    request.set_name(name);
    return service_.GetTaskKind(call_.context(), request);
  }
  absl::StatusOr<v1::ListTaskKindsResponse> List(int page_size, const std::string& token, const std::string& caller,
                                                 std::vector<std::string> areas) {
    TestCall call("gridwork.tasks.v1.TaskKindService/ListTaskKinds", Somebody(caller));
    v1::ListTaskKindsRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    return service_.ListTaskKinds(call.context(), request, ScopeOf(std::move(areas)));
  }
  absl::StatusOr<v1::GetFormSchemaResponse> Schema(const std::string& name, int version) {
    v1::GetFormSchemaRequest request;
    request.set_name(name);
    request.set_form_version(version);
    return service_.GetFormSchema(call_.context(), request);
  }
  static v1::TaskKind Message(const std::string& code = "FOOD_INSPECTION") { return ToProto(SampleKind(code)); }

  FakeTaskKindStore store_;
  gridwork::testing::FakeUnits units_;
  PageTokens page_tokens_{std::string(32, 'p')};
  TaskKindService service_{store_, page_tokens_};
  TestCall call_{"gridwork.tasks.v1.TaskKindService/Test", Somebody(Staff(1), options::v1::ROLE_DISPATCHER)};
};

TEST_F(TaskKindServiceTest, CreatesAndGets) {
  auto made = Create(Message());
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->name(), "taskKinds/FOOD_INSPECTION");
  EXPECT_EQ(made->etag(), "1");
  EXPECT_EQ(made->form().version(), 1);
  EXPECT_EQ(Get(made->name())->SerializeAsString(), made->SerializeAsString());
}

TEST_F(TaskKindServiceTest, RefusesToCreate) {
  ASSERT_TRUE(Create(Message()).ok());
  absl::Status twice = Create(Message()).status();
  EXPECT_EQ(twice.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(twice), "TASK_KIND_EXISTS");

  auto refused = [&](const std::function<void(v1::TaskKind&)>& change) {
    v1::TaskKind kind = Message("OTHER");
    change(kind);
    return FieldOf(Create(kind).status());
  };
  EXPECT_EQ(refused([](auto& k) { k.set_code("lower"); }), "task_kind.code");
  EXPECT_EQ(refused([](auto& k) { k.set_code(std::string(33, 'A')); }), "task_kind.code");
  EXPECT_EQ(refused([](auto& k) { k.set_display_name(""); }), "task_kind.display_name");
  EXPECT_EQ(refused([](auto& k) { k.set_priority(10); }), "task_kind.priority");
  EXPECT_EQ(refused([](auto& k) { k.set_duration_minutes(0); }), "task_kind.duration_minutes");
  EXPECT_EQ(refused([](auto& k) { k.set_within_metres(1'001); }), "task_kind.within_metres");
  EXPECT_EQ(refused([](auto& k) { k.add_claim_roles(options::v1::ROLE_ADMIN); }), "task_kind.claim_roles[0]");
  EXPECT_EQ(refused([](auto& k) { k.add_qualifications("lift"); }), "task_kind.qualifications[0]");
  EXPECT_EQ(refused([](auto& k) { k.add_qualifications(std::string(33, 'Q')); }), "task_kind.qualifications[0]");
  EXPECT_EQ(refused([](auto& k) {
              k.add_qualifications("LIFT");
              k.add_qualifications("LIFT");
            }),
            "task_kind.qualifications[1]");
  EXPECT_EQ(refused([](auto& k) {
              for (char c : std::string("ABCDEFGHI")) k.add_qualifications(std::string(1, c));
            }),
            "task_kind.qualifications");
  EXPECT_EQ(refused([](auto& k) { k.set_max_failures(21); }), "task_kind.max_failures");
  EXPECT_EQ(refused([](auto& k) { k.set_max_failures(-1); }), "task_kind.max_failures");
  EXPECT_EQ(refused([](auto& k) { k.mutable_form()->clear_questions(); }), "task_kind.form.questions");
  EXPECT_EQ(Get("taskKinds/OTHER").status().code(), absl::StatusCode::kNotFound);
}

// A question names an item of the code book, and no item is about a person.
TEST_F(TaskKindServiceTest, AFormCannotAskAboutAPerson) {
  for (const char* item : {"PERSON_NATIONALITY", "OWNER_NAME", "NUMBER_OF_PEOPLE", "RELIGION", ""}) {
    v1::TaskKind kind = Message();
    kind.mutable_form()->mutable_questions(1)->set_item(item);
    absl::Status refused = Create(kind).status();
    EXPECT_EQ(ReasonOf(refused), "BAD_FIELD") << item;
    EXPECT_EQ(FieldOf(refused), "task_kind.form.questions[1].item");
  }
  EXPECT_TRUE(store_.All()->empty());
  // Nor can an update.
  v1::TaskKind kind = Create(Message()).value();
  kind.mutable_form()->mutable_questions(0)->set_item("PERSON_NATIONALITY");
  EXPECT_EQ(FieldOf(Update(kind, {"form"}).status()), "task_kind.form.questions[0].item");
}

TEST_F(TaskKindServiceTest, GetsByName) {
  EXPECT_EQ(Get("taskKinds/OTHER").status().code(), absl::StatusCode::kNotFound);
  for (const char* bad : {"", "OTHER", "taskKinds/", "taskKinds/a b", "places/OTHER"})
    EXPECT_EQ(FieldOf(Get(bad).status()), "name") << bad;
  EXPECT_EQ(service_.LoadKind("taskKinds/OTHER").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FieldOf(service_.LoadKind("OTHER").status()), "task_kind.name");
  ASSERT_TRUE(Create(Message()).ok());
  EXPECT_EQ(service_.LoadKind("taskKinds/FOOD_INSPECTION")->facts.area, "CHI");
  EXPECT_EQ(service_.LoadArea("CHI/A")->facts.area, "CHI/A");
  EXPECT_EQ(FieldOf(service_.LoadArea("chi").status()), "task_kind.area");
}

TEST_F(TaskKindServiceTest, ListsWhatConcernsTheCaller) {
  for (auto [code, area] : {std::pair("A", "CHI"), {"B", "CHI/A"}, {"C", "CHI/B"}, {"D", "NYC"}}) {
    v1::TaskKind kind = Message(code);
    kind.set_area(area);
    ASSERT_TRUE(Create(kind).ok());
  }
  auto codes = [&](std::vector<std::string> areas) {
    auto page = List(0, "", Staff(1), std::move(areas));
    EXPECT_TRUE(page.ok()) << page.status();
    std::string out;
    for (const auto& kind : page->task_kinds()) out += kind.code();
    return out;
  };
  EXPECT_EQ(codes({"CHI"}), "ABC");
  EXPECT_EQ(codes({"CHI/A/A-G1"}), "AB");  // kinds that are used around the grid
  EXPECT_EQ(codes({"CHI/B", "NYC"}), "ACD");
  EXPECT_EQ(codes({"CHI/AB"}), "A");
  EXPECT_EQ(codes({}), "");
}

TEST_F(TaskKindServiceTest, PagesAreTheCallersOwn) {
  for (const char* code : {"A", "B", "C", "D", "E"}) ASSERT_TRUE(Create(Message(code)).ok());
  std::string token, codes;
  do {
    auto page = List(2, token, Staff(1), {"CHI"});
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->task_kinds_size(), 2);
    for (const auto& kind : page->task_kinds()) codes += kind.code();
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(codes, "ABCDE");

  token = List(2, "", Staff(1), {"CHI"})->next_page_token();
  EXPECT_EQ(FieldOf(List(2, token, Staff(2), {"CHI"}).status()), "page_token");
  EXPECT_EQ(FieldOf(List(2, "garbage", Staff(1), {"CHI"}).status()), "page_token");
  EXPECT_EQ(FieldOf(List(-1, "", Staff(1), {"CHI"}).status()), "page_size");
}

TEST_F(TaskKindServiceTest, UpdatesWhatTheMaskNames) {
  v1::TaskKind kind = Create(Message()).value();
  kind.set_display_name("Second");
  kind.set_priority(0);
  auto changed = Update(kind, {"display_name"});
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->display_name(), "Second");
  EXPECT_EQ(changed->priority(), 5);
  EXPECT_EQ(changed->etag(), "2");
  EXPECT_EQ(changed->form().version(), 1);
  EXPECT_EQ(Get(kind.name())->SerializeAsString(), changed->SerializeAsString());
}

TEST_F(TaskKindServiceTest, AFormThatChangesGetsANewVersion) {
  v1::TaskKind kind = Create(Message()).value();
  kind.mutable_form()->mutable_questions(0)->set_required(false);
  auto changed = Update(kind, {"form"});
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->form().version(), 2);
  EXPECT_TRUE(store_.FindForm("FOOD_INSPECTION", 1)->questions[0].required);
  EXPECT_FALSE(store_.FindForm("FOOD_INSPECTION", 2)->questions[0].required);
}

TEST_F(TaskKindServiceTest, RefusesToUpdate) {
  v1::TaskKind kind = Create(Message()).value();
  kind.set_priority(1);
  ASSERT_TRUE(Update(kind, {"priority"}).ok());
  absl::Status stale = Update(kind, {"priority"}).status();
  EXPECT_EQ(stale.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(stale), "ETAG_MISMATCH");
  EXPECT_EQ(MetadataOf(stale)["etag"], "2");
  kind.set_etag("2");
  EXPECT_EQ(FieldOf(Update(kind, {}).status()), "update_mask");
  EXPECT_EQ(FieldOf(Update(kind, {"area"}).status()), "update_mask");
  EXPECT_EQ(FieldOf(Update(kind, {"nonsense"}).status()), "update_mask");
  kind.set_priority(-1);
  EXPECT_EQ(FieldOf(Update(kind, {"priority"}).status()), "task_kind.priority");
  kind.set_etag("x");
  EXPECT_NE(FieldOf(Update(kind, {"priority"}).status()).find("etag"), std::string::npos);
  kind.set_name("taskKinds/OTHER");
  EXPECT_EQ(Update(kind, {"priority"}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Get("taskKinds/FOOD_INSPECTION")->priority(), 1);
}

TEST_F(TaskKindServiceTest, SchemasOfEachVersion) {
  v1::TaskKind kind = Create(Message()).value();
  kind.mutable_form()->mutable_questions(0)->set_required(false);
  ASSERT_TRUE(Update(kind, {"form"}).ok());
  auto newest = Schema(kind.name(), 0), first = Schema(kind.name(), 1);
  ASSERT_TRUE(newest.ok() && first.ok());
  EXPECT_EQ(newest->form_version(), 2);
  EXPECT_EQ(first->form_version(), 1);
  EXPECT_NE(newest->schema(), first->schema());
  EXPECT_TRUE(nlohmann::json::parse(first->schema())["properties"].contains("ice"));
  EXPECT_EQ(Schema(kind.name(), 2)->schema(), newest->schema());

  for (int version : {3, -1}) {
    absl::Status unknown = Schema(kind.name(), version).status();
    EXPECT_EQ(unknown.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(unknown), "FORM_VERSION_UNKNOWN");
    EXPECT_EQ(MetadataOf(unknown)["newest"], "2");
  }
  EXPECT_EQ(Schema("taskKinds/OTHER", 0).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FieldOf(Schema("OTHER", 0).status()), "name");
}

TEST_F(TaskKindServiceTest, NaughtyNamesAreKeptOrRefused) {
  int number = 0, kept = 0;
  for (const std::string& text : NaughtyStrings(GRIDWORK_SOURCE_DIR)) {
    v1::TaskKind kind = Message("K" + std::to_string(++number));
    kind.set_display_name(text);
    auto expected = ParseText("task_kind.display_name", text, {.max = kTaskKindNameCharacters});
    auto made = Create(kind);
    ASSERT_EQ(made.ok(), expected.ok()) << text;
    if (made.ok()) {
      ++kept;
      EXPECT_EQ(Get(made->name())->display_name(), *expected);
    } else {
      EXPECT_EQ(FieldOf(made.status()), "task_kind.display_name");
    }
  }
  EXPECT_GE(number, 500);
  EXPECT_GT(kept, 300);
}

}  // namespace
}  // namespace gridwork::tasks
