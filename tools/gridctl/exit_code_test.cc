#include "tools/gridctl/exit_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/rpc/status_map.h"

namespace gridwork::ctl {
namespace {

using testing::HasSubstr;

int CodeOf(absl::StatusCode code) { return static_cast<int>(ExitCodeOf(absl::Status(code, "x"))); }

TEST(ExitCodes, ByKindOfError) {
  EXPECT_EQ(CodeOf(absl::StatusCode::kOk), 0);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(UsageError("x"))), 2);
  EXPECT_EQ(CodeOf(absl::StatusCode::kNotFound), 3);
  EXPECT_EQ(CodeOf(absl::StatusCode::kUnauthenticated), 4);
  EXPECT_EQ(CodeOf(absl::StatusCode::kPermissionDenied), 4);
  EXPECT_EQ(CodeOf(absl::StatusCode::kAlreadyExists), 5);
  EXPECT_EQ(CodeOf(absl::StatusCode::kFailedPrecondition), 5);
  EXPECT_EQ(CodeOf(absl::StatusCode::kAborted), 5);
  EXPECT_EQ(CodeOf(absl::StatusCode::kInvalidArgument), 6);
  EXPECT_EQ(CodeOf(absl::StatusCode::kOutOfRange), 6);
  EXPECT_EQ(CodeOf(absl::StatusCode::kUnavailable), 7);
  EXPECT_EQ(CodeOf(absl::StatusCode::kDeadlineExceeded), 7);
  EXPECT_EQ(CodeOf(absl::StatusCode::kResourceExhausted), 7);
  for (auto code : {absl::StatusCode::kInternal, absl::StatusCode::kUnknown, absl::StatusCode::kDataLoss,
                    absl::StatusCode::kUnimplemented, absl::StatusCode::kCancelled}) {
    EXPECT_EQ(CodeOf(code), 1);
  }
}

TEST(ErrorTexts, ReasonMessageAndEachField) {
  FieldErrors errors;
  errors.Add("task.place", "not empty");
  errors.Add("task.kind", "a task kind");
  absl::Status received = rpc::FromGrpc(rpc::ToGrpc(errors.status()));
  std::string text = ErrorText(received);
  EXPECT_THAT(text, HasSubstr("error: BAD_FIELD: "));
  EXPECT_THAT(text, HasSubstr("\n  task.place: not empty\n  task.kind: a task kind\n"));
  EXPECT_EQ(ErrorText(Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such Place")),
            "error: NOT_FOUND: no such Place\n");
  EXPECT_EQ(ErrorText(absl::UnavailableError("connection refused")), "error: UNAVAILABLE: connection refused\n");
  EXPECT_EQ(ErrorText(absl::UnavailableError("")), "error: UNAVAILABLE\n");
  EXPECT_THAT(ErrorText(WithRetryAfter(absl::ResourceExhaustedError("full"), absl::Milliseconds(1200))),
              HasSubstr("try again in 2 s"));
  EXPECT_THAT(ErrorText(UsageError("--kind is missing")), HasSubstr("--help"));
}

TEST(ErrorTexts, JsonForScripts) {
  auto document = nlohmann::json::parse(ErrorJson(BadField("task.place", "not empty")));
  EXPECT_EQ(document["error"]["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(document["error"]["reason"], "BAD_FIELD");
  EXPECT_EQ(document["error"]["violations"][0]["field"], "task.place");
  EXPECT_TRUE(nlohmann::json::accept(ErrorJson(absl::InternalError("\xFF not UTF-8"))));
}

}  // namespace
}  // namespace gridwork::ctl
