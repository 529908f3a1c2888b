// Proves that each check can fail: a violation planted in a small proto is found, and what is right beside it is not.
#include "tests/scope/descriptor_checks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "gridwork/common/v1/geo.pb.h"
#include "gridwork/options/v1/options.pb.h"

namespace gridwork::scope {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptorProto;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Complaints : public google::protobuf::io::ErrorCollector, public DescriptorPool::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber /*column*/, const std::string& message) override {
    ADD_FAILURE() << "line " << line << ": " << message;
  }
  void AddError(const std::string& /*file*/, const std::string& element,
                const google::protobuf::Message* /*descriptor*/, ErrorLocation /*location*/,
                const std::string& message) override {
    ADD_FAILURE() << element << ": " << message;
  }
};

// A file of gridwork.tasks.v1 (or `package`) with this text.
class Planted {
 public:
  explicit Planted(const std::string& text, const std::string& package = "gridwork.tasks.v1")
      : source_(fmt::format("syntax = \"proto3\"; package {}; import \"google/protobuf/any.proto\";"
                            "import \"google/protobuf/struct.proto\"; import \"google/protobuf/timestamp.proto\";"
                            "import \"gridwork/common/v1/geo.proto\"; import \"gridwork/options/v1/options.proto\"; {}",
                            package, text)) {
    google::protobuf::io::ArrayInputStream input(source_.data(), static_cast<int>(source_.size()));
    Complaints complaints;
    google::protobuf::io::Tokenizer tokenizer(&input, &complaints);
    google::protobuf::compiler::Parser parser;
    parser.RecordErrorsTo(&complaints);
    FileDescriptorProto proto;
    EXPECT_TRUE(parser.Parse(&tokenizer, &proto));
    proto.set_name("planted.proto");
    for (const char* linked :
         {"google/protobuf/any.proto", "google/protobuf/struct.proto", "google/protobuf/timestamp.proto"}) {
      EXPECT_NE(DescriptorPool::generated_pool()->FindFileByName(linked), nullptr);
    }
    EXPECT_NE(common::v1::Point::descriptor(), nullptr);
    file_ = pool_.BuildFileCollectingErrors(proto, &complaints);
    if (file_ == nullptr) throw std::runtime_error("the planted proto is wrong: " + source_);
  }

  const FileDescriptor& operator*() const { return *file_; }

 private:
  std::string source_;
  DescriptorPool pool_{DescriptorPool::generated_pool()};
  const FileDescriptor* file_ = nullptr;
};

// One method `name` with this policy, and its messages.
std::string Method(const std::string& name, const std::string& policy,
                   const std::string& request = "string request_id = 1;", const std::string& response = "") {
  return fmt::format(
      "service S {{ rpc {0}({0}Request) returns ({0}Response) {{ {1} }} }}"
      "message {0}Request {{ option (gridwork.options.v1.data_class) = DATA_CLASS_EVENT; {2} }}"
      "message {0}Response {{ option (gridwork.options.v1.data_class) = DATA_CLASS_EVENT; {3} }}",
      name, policy.empty() ? "" : fmt::format("option (gridwork.options.v1.policy) = {{ {} }};", policy), request,
      response);
}

constexpr char kAnybody[] = "rules: { roles: [ROLE_ADMIN] } resource: \"Task\"";

TEST(CheckPolicies, FindsTheMissingAndTheEmpty) {
  EXPECT_THAT(CheckPolicies(*Planted(Method("EndTask", ""))), ElementsAre(HasSubstr("EndTask: no policy")));
  EXPECT_THAT(CheckPolicies(*Planted(Method("EndTask", "resource: \"Task\""))),
              ElementsAre(HasSubstr("lets nobody in")));
  EXPECT_THAT(CheckPolicies(*Planted(Method("EndTask", "rules: { purposes: [PURPOSE_DISPATCH] }"))),
              ElementsAre(HasSubstr("without roles and relation")));
  EXPECT_THAT(CheckPolicies(*Planted(Method("EndTask", "rules: { roles: [ROLE_UNSPECIFIED] }"))),
              ElementsAre(HasSubstr("ROLE_UNSPECIFIED")));
  for (const char* good :
       {kAnybody, "services: \"tasks\"", "open_to: OPEN_TO_ANYONE", "rules: { relation: RELATION_SELF }"}) {
    EXPECT_THAT(CheckPolicies(*Planted(Method("EndTask", good))), IsEmpty()) << good;
  }
}

TEST(CheckDataClasses, FindsAFieldThatNobodyClassified) {
  std::string method =
      "service S { rpc GetX(A) returns (B); } message A { option (gridwork.options.v1.data_class) = DATA_CLASS_EVENT; "
      "C c = 1; }";
  EXPECT_THAT(CheckDataClasses(*Planted(method + "message B {} message C { string text = 1; }")),
              ElementsAre(HasSubstr("C.text")));
  EXPECT_THAT(
      CheckDataClasses(*Planted(method + "message B {} message C { string text = 1 [(gridwork.options.v1.data) = "
                                         "{ class: DATA_CLASS_EVENT }]; int32 other = 2; }")),
      ElementsAre(HasSubstr("C.other")));
  EXPECT_THAT(
      CheckDataClasses(*Planted(method + "message B {} message C { string text = 1 [(gridwork.options.v1.data) = "
                                         "{ class: DATA_CLASS_EVENT }]; }")),
      IsEmpty());
}

TEST(CheckLists, FindsWhatIsNotPagedOrHasNoScope) {
  std::string paging = "int32 page_size = 1; string page_token = 2;";
  EXPECT_THAT(
      CheckLists(*Planted(Method("ListTasks", kAnybody, "", ""))),
      UnorderedElementsAre(HasSubstr("page_size"), HasSubstr("string page_token"), HasSubstr("next_page_token")));
  EXPECT_THAT(CheckLists(*Planted(Method("ListTasks", kAnybody, "int64 page_size = 1; string page_token = 2;",
                                         "string next_page_token = 1;"))),
              ElementsAre(HasSubstr("page_size")));
  EXPECT_THAT(CheckLists(*Planted(
                  Method("ListTasks", "rules: { roles: [ROLE_ADMIN] }", paging, "string next_page_token = 1;"))),
              ElementsAre(HasSubstr("no resource")));
  EXPECT_THAT(CheckLists(*Planted(Method("ListTasks", kAnybody, paging, "string next_page_token = 1;"))), IsEmpty());
}

TEST(CheckRequestIds, FindsAWriteThatCannotBeRepeated) {
  EXPECT_THAT(CheckRequestIds(*Planted(Method("EndTask", kAnybody, ""))),
              ElementsAre(HasSubstr("without string request_id")));
  EXPECT_THAT(CheckRequestIds(*Planted(Method("EndTask", kAnybody, "int64 request_id = 1;"))),
              ElementsAre(HasSubstr("EndTask")));
  EXPECT_THAT(CheckRequestIds(*Planted(Method("Listen", kAnybody, ""))), ElementsAre(HasSubstr("Listen")))
      << "no List: the verb is a whole word";
  EXPECT_THAT(CheckRequestIds(*Planted(Method("EndTask", kAnybody))), IsEmpty());
  EXPECT_THAT(CheckRequestIds(*Planted(Method("Beat", "naturally_idempotent: true", ""))), IsEmpty());
  EXPECT_THAT(CheckRequestIds(*Planted(Method("GetTask", kAnybody, ""))), IsEmpty());
}

TEST(CheckNoPersons, FindsThemWhereTheyMayNotBe) {
  std::string message = "message M { option (gridwork.options.v1.data_class) = DATA_CLASS_PERSON; }";
  std::string field = "message M { string x = 1 [(gridwork.options.v1.data) = { class: DATA_CLASS_NEED }]; }";
  std::string shows = Method("GetTask", "rules: { roles: [ROLE_ADMIN] shows: [DATA_CLASS_PERSON] }");
  for (const char* package : {"gridwork.identity.v1", "gridwork.tasks.v1", "gridwork.exchange.v1"}) {
    EXPECT_THAT(CheckNoPersons(*Planted(message, package)), ElementsAre(HasSubstr("M: data about"))) << package;
    EXPECT_THAT(CheckNoPersons(*Planted(field, package)), ElementsAre(HasSubstr("M.x"))) << package;
    EXPECT_THAT(CheckNoPersons(*Planted(shows, package)), ElementsAre(HasSubstr("GetTask"))) << package;
  }
  EXPECT_THAT(CheckNoPersons(*Planted(message, "gridwork.care.v1")), IsEmpty());
}

TEST(CheckNoOpenTypes, FindsRoomForAnything) {
  EXPECT_THAT(
      CheckNoOpenTypes(*Planted("message M { google.protobuf.Any a = 1; google.protobuf.Struct b = 2;"
                                "repeated google.protobuf.Value c = 3; map<string, string> d = 4; string e = 5;"
                                "message N { google.protobuf.Any f = 1; } }")),
      UnorderedElementsAre(HasSubstr("M.a"), HasSubstr("M.b"), HasSubstr("M.c"), HasSubstr("M.d"), HasSubstr("N.f")));
}

TEST(CheckNames, FindsWhatIsNotBuiltAtAll) {
  for (const char* name : {"religion", "religions", "owner_religion", "union_member", "score_of_person",
                           "household_head", "licence_plate", "visitors", "nationality", "track", "face_image"}) {
    EXPECT_FALSE(CheckNames(*Planted(fmt::format("message M {{ string {} = 1; }}", name))).empty()) << name;
  }
  EXPECT_THAT(CheckNames(*Planted("enum E { E_UNSPECIFIED = 0; E_PETITION = 1; }")),
              ElementsAre(HasSubstr("petition")));
  for (const char* name :
       {"surface", "interface", "template", "union_square", "tracked_elsewhere", "residential", "places"}) {
    EXPECT_THAT(CheckNames(*Planted(fmt::format("message M {{ string {} = 1; }}", name))), IsEmpty()) << name;
  }
}

TEST(CheckPlaceKinds, FindsWorshipAndAssembly) {
  EXPECT_THAT(
      CheckPlaceKinds(*Planted("enum PlaceKind { PLACE_KIND_UNSPECIFIED = 0; PLACE_KIND_CHURCH = 1;"
                               "PLACE_KIND_PLACE_OF_WORSHIP = 2; PLACE_KIND_TEMPLES = 3; PLACE_KIND_FOOD = 4; }")),
      UnorderedElementsAre(HasSubstr("CHURCH"), HasSubstr("WORSHIP"), HasSubstr("TEMPLES")));
  EXPECT_THAT(CheckPlaceKinds(*Planted("enum Other { OTHER_UNSPECIFIED = 0; OTHER_CHURCH = 1; }")), IsEmpty());
}

TEST(CheckLocationStreams, FindsAStreamOfPositions) {
  std::string messages =
      "message A { repeated B b = 1; } message B { gridwork.common.v1.Point point = 1; } message C {}";
  EXPECT_THAT(CheckLocationStreams(*Planted("service S { rpc Send(stream A) returns (C); }" + messages)),
              ElementsAre(HasSubstr("S.Send")));
  EXPECT_THAT(CheckLocationStreams(
                  *Planted("service S { rpc Send(stream D) returns (D); } message D { double latitude = 1; }")),
              ElementsAre(HasSubstr("S.Send")));
  EXPECT_THAT(CheckLocationStreams(
                  *Planted("service S { rpc Send(A) returns (stream C); rpc Put(stream C) returns (C); }" + messages)),
              IsEmpty());
}

TEST(CheckEnumZeros, FindsAZeroThatMeansSomething) {
  EXPECT_THAT(CheckEnumZeros(*Planted("enum E { E_OPEN = 0; } message M { enum N { N_OPEN = 0; } }")),
              UnorderedElementsAre(HasSubstr("E:"), HasSubstr("M.N:")));
  EXPECT_THAT(CheckEnumZeros(*Planted("enum E { E_UNSPECIFIED = 0; }")), IsEmpty());
}

TEST(CheckTimestamps, FindsNamesThatDoNotFitTheType) {
  EXPECT_THAT(CheckTimestamps(*Planted("message M { google.protobuf.Timestamp until = 1; string end_time = 2;"
                                       "google.protobuf.Timestamp start_time = 3; }")),
              UnorderedElementsAre(HasSubstr("M.until"), HasSubstr("M.end_time")));
}

TEST(CheckFile, RunsThemAll) {
  EXPECT_THAT(CheckFile(*Planted("service S { rpc ListX(stream A) returns (A); }"
                                 "message A { gridwork.common.v1.Point face = 1; google.protobuf.Any a = 2;"
                                 "google.protobuf.Timestamp at = 3; enum PlaceKind { MOSQUE = 0; }"
                                 "string need = 4 [(gridwork.options.v1.data) = { class: DATA_CLASS_NEED }]; }")),
              testing::SizeIs(testing::Ge(10)));
}

}  // namespace
}  // namespace gridwork::scope
