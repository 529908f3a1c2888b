#include "services/tasks/form_convert.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "common/base/error.h"

namespace gridwork::tasks {
namespace {

using testing::ElementsAre;

Form EveryKind() {
  return {.version = 7,
          .questions = {
              {.key = "a", .item = "FOOD_ICE", .required = true, .kind = Checklist{}},
              {.key = "b", .item = "STREET_LAMP", .condition = Condition{"a", "FAIL"}, .kind = Choice{"LAMP_FAULT"}},
              {.key = "c", .item = "STREET_LAMP", .kind = Count{1, 9}},
              {.key = "d", .item = "STREET_LAMP", .kind = Measurement{"lx", -0.5, 1e9}},
              {.key = "e", .item = "STREET_LAMP", .kind = Photo{}},
              {.key = "f", .item = "STREET_LAMP", .kind = Note{}}}};
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& [field, rule] : FieldViolationsOf(status)) fields.push_back(field);
  return fields;
}

TEST(FormConvert, GoesThereAndBack) {
  auto form = ParseForm(ToProto(EveryKind()), "form");
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(*form, EveryKind());
}

TEST(FormConvert, RefusesAQuestionWithoutKind) {
  v1::Form proto = ToProto(EveryKind());
  proto.mutable_questions(1)->clear_kind();
  proto.mutable_questions(4)->clear_kind();
  EXPECT_THAT(FieldsOf(ParseForm(proto, "task_kind.form").status()),
              ElementsAre("task_kind.form.questions[1].kind", "task_kind.form.questions[4].kind"));
}

TEST(FormConvert, RefusesMoreThanAFormHolds) {
  v1::Form proto;
  for (int i = 0; i < 251; ++i) proto.add_questions();
  EXPECT_THAT(FieldsOf(ParseForm(proto, "form").status()), ElementsAre("form.questions"));
}

TEST(FormConvert, StoresAForm) {
  std::string bytes = SerializeForm(EveryKind());
  EXPECT_EQ(*ParseForm(bytes), EveryKind());
  EXPECT_EQ(bytes, SerializeForm(*ParseForm(bytes)));
  for (const std::string& corrupt :
       {std::string(), std::string("\xff\xff"), bytes.substr(0, bytes.size() - 1), SerializeForm({})}) {
    auto form = ParseForm(corrupt);
    EXPECT_EQ(form.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(ReasonOf(form.status()), "FORM_CORRUPT");
  }
}

TEST(AnswersConvert, GoThereAndBack) {
  const std::vector<Answer> answers = {{"a", Checked{"PASS"}}, {"b", Chosen{"DARK"}},   {"c", Counted{-5}},
                                       {"d", Measured{2.5}},   {"e", Pictured{"\xff"}}, {"f", Noted{"two\nlines"}}};
  google::protobuf::RepeatedPtrField<v1::Answer> protos;
  for (const Answer& answer : answers) *protos.Add() = ToProto(answer);
  auto parsed = ParseAnswers(protos);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, answers);
}

TEST(AnswersConvert, NormaliseNotes) {
  google::protobuf::RepeatedPtrField<v1::Answer> protos;
  protos.Add()->set_note("  Cafe\xCC\x81\n");
  EXPECT_EQ(std::get<Noted>(ParseAnswers(protos)->at(0).value).text, "Caf\xC3\xA9");
}

TEST(AnswersConvert, NameEveryViolation) {
  google::protobuf::RepeatedPtrField<v1::Answer> protos;
  protos.Add()->set_key("unset");
  protos.Add()->set_count(1);
  protos.Add()->set_note(std::string(301, 'x'));
  EXPECT_THAT(FieldsOf(ParseAnswers(protos).status()), ElementsAre("answers[0].value", "answers[2].note"));
  for (int i = 0; i < 250; ++i) protos.Add()->set_count(1);
  EXPECT_THAT(FieldsOf(ParseAnswers(protos, "submission.answers").status()), ElementsAre("submission.answers"));
}

TEST(FindingsConvert, GoThereAndBack) {
  const std::vector<Finding> findings = {{"FOOD_ICE", Severity::kMinor, true},
                                         {"FOOD_COVER", Severity::kSerious, false},
                                         {"FOOD_SOURCE", Severity::kCritical, false}};
  google::protobuf::RepeatedPtrField<v1::Finding> protos;
  for (const Finding& finding : findings) *protos.Add() = ToProto(finding);
  EXPECT_EQ(*ParseFindings(protos), findings);

  protos.Add()->set_item("FOOD_ICE");
  protos.Add()->set_severity(static_cast<v1::Severity>(99));
  EXPECT_THAT(FieldsOf(ParseFindings(protos).status()), ElementsAre("findings[3].severity", "findings[4].severity"));
}

}  // namespace
}  // namespace gridwork::tasks
