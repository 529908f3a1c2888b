#include "common/rpc/status_map.h"

#include <gmock/gmock.h>

#include <limits>

#include "common/base/error.h"
#include "google/rpc/error_details.pb.h"

namespace gridwork::rpc {
namespace {

using testing::ElementsAre;
using testing::Pair;

absl::Status ThereAndBack(const absl::Status& status) { return FromGrpc(ToGrpc(status)); }

TEST(StatusMap, KeepsEverythingThatAnErrorSays) {
  FieldErrors errors;
  errors.Add("b", "first");
  errors.Add("a", "second");
  absl::Status back = ThereAndBack(errors.status());
  EXPECT_EQ(back.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(back), "BAD_FIELD");
  EXPECT_THAT(FieldViolationsOf(back), ElementsAre(Pair("b", "first"), Pair("a", "second")));

  back = ThereAndBack(WithRetryAfter(Error(absl::StatusCode::kAborted, "ETAG_MISMATCH", "text", {{"etag", "7"}}),
                                     absl::Milliseconds(1500)));
  EXPECT_EQ(back.message(), "ETAG_MISMATCH: text");
  EXPECT_THAT(MetadataOf(back), ElementsAre(Pair("etag", "7")));
  EXPECT_EQ(RetryAfterOf(back), absl::Milliseconds(1500));
  EXPECT_TRUE(ThereAndBack(absl::OkStatus()).ok());
}

TEST(StatusMap, AlwaysHasAReason) { EXPECT_EQ(ReasonOf(ThereAndBack(absl::NotFoundError("bare"))), "NOT_FOUND"); }

TEST(StatusMap, CutsLongMessagesBetweenCharacters) {
  std::string text(1023, 'x');
  text += "\xC3\xA9\xC3\xA9";
  EXPECT_EQ(ToGrpc(absl::InternalError(text)).error_message(), std::string(1023, 'x'));
}

TEST(StatusMap, TakesErrorsOfTheTransport) {
  absl::Status status = FromGrpc({grpc::StatusCode::UNAVAILABLE, "failed to connect"});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "failed to connect");
  EXPECT_EQ(FromGrpc({grpc::StatusCode::INTERNAL, "x", "no proto \xff"}).code(), absl::StatusCode::kInternal);
}

TEST(StatusMap, NoTimeToComeBackOverflows) {
  auto read = [](int64_t seconds, int32_t nanos) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(seconds);
    retry.mutable_retry_delay()->set_nanos(nanos);
    google::rpc::Status status;
    status.set_code(14);
    status.add_details()->PackFrom(retry);
    return RetryAfterOf(FromRpcStatus(status));
  };
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max(), kLeast = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(read(1, 500'000'000), absl::Milliseconds(1500));
  EXPECT_EQ(read(kMost, 0), absl::Nanoseconds(kMost)) << "the longest that is kept";
  EXPECT_EQ(read(kLeast, 999'999'999), absl::ZeroDuration());
  EXPECT_EQ(read(-18'446'744'074, 0), absl::ZeroDuration()) << "multiplied without care it is positive";
}

TEST(StatusMap, ManyViolationsStayWithinATrailer) {
  FieldErrors errors;
  for (int i = 0; i < 1000; ++i) errors.Add("field", "rule");
  EXPECT_LT(ToGrpc(errors.status()).error_details().size(), 4096);
}

}  // namespace
}  // namespace gridwork::rpc
