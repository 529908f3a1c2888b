#include "common/auth/field_mask.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/message_differencer.h>

#include <nlohmann/json.hpp>

#include "gridwork/options/v1/options.pb.h"

namespace gridwork::auth {
namespace {

using google::protobuf::Message;
using google::protobuf::TextFormat;
using options::v1::DataClass;

// message Person { option (data_class) = DATA_CLASS_STAFF; ... }, as protoc would hand it to us.
constexpr char kFile[] = R"(
  name: "test.proto" package: "gridwork.test" syntax: "proto3"
  dependency: "gridwork/options/v1/options.proto" dependency: "google/protobuf/timestamp.proto"
  message_type { name: "Plain" options { [gridwork.options.v1.data_class]: DATA_CLASS_PLACE }
    field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "at" number: 2 type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" label: LABEL_OPTIONAL }
    field { name: "blob" number: 3 type: TYPE_BYTES label: LABEL_OPTIONAL }
    field { name: "size" number: 4 type: TYPE_INT64 label: LABEL_OPTIONAL }
    field { name: "names" number: 5 type: TYPE_STRING label: LABEL_REPEATED } }
  message_type { name: "Person" options { [gridwork.options.v1.data_class]: DATA_CLASS_STAFF }
    field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "phone" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL options { [gridwork.options.v1.data] { class: DATA_CLASS_CONTACT } } }
    field { name: "need" number: 3 type: TYPE_STRING label: LABEL_REPEATED options { [gridwork.options.v1.data] { class: DATA_CLASS_NEED } } }
    field { name: "code" number: 4 type: TYPE_STRING label: LABEL_OPTIONAL options { [gridwork.options.v1.data] { secret: true } } }
    field { name: "boss" number: 5 type: TYPE_MESSAGE type_name: ".gridwork.test.Person" label: LABEL_OPTIONAL }
    field { name: "born" number: 6 type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" label: LABEL_OPTIONAL options { [gridwork.options.v1.data] { class: DATA_CLASS_PERSON } } }
    field { name: "place" number: 7 type: TYPE_MESSAGE type_name: ".gridwork.test.Plain" label: LABEL_OPTIONAL } }
  message_type { name: "Reply" options { [gridwork.options.v1.data_class]: DATA_CLASS_NONE }
    field { name: "people" number: 1 type: TYPE_MESSAGE type_name: ".gridwork.test.Person" label: LABEL_REPEATED }
    field { name: "by_id" number: 2 type: TYPE_MESSAGE type_name: ".gridwork.test.Reply.ByIdEntry" label: LABEL_REPEATED }
    field { name: "witness" number: 3 type: TYPE_MESSAGE type_name: ".gridwork.test.Person" label: LABEL_OPTIONAL options { [gridwork.options.v1.data] { class: DATA_CLASS_PERSON } } }
    field { name: "plain" number: 4 type: TYPE_MESSAGE type_name: ".gridwork.test.Plain" label: LABEL_OPTIONAL }
    field { name: "role" number: 5 type: TYPE_ENUM type_name: ".gridwork.options.v1.Purpose" label: LABEL_OPTIONAL }
    nested_type { name: "ByIdEntry" options { map_entry: true }
      field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
      field { name: "value" number: 2 type: TYPE_MESSAGE type_name: ".gridwork.test.Person" label: LABEL_OPTIONAL } } }
  message_type { name: "Silent"
    field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "known" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL options { [gridwork.options.v1.data] { class: DATA_CLASS_NONE } } } }
)";

class FieldMaskTest : public testing::Test {
 protected:
  static const google::protobuf::Descriptor* Type(const std::string& name) {
    static const auto* pool = [] {
      // Both must be linked in before the pool finds them below.
      options::v1::Policy::descriptor();
      google::protobuf::Timestamp::descriptor();
      google::protobuf::FileDescriptorProto file;
      EXPECT_TRUE(TextFormat::ParseFromString(kFile, &file));
      auto* made = new google::protobuf::DescriptorPool(google::protobuf::DescriptorPool::generated_pool());
      EXPECT_NE(made->BuildFile(file), nullptr);
      return made;
    }();
    const auto* type = pool->FindMessageTypeByName("gridwork.test." + name);
    EXPECT_NE(type, nullptr) << name;
    return type;
  }

  std::unique_ptr<Message> Make(const std::string& type, const std::string& text) {
    std::unique_ptr<Message> message(factory_.GetPrototype(Type(type))->New());
    EXPECT_TRUE(TextFormat::ParseFromString(text, message.get())) << text;
    return message;
  }

  void ExpectMasked(const std::string& type, const std::string& text, const std::vector<DataClass>& shows,
                    const std::string& want) {
    auto message = Make(type, text);
    ApplyFieldMask({.allowed = true, .shows = shows}, *message);
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*message, *Make(type, want)))
        << message->DebugString();
  }

  google::protobuf::DynamicMessageFactory factory_;
};

constexpr char kPerson[] =
    "name: 'a' phone: '1' need: 'x' need: 'y' code: 'c' born { seconds: 1 } place { name: 'p' at { seconds: 2 } }";
constexpr char kPersonMasked[] = "name: 'a' code: 'c' place { name: 'p' at { seconds: 2 } }";

TEST_F(FieldMaskTest, HidesByClass) {
  ExpectMasked("Person", kPerson, {}, kPersonMasked);
  ExpectMasked("Person", kPerson, {options::v1::DATA_CLASS_CONTACT}, std::string(kPersonMasked) + "phone: '1'");
  ExpectMasked("Person", kPerson,
               {options::v1::DATA_CLASS_CONTACT, options::v1::DATA_CLASS_PERSON, options::v1::DATA_CLASS_NEED},
               kPerson);
}

TEST_F(FieldMaskTest, HidesAtEveryDepth) {
  auto in = [](const std::string& person) {
    return "people {" + person + "} people {" + person + " boss {" + person + " boss {" + person +
           "} } } by_id { key: 'k' value {" + person + "} } plain { name: 'n' } role: PURPOSE_DISPATCH";
  };
  ExpectMasked("Reply", in(kPerson), {}, in(kPersonMasked));
  ExpectMasked("Reply", "witness {" + std::string(kPerson) + "}", {}, "");
  ExpectMasked("Reply", "witness {" + std::string(kPerson) + "}", {options::v1::DATA_CLASS_PERSON},
               "witness {" + std::string(kPersonMasked) + " born { seconds: 1 } }");
  ExpectMasked("Reply", "", {}, "");
}

TEST_F(FieldMaskTest, LeavesHarmlessMessagesAlone) {
  constexpr char kPlain[] = "name: 'n' at { seconds: 1 } blob: 'b' size: 3 names: 'm'";
  ExpectMasked("Plain", kPlain, {}, kPlain);
}

TEST_F(FieldMaskTest, HidesWhatNobodyClassified) {
  ExpectMasked("Silent", "name: 'a' known: 'b'", {}, "known: 'b'");
  ExpectMasked("Silent", "name: 'a' known: 'b'", {options::v1::DATA_CLASS_UNSPECIFIED}, "known: 'b'");
}

TEST_F(FieldMaskTest, KnowsWhatATypeMayHold) {
  EXPECT_FALSE(MayHold(Type("Plain"), options::v1::DATA_CLASS_EVENT));
  EXPECT_TRUE(MayHold(Type("Plain"), options::v1::DATA_CLASS_PLACE));
  EXPECT_TRUE(MayHold(Type("Plain"), options::v1::DATA_CLASS_NONE));
  for (const char* type : {"Person", "Reply", "Silent"}) {
    EXPECT_TRUE(MayHold(Type(type), options::v1::DATA_CLASS_STAFF)) << type;
    EXPECT_TRUE(MayHold(Type(type), options::v1::DATA_CLASS_CONTACT)) << type;
  }
  EXPECT_TRUE(MayHold(Type("Reply"), options::v1::DATA_CLASS_NEED));
}

TEST_F(FieldMaskTest, RedactsForLogs) {
  EXPECT_EQ(Redacted(*Make("Person", kPerson)),
            R"({"name":"a","phone":"*","need":"*","code":"*","born":"*","place":{"name":"p","at":{"seconds":2}}})");
  EXPECT_EQ(Redacted(*Make("Silent", "name: 'a' known: 'b'")), R"({"name":"*","known":"b"})");
  EXPECT_EQ(
      Redacted(*Make("Reply",
                     "by_id { key: 'k' value { name: 'a' phone: '1' } } witness { name: 'w' } role: PURPOSE_DISPATCH")),
      R"({"by_id":[{"key":"k","value":{"name":"a","phone":"*"}}],"witness":"*","role":"PURPOSE_DISPATCH"})");
  EXPECT_EQ(Redacted(*Make("Reply", "role: 77")), R"({"role":77})");
  EXPECT_EQ(Redacted(*Make("Reply", "")), "{}");
}

TEST_F(FieldMaskTest, RedactedIsOneShortLineOfJson) {
  auto message = Make(
      "Plain", R"(name: "quote\" back\\ line\n tab\t nul\000 del\177" blob: "\001\002" size: -9223372036854775808)");
  std::string line = Redacted(*message);
  EXPECT_EQ(line.find('\n'), line.npos);
  auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["name"], std::string("quote\" back\\ line\n tab\t nul\0 del\x7f", 33));
  EXPECT_EQ(json["blob"], "(2 bytes)");
  EXPECT_EQ(json["size"], INT64_MIN);

  std::string text = "x";
  for (int i = 0; i < 5000; ++i) text += "\xc3\xa9";
  std::string names;
  for (int i = 0; i < 500; ++i) names += "names: 'n' ";
  message = Make("Plain", "name: '" + text + "' " + names);
  json = nlohmann::json::parse(Redacted(*message));
  EXPECT_THAT(json["name"].get<std::string>(), testing::EndsWith("\xc3\xa9... (10001 bytes)"));
  EXPECT_EQ(json["names"].size(), 9u);
  EXPECT_EQ(json["names"].back(), "... (500 items)");

  // Not UTF-8, as only our own code could set it.
  const auto* name = Type("Plain")->FindFieldByName("name");
  message = Make("Plain", "");
  message->GetReflection()->SetString(message.get(), name, "a\xff\xfe");
  EXPECT_TRUE(nlohmann::json::accept(Redacted(*message)));
}

}  // namespace
}  // namespace gridwork::auth
