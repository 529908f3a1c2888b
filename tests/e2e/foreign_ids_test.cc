// Two areas, every RPC of tasks, every field that names something: what is somebody else's looks, to the last byte,
// like what does not exist.
#include <fmt/format.h>
#include <google/protobuf/message.h>

#include "services/tasks/evidence/testing/attachment_samples.h"
#include "services/tasks/sync/testing/sync_world.h"
#include "tests/support/any_call.h"

namespace gridwork::tasks::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using gridwork::testing::AnyAnswer;
using gridwork::testing::CallAny;
using gridwork::testing::NewMessage;
using gridwork::testing::PolicyOf;
using gridwork::testing::RpcsOf;
using gridwork::testing::SetRequestId;
using gridwork::testing::SetText;

// Something of another area, and something that is nowhere.
struct Names {
  std::string foreign, unknown;
};

class ForeignIdsTest : public ::testing::Test {
 protected:
  ForeignIdsTest() {
    place_ = world_.Import(1)[0];
    world_.MakeKind(SampleKindWithPhoto());
    world_.MakeTask(place_);
    v1::Task task = world_.Claim();
    v1::SubmitTaskRequest late = SyncWorld::Answered(task);
    late.set_request_id(SyncWorld::NewId());
    Schema().Run("UPDATE task SET lease_until_us = 1");
    auto submitted = rpc::Invoke(*world_.tasks, &v1::TaskService::Stub::SubmitTask, late, world_.Worker());
    EXPECT_TRUE(submitted.ok()) << submitted.status();
    const std::string nowhere = "0190a000-0000-7000-8000-000000000001";
    names_["Place"] = {place_, "places/" + nowhere};
    names_["Task"] = names_["ClaimedTask"] = {task.name(), "tasks/" + nowhere};
    names_["Attachment"] = {MakeAttachment(task), "attachments/" + nowhere};
    names_["Submission"] = {submitted.ok() ? submitted->name() : "", fmt::format("tasks/{}/submissions/1", nowhere)};
    names_["Conflict"] = {MakeConflict(), "conflicts/" + nowhere};
    names_["TaskKind"] = {"taskKinds/FOOD_INSPECTION", "taskKinds/NO_SUCH_KIND"};
    names_["Area"] = {"CHI", "XYZ"};
  }

  std::string MakeAttachment(const v1::Task& task) {
    v1::CreateAttachmentRequest request;
    request.set_request_id(SyncWorld::NewId());
    request.set_parent(task.name());
    request.set_attempt(task.attempt());
    request.set_sha256(std::string(32, 'x'));
    request.set_size_bytes(1);
    auto made =
        rpc::Invoke(*world_.attachments, &v1::AttachmentService::Stub::CreateAttachment, request, world_.Worker());
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? made->name() : "";
  }

  std::string MakeConflict() {
    auto one = world_.Link(1), two = world_.Link(2);
    Phone first(":memory:", *one), second(":memory:", *two);
    EXPECT_TRUE(first.Pull().ok() && second.Pull().ok());
    first.EditPlace(place_, {"risk"}, [](v1::Place& p) { p.set_risk("RISK_2"); }).IgnoreError();
    second.EditPlace(place_, {"risk"}, [](v1::Place& p) { p.set_risk("RISK_3"); }).IgnoreError();
    EXPECT_TRUE(first.Push().ok() && second.Push().ok());
    auto conflicts = world_.Conflicts();
    return conflicts.empty() ? "" : conflicts[0].name();
  }

  // Somebody who may do everything, elsewhere.
  rpc::CallOptions Stranger() {
    std::vector<auth::Grant> grants;
    for (int role = 1; role <= 12; ++role) grants.push_back(GrantOf(static_cast<auth::Role>(role), "NYC"));
    return world_.With(7, grants);
  }

  AnyAnswer Call(const MethodDescriptor& method, const Message& request) {
    return CallAny(world_.channel(), method, request, Stranger());
  }

  // Also what is checked in an item of a batch before anybody is asked who owns it.
  static void Set(Message& request, const std::string& items, const std::string& path, const std::string& value) {
    SetText(request, items.empty() ? path : items + "." + path, value);
    if (items.empty()) return;
    const auto* reflection = request.GetReflection();
    Message* item = reflection->MutableRepeatedMessage(&request, request.GetDescriptor()->FindFieldByName(items), 0);
    if (const auto* attempt = item->GetDescriptor()->FindFieldByName("attempt"))
      item->GetReflection()->SetInt32(item, attempt, 1);
  }
  // What is checked before anybody is asked who owns what.
  static void SetTimes(Message& request) {
    const auto* until = request.GetDescriptor()->FindFieldByName("offline_until_time");
    if (until == nullptr) return;
    auto* time = request.GetReflection()->MutableMessage(&request, until);
    static_cast<google::protobuf::Timestamp*>(time)->set_seconds(absl::ToUnixSeconds(absl::Now()) + 3600);
  }

  SyncWorld world_;
  std::string place_;
  std::map<std::string, Names> names_;
};

TEST_F(ForeignIdsTest, TheObjectOfACall) {
  int tried = 0;
  for (const MethodDescriptor* method : RpcsOf("gridwork/tasks/v1")) {
    const auto& policy = PolicyOf(*method);
    if (policy.name_field().empty()) continue;
    ASSERT_TRUE(names_.contains(policy.resource())) << method->full_name() << ": say what is foreign here";
    AnyAnswer answers[2];
    for (bool foreign : {true, false}) {
      auto request = NewMessage(*method->input_type());
      SetRequestId(*request);
      SetTimes(*request);
      const Names& names = names_[policy.resource()];
      Set(*request, policy.items_field(), policy.name_field(), foreign ? names.foreign : names.unknown);
      answers[foreign] = Call(*method, *request);
    }
    EXPECT_EQ(answers[0].Text(), answers[1].Text()) << method->full_name();
    if (policy.items_field().empty()) {
      EXPECT_EQ(answers[1].status.error_code(), grpc::StatusCode::NOT_FOUND) << method->full_name();
    } else {
      EXPECT_NE(answers[1].bytes.find("NOT_FOUND"), std::string::npos) << method->full_name() << answers[1].Text();
    }
    ++tried;
  }
  EXPECT_GE(tried, 27);
}

// Filters of lists, and ids beside the object.
TEST_F(ForeignIdsTest, EveryOtherFieldThatNamesSomething) {
  const std::map<std::string, Names> fields = {
      {"area", {"CHI", "XYZ"}},
      {"place", names_["Place"]},
      {"worker", {Staff(1), "staff/0190a000-0000-7000-8000-000000000001"}},
      {"grid", {"CHI/G418-876", "XYZ/G418-876"}},
  };
  int tried = 0;
  for (const MethodDescriptor* method : RpcsOf("gridwork/tasks/v1")) {
    const auto& policy = PolicyOf(*method);
    if (!policy.name_field().empty() || method->server_streaming()) continue;
    for (int i = 0; i < method->input_type()->field_count(); ++i) {
      const FieldDescriptor* field = method->input_type()->field(i);
      std::string items = field->is_repeated() && field->message_type() ? field->name() : "";
      for (const auto& [name, values] : fields) {
        const Descriptor* holder = items.empty() ? method->input_type() : field->message_type();
        if ((items.empty() && field->name() != name) || holder->FindFieldByName(name) == nullptr) continue;
        AnyAnswer answers[2];
        for (bool foreign : {true, false}) {
          auto request = NewMessage(*method->input_type());
          SetRequestId(*request);
          if (const auto* max = method->input_type()->FindFieldByName("max_tasks"))
            request->GetReflection()->SetInt32(request.get(), max, 5);
          Set(*request, items, name, foreign ? values.foreign : values.unknown);
          answers[foreign] = Call(*method, *request);
          if (name == "grid") {  // the answer repeats it
            std::string& bytes = answers[foreign].bytes;
            if (size_t at = bytes.find(foreign ? values.foreign : values.unknown); at != bytes.npos)
              bytes.replace(at, 3, "...");
          }
        }
        EXPECT_TRUE(answers[1].status.ok()) << method->full_name() << " " << name << answers[1].Text();
        EXPECT_EQ(answers[0].Text(), answers[1].Text()) << method->full_name() << " " << name;
        ++tried;
      }
    }
  }
  EXPECT_GE(tried, 9);
}

// What a phone has in its outbox is no way around it.
TEST_F(ForeignIdsTest, InAPush) {
  const auto* mutation = v1::Mutation::descriptor();
  for (int i = 0; i < mutation->field_count(); ++i) {
    const FieldDescriptor* field = mutation->field(i);
    const bool of_place = field->name() == "edit_place";
    AnyAnswer answers[2];
    for (bool foreign : {true, false}) {
      v1::PushRequest request;
      Message& inner = *request.add_mutations()->GetReflection()->MutableMessage(request.mutable_mutations(0), field);
      SetRequestId(inner);
      const Names& names = names_[of_place ? "Place" : "Task"];
      Set(inner, "", of_place ? "place.name" : "name", foreign ? names.foreign : names.unknown);
      answers[foreign] = Call(
          *google::protobuf::DescriptorPool::generated_pool()->FindMethodByName("gridwork.tasks.v1.SyncService.Push"),
          request);
    }
    EXPECT_EQ(answers[0].Text(), answers[1].Text()) << field->name();
    EXPECT_NE(answers[1].bytes.find("NOT_FOUND"), std::string::npos) << field->name();
  }
}

}  // namespace
}  // namespace gridwork::tasks::testing
