#include "common/mysql/errors.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace gridwork::mysql {
namespace {

TEST(Errors, ADuplicateNamesTheKeyAndNeverTheValue) {
  for (const char* text :
       {"Duplicate entry 'anna@example.org' for key 'mail'", "Duplicate entry 'x' for key 'staff.mail'",
        "Duplicate entry 'a for key 'b'' for key 'mail'"}) {
    absl::Status status = StatusOf(1062, text);
    EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(ReasonOf(status), "DUPLICATE");
    EXPECT_EQ(MetadataOf(status)["key"], "mail");
    EXPECT_EQ(status.ToString().find("anna"), std::string::npos);
  }
}

TEST(Errors, AConstraintIsNamed) {
  for (auto [code, text] :
       {std::pair(4025, "CONSTRAINT `end_set` failed for `tasks`.`task`"),
        std::pair(3819, "Check constraint 'end_set' is violated."),
        std::pair(1452,
                  "Cannot add or update a child row: a foreign key constraint fails (`s`.`t`, CONSTRAINT "
                  "`end_set` FOREIGN KEY (`x`) REFERENCES `y` (`id`))")}) {
    absl::Status status = StatusOf(code, text);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(MetadataOf(status)["constraint"], "end_set");
  }
}

TEST(Errors, EachKindHasItsCode) {
  EXPECT_TRUE(IsRetryable(StatusOf(1213, "")));
  EXPECT_TRUE(IsRetryable(StatusOf(1205, "")));
  EXPECT_FALSE(IsRetryable(Error(absl::StatusCode::kAborted, "ETAG_MISMATCH", "")));
  for (int code : {2002, 2003, 2006, 2013, 2026, 1053, 1927}) {
    EXPECT_EQ(ReasonOf(StatusOf(code, "")), "DATABASE_AWAY") << code;
    EXPECT_GT(RetryAfterOf(StatusOf(code, "")), absl::ZeroDuration());
  }
  for (int code : {1290, 1836}) EXPECT_EQ(ReasonOf(StatusOf(code, "")), "DATABASE_READ_ONLY");
  for (int code : {1969, 3024}) EXPECT_EQ(StatusOf(code, "").code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(StatusOf(1040, "").code(), absl::StatusCode::kResourceExhausted);
}

TEST(Errors, UnknownErrorsTellTheirNumberAndNoText) {
  absl::Status status = StatusOf(1366, "Incorrect string value: 'Anna' for column `h2`.`t`.`b`");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(MetadataOf(status)["errno"], "1366");
  EXPECT_EQ(status.ToString().find("Anna"), std::string::npos);
  EXPECT_NE(StatusOf(1054, "Unknown column 'x' in 'SELECT'").ToString().find("Unknown column 'x'"), std::string::npos);
}

TEST(Errors, OnlyErrorsOfTheClientAndUnknownOnesBreakTheConnection) {
  for (int code : {0, 2000, 2006, 2013, 2026, 2999, 1053, 1927}) EXPECT_TRUE(BreaksConnection(code)) << code;
  for (int code : {1062, 1213, 1205, 1064, 1366, 4025, 3819, 1290, 1969}) EXPECT_FALSE(BreaksConnection(code)) << code;
}

}  // namespace
}  // namespace gridwork::mysql
