// What people type in arguments and files: times, points, enum values, names of resources; and how these are shown.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>
#include <string_view>

#include "gridwork/common/v1/geo.pb.h"

namespace gridwork::ctl {

// "90d", "12h", "30m" from `now`; "2027-01-31": the end of that day in `zone`; or RFC 3339 "2027-01-31T08:00:00Z".
// BAD_FIELD `field` otherwise.
absl::StatusOr<absl::Time> ParseWhen(std::string_view field, std::string_view text, absl::Time now,
                                     absl::TimeZone zone);
google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time FromProto(const google::protobuf::Timestamp& time);
// "2027-01-31 08:00Z"; "" for a time that is not set.
std::string TimeText(const google::protobuf::Timestamp& time);

// A decimal number, with a point and nothing else around it; finite.
absl::StatusOr<double> ParseNumber(std::string_view field, std::string_view text);
// A whole number.
absl::StatusOr<int64_t> ParseWhole(std::string_view field, std::string_view text);
// "41.88" and "-87.63".
absl::StatusOr<common::v1::Point> ParsePoint(std::string_view latitude, std::string_view longitude);
// "41.88,-87.63".
absl::StatusOr<common::v1::Point> ParseLatLon(std::string_view field, std::string_view text);
std::string PointText(const common::v1::Point& point);

// "field_worker" or "ROLE_FIELD_WORKER" -> the value; BAD_FIELD lists what there is. Never the zero value.
absl::StatusOr<int> ParseEnum(std::string_view field, const google::protobuf::EnumDescriptor& type,
                              std::string_view text);
template <class Enum>
absl::StatusOr<Enum> ParseEnum(std::string_view field, std::string_view text) {
  auto value = ParseEnum(field, *google::protobuf::GetEnumDescriptor<Enum>(), text);
  if (!value.ok()) return value.status();
  return static_cast<Enum>(*value);
}
// Without the prefix of its type: "FIELD_WORKER"; "" for the zero value.
std::string EnumText(const google::protobuf::EnumDescriptor& type, int value);
template <class Enum>
std::string EnumText(Enum value) {
  return EnumText(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}
// "FOOD, LODGING, ...": for help texts.
std::string EnumList(const google::protobuf::EnumDescriptor& type);

// ("areas", "CHI") and ("areas", "areas/CHI") -> "areas/CHI"; "" stays "".
std::string NameIn(std::string_view collection, std::string_view text);
// "areas/CHI" -> "CHI"; "CHI/SIDE-CENTRAL/CA32" -> "CA32".
std::string LastPart(std::string_view name);

// "places[3].display_name" -> "display_name": the position in a batch tells people nothing.
std::string WithoutIndex(std::string_view field);

// A spelling for comparing: lower case (ASCII), without blanks at its ends, one blank where there are several.
std::string Fold(std::string_view text);
std::string_view Trim(std::string_view text);
bool IsUtf8(std::string_view text);

// 12367 -> "12,367".
std::string Count(int64_t number);

}  // namespace gridwork::ctl
