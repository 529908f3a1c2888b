#include "tools/gridctl/kind_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/base/error.h"
#include "tools/gridctl/answers.h"
#include "tools/gridctl/files.h"

namespace gridwork::ctl {
namespace {

using tasks::v1::Question;
using testing::HasSubstr;

const char kExamples[] = GRIDWORK_SOURCE_DIR "/tools/gridctl/examples/";

TEST(KindFiles, TheExampleUsesEveryKindOfAnswer) {
  auto kind = ParseKindFile(*ReadFile(std::string(kExamples) + "food_inspection.yaml"));
  ASSERT_TRUE(kind.ok()) << kind.status();
  EXPECT_EQ(kind->code(), "FOOD_INSPECTION");
  EXPECT_EQ(kind->within_metres(), 200);
  EXPECT_EQ(kind->claim_roles_size(), 2);
  std::set<Question::KindCase> kinds;
  for (const auto& question : kind->form().questions()) kinds.insert(question.kind_case());
  EXPECT_EQ(kinds, (std::set<Question::KindCase>{Question::kChecklist, Question::kChoice, Question::kCount,
                                                 Question::kMeasurement, Question::kPhoto, Question::kNote}));
  const auto& temperature = kind->form().questions(1);
  EXPECT_EQ(temperature.condition().key(), "cold_holding");
  EXPECT_EQ(temperature.condition().equals(), "FAIL");
  EXPECT_EQ(temperature.measurement().unit(), "Cel");
  EXPECT_EQ(temperature.measurement().minimum(), -40);
}

TEST(KindFiles, WhatAClaimantNeedsAndHowOftenItMayFail) {
  const char* const rest = "code: LIFT\nquestions:\n  - {key: a, item: B, answer: note}\n";
  auto kind = ParseKindFile(std::string("qualifications: [LIFT_INSPECTOR, GAS]\nmax_failures: 3\n") + rest);
  ASSERT_TRUE(kind.ok()) << kind.status();
  ASSERT_EQ(kind->qualifications_size(), 2);
  EXPECT_EQ(kind->qualifications(0), "LIFT_INSPECTOR");
  EXPECT_EQ(kind->max_failures(), 3);
  EXPECT_EQ(ParseKindFile(rest)->max_failures(), 0);  // the service's default
  EXPECT_FALSE(ParseKindFile(std::string("qualifications: LIFT\n") + rest).ok());
  EXPECT_FALSE(ParseKindFile(std::string("qualifications: [[LIFT]]\n") + rest).ok());
}

TEST(KindFiles, TheExampleOfAnswersFitsIt) {
  auto kind = ParseKindFile(*ReadFile(std::string(kExamples) + "food_inspection.yaml"));
  ASSERT_TRUE(kind.ok());
  auto answers = ParseAnswers(*ReadFile(std::string(kExamples) + "food_inspection_answers.json"), &kind->form());
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_EQ(answers->answers_size(), kind->form().questions_size());
  EXPECT_EQ(answers->findings_size(), 1);
}

std::string Refused(const std::string& yaml) {
  auto kind = ParseKindFile(yaml);
  EXPECT_FALSE(kind.ok()) << yaml;
  EXPECT_EQ(ReasonOf(kind.status()), "BAD_YAML");
  return std::string(kind.status().message());
}

TEST(KindFiles, ErrorsNameTheLine) {
  EXPECT_THAT(Refused("code: X\ncolour: red\n"), HasSubstr("line 2: unknown key \"colour\""));
  EXPECT_THAT(Refused("code: X\ncode: Y\n"), HasSubstr("twice"));
  EXPECT_THAT(Refused("code: X\n"), HasSubstr("questions"));
  EXPECT_THAT(Refused("code: X\npriority: high\nquestions: []\n"), HasSubstr("line 2: priority"));
  EXPECT_THAT(Refused("claim_roles: [BOSS]\nquestions: []\n"), HasSubstr("line 1: BAD_FIELD: claim_roles"));
  EXPECT_THAT(Refused("questions:\n  - key: a\n    item: B\n"), HasSubstr("line 2: answer is missing"));
  EXPECT_THAT(Refused("questions:\n  - {key: a, answer: text}\n"), HasSubstr("line 2: answer: checklist"));
  EXPECT_THAT(Refused("questions:\n  - {key: a, answer: {choice: X, count: {}}}\n"), HasSubstr("one kind of answer"));
  EXPECT_THAT(Refused("questions:\n  - {key: a, answer: {measurement: {unit: m}}}\n"), HasSubstr("minimum: a number"));
  EXPECT_THAT(Refused("questions:\n  - {key: a, required: yes, answer: note}\n"), HasSubstr("true or false"));
}

}  // namespace
}  // namespace gridwork::ctl
