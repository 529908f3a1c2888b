// Times of messages.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <google/protobuf/util/time_util.h>

#include <string_view>

#include "common/base/error.h"

namespace gridwork::tasks {

// In microseconds, as they are stored.
inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

inline absl::Time FromTimestamp(const google::protobuf::Timestamp& time) {
  return absl::FromUnixMicros(google::protobuf::util::TimeUtil::TimestampToMicroseconds(time));
}

// Years 1970 to 9999, to the microsecond.
inline absl::StatusOr<absl::Time> ParseTime(std::string_view field, const google::protobuf::Timestamp& time) {
  using google::protobuf::util::TimeUtil;
  bool valid = time.seconds() >= 0 && time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
               time.nanos() < 1'000'000'000;
  if (!valid) return BadField(field, "must be a time from 1970 to 9999");
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(time));
}

}  // namespace gridwork::tasks
