#include "common/base/error.h"

#include <gmock/gmock.h>

namespace gridwork {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Error, CarriesReasonAndMetadata) {
  absl::Status status =
      Error(absl::StatusCode::kAborted, "ETAG_MISMATCH", "changed since you read it", {{"etag", "7"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "ETAG_MISMATCH: changed since you read it");
  EXPECT_EQ(ReasonOf(status), "ETAG_MISMATCH");
  EXPECT_THAT(MetadataOf(status), ElementsAre(Pair("etag", "7")));
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
}

TEST(BadField, NamesFieldAndRule) {
  absl::Status status = BadField("task.place", "not empty");
  EXPECT_EQ(status.message(), "BAD_FIELD: task.place: not empty");
  EXPECT_THAT(FieldViolationsOf(status), ElementsAre(Pair("task.place", "not empty")));
}

TEST(FieldErrors, KeepsAllViolationsInOrder) {
  FieldErrors errors;
  EXPECT_TRUE(errors.empty());
  EXPECT_TRUE(errors.status().ok());
  errors.Add("z", "first");
  errors.Add(BadField("a", "second"));
  errors.Add("z", "third");
  errors.Add(absl::OkStatus());
  EXPECT_THAT(FieldViolationsOf(errors.status()),
              ElementsAre(Pair("z", "first"), Pair("a", "second"), Pair("z", "third")));
  EXPECT_EQ(errors.status().message(), "BAD_FIELD: z: first (and 2 more)");
}

TEST(FieldErrors, AnotherErrorReplacesEverything) {
  FieldErrors errors;
  errors.Add("a", "rule");
  errors.Add(absl::UnavailableError("away"));
  EXPECT_EQ(errors.status().code(), absl::StatusCode::kUnavailable);
}

TEST(RetryAfter, ComesBack) {
  absl::Status status = WithRetryAfter(absl::ResourceExhaustedError("busy"), absl::Milliseconds(250));
  EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(250));
  EXPECT_EQ(RetryAfterOf(absl::OkStatus()), absl::ZeroDuration());
}

}  // namespace
}  // namespace gridwork
