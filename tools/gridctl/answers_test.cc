#include "tools/gridctl/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"

namespace gridwork::ctl {
namespace {

using testing::HasSubstr;

tasks::v1::Form ExampleForm() {
  tasks::v1::Form form;
  form.set_version(3);
  auto add = [&](const char* key) {
    auto& question = *form.add_questions();
    question.set_key(key);
    return &question;
  };
  add("clean")->mutable_checklist();
  add("state")->mutable_choice();
  add("sinks")->mutable_count();
  add("heat")->mutable_measurement();
  add("picture")->mutable_photo();
  add("remark")->mutable_note();
  return form;
}

TEST(Answers, KeyedByQuestionTheFormSaysOfWhichKind) {
  auto form = ExampleForm();
  const char* text =
      R"({"answers": {"heat": 4, "clean": "PASS", "state": "GOOD", "sinks": 2, "picture": "00ff", "remark": "x"},
          "findings": [{"item": "FOOD_ICE", "severity": "critical", "corrected_on_site": true}, {"item": "X"}]})";
  EXPECT_TRUE(NeedsForm(text));
  auto request = ParseAnswers(text, &form);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->form_version(), 3);
  ASSERT_EQ(request->answers_size(), 6);
  EXPECT_EQ(request->answers(0).checklist(), "PASS");
  EXPECT_EQ(request->answers(1).choice(), "GOOD");
  EXPECT_EQ(request->answers(2).count(), 2);
  EXPECT_EQ(request->answers(3).measurement(), 4.0);
  EXPECT_EQ(request->answers(4).photo_sha256(), std::string("\x00\xff", 2));
  EXPECT_EQ(request->answers(5).note(), "x");
  EXPECT_EQ(request->findings(0).severity(), tasks::v1::SEVERITY_CRITICAL);
  EXPECT_TRUE(request->findings(0).corrected_on_site());
}

TEST(Answers, AsAListTheyNeedNoForm) {
  const char* text =
      R"({"form_version": 2, "answers": [{"key": "sinks", "count": 2}, {"key": "nobody", "note": "x"}]})";
  EXPECT_FALSE(NeedsForm(text));
  auto request = ParseAnswers(text, nullptr);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->form_version(), 2);
  EXPECT_EQ(request->answers(0).count(), 2);
  EXPECT_EQ(request->answers(1).key(), "nobody") << "the server says what is wrong with it";
}

TEST(Answers, WhatIsNotExpectedIsRefused) {
  auto form = ExampleForm();
  auto refused = [&](const char* text) {
    auto request = ParseAnswers(text, &form);
    EXPECT_FALSE(request.ok()) << text;
    EXPECT_EQ(ReasonOf(request.status()), "BAD_JSON");
    return std::string(request.status().message());
  };
  EXPECT_THAT(refused(""), HasSubstr("answers file"));
  EXPECT_THAT(refused("{\"answers\": {}"), HasSubstr("answers file"));
  EXPECT_THAT(refused("[]"), HasSubstr("an object with form_version, answers, findings"));
  EXPECT_THAT(refused(R"({"answer": {}})"), HasSubstr("unknown key \"answer\""));
  EXPECT_THAT(refused(R"({"answers": {"sinks": 1, "sinks": 2}})"), HasSubstr("\"sinks\" stands twice"));
  EXPECT_THAT(refused(R"({"answers": {"colour": "red"}})"),
              HasSubstr("answers.colour: version 3 of the form has no such"));
  EXPECT_THAT(refused(R"({"answers": {"sinks": 1.5}})"), HasSubstr("answers.sinks"));
  EXPECT_THAT(refused(R"({"answers": {"sinks": 9223372036854775808}})"), HasSubstr("answers.sinks"));
  EXPECT_THAT(refused(R"({"answers": {"clean": true}})"), HasSubstr("answers.clean"));
  EXPECT_THAT(refused(R"({"answers": {"heat": "4"}})"), HasSubstr("answers.heat: a number"));
  EXPECT_THAT(refused(R"({"answers": {"heat": 1e999}})"), HasSubstr("answers file"));
  EXPECT_THAT(refused(R"({"answers": {"picture": "0g"}})"), HasSubstr("answers.picture"));
  EXPECT_THAT(refused(R"({"answers": "x"})"), HasSubstr("answers:"));
  EXPECT_THAT(refused(R"({"answers": [{"key": "sinks", "count": 2, "note": "x"}]})"), HasSubstr("one answer"));
  EXPECT_THAT(refused(R"({"answers": [7]})"), HasSubstr("answers[0]"));
  EXPECT_THAT(refused(R"({"form_version": -1})"), HasSubstr("form_version"));
  EXPECT_THAT(refused(R"({"findings": [{"severity": "AWFUL"}]})"), HasSubstr("MINOR, SERIOUS, CRITICAL"));
  EXPECT_THAT(refused(R"({"findings": {}})"), HasSubstr("findings"));
  EXPECT_FALSE(ParseAnswers(R"({"answers": {"sinks": 1}})", nullptr).ok());
}

}  // namespace
}  // namespace gridwork::ctl
