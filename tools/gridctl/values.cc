#include "tools/gridctl/values.h"

#include <fmt/format.h>
#include <unicode/utf8.h>

#include <charconv>
#include <cmath>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::ctl {
namespace {

constexpr char kDay[] = "%Y-%m-%d";
constexpr std::string_view kBlanks = " \t\r\n\v\f";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

template <class Number>
bool FromChars(std::string_view text, Number& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::string PrefixOf(const google::protobuf::EnumDescriptor& type) {
  const std::string& zero = type.value(0)->name();  // ROLE_UNSPECIFIED
  return zero.substr(0, zero.size() - std::string_view("UNSPECIFIED").size());
}

}  // namespace

absl::StatusOr<absl::Time> ParseWhen(std::string_view field, std::string_view text, absl::Time now,
                                     absl::TimeZone zone) {
  absl::Status bad = BadField(field, "90d, 12h, 30m, a day (2027-01-31) or a time (2027-01-31T08:00:00Z)");
  if (text.empty()) return bad;
  absl::Duration unit = absl::ZeroDuration();
  if (text.back() == 'd') unit = absl::Hours(24);
  if (text.back() == 'h') unit = absl::Hours(1);
  if (text.back() == 'm') unit = absl::Minutes(1);
  int32_t number = 0;
  if (unit > absl::ZeroDuration() && IsDigit(text.front()) && FromChars(text.substr(0, text.size() - 1), number)) {
    return now + number * unit;
  }
  absl::CivilDay day;
  std::string copy(text);
  if (text.size() == 10 && absl::ParseCivilTime(copy, &day) && absl::FormatCivilTime(day) == copy) {
    return absl::FromCivil(day + 1, zone);
  }
  absl::Time time;
  if (IsDigit(text.front()) && absl::ParseTime(absl::RFC3339_full, copy, &time, nullptr)) return time;
  return bad;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp out;
  out.set_seconds(absl::ToUnixSeconds(time));
  out.set_nanos(static_cast<int32_t>((time - absl::FromUnixSeconds(out.seconds())) / absl::Nanoseconds(1)));
  return out;
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%MZ", FromProto(time), absl::UTCTimeZone());
}

absl::StatusOr<double> ParseNumber(std::string_view field, std::string_view text) {
  double number = 0;
  text = Trim(text);
  if (!FromChars(text, number) || !std::isfinite(number)) return BadField(field, "a number: 41.88");
  return number;
}

absl::StatusOr<int64_t> ParseWhole(std::string_view field, std::string_view text) {
  int64_t number = 0;
  if (!FromChars(Trim(text), number)) return BadField(field, "a whole number");
  return number;
}

absl::StatusOr<common::v1::Point> ParsePoint(std::string_view latitude, std::string_view longitude) {
  common::v1::Point point;
  ASSIGN_OR_RETURN(double north, ParseNumber("latitude", latitude));
  ASSIGN_OR_RETURN(double east, ParseNumber("longitude", longitude));
  point.set_latitude(north);
  point.set_longitude(east);
  return point;
}

absl::StatusOr<common::v1::Point> ParseLatLon(std::string_view field, std::string_view text) {
  size_t comma = text.find(',');
  if (comma == std::string_view::npos) return BadField(field, "latitude and longitude with a comma: 41.88,-87.63");
  return ParsePoint(text.substr(0, comma), text.substr(comma + 1));
}

std::string PointText(const common::v1::Point& point) {
  return fmt::format("{:.6f},{:.6f}", point.latitude(), point.longitude());
}

absl::StatusOr<int> ParseEnum(std::string_view field, const google::protobuf::EnumDescriptor& type,
                              std::string_view text) {
  std::string wanted;
  for (char c : Trim(text)) wanted += c == '-' || c == ' ' ? '_' : Upper(c);
  std::string prefix = PrefixOf(type);
  if (!wanted.starts_with(prefix)) wanted = prefix + wanted;
  const auto* value = type.FindValueByName(wanted);
  if (value == nullptr || value->number() == 0) return BadField(field, "one of " + EnumList(type));
  return value->number();
}

std::string EnumText(const google::protobuf::EnumDescriptor& type, int value) {
  if (value == 0) return "";
  const auto* found = type.FindValueByNumber(value);
  return found == nullptr ? std::to_string(value) : found->name().substr(PrefixOf(type).size());
}

std::string EnumList(const google::protobuf::EnumDescriptor& type) {
  std::string out;
  for (int i = 1; i < type.value_count(); ++i) {
    if (i > 1) out += ", ";
    out += EnumText(type, type.value(i)->number());
  }
  return out;
}

std::string NameIn(std::string_view collection, std::string_view text) {
  if (text.empty() || (text.starts_with(collection) && text.substr(collection.size()).starts_with("/"))) {
    return std::string(text);
  }
  return fmt::format("{}/{}", collection, text);
}

std::string LastPart(std::string_view name) {
  size_t slash = name.rfind('/');
  return std::string(slash == std::string_view::npos ? name : name.substr(slash + 1));
}

std::string WithoutIndex(std::string_view field) {
  size_t open = field.find('[');
  size_t close = field.find("].");
  bool indexed = open != std::string_view::npos && close != std::string_view::npos && open < field.find('.');
  return std::string(indexed ? field.substr(close + 2) : field);
}

std::string_view Trim(std::string_view text) {
  size_t start = text.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

std::string Fold(std::string_view text) {
  std::string out;
  for (char c : Trim(text)) {
    bool blank = kBlanks.find(c) != std::string_view::npos;
    if (blank && out.ends_with(' ')) continue;
    out += blank ? ' ' : Lower(c);
  }
  return out;
}

bool IsUtf8(std::string_view text) {
  for (int32_t i = 0, size = static_cast<int32_t>(text.size()); i < size;) {
    UChar32 c = 0;
    U8_NEXT(text.data(), i, size, c);
    if (c < 0) return false;
  }
  return true;
}

std::string Count(int64_t number) {
  std::string digits = std::to_string(number);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    bool after_digit = i > 0 && IsDigit(digits[i - 1]);
    if (after_digit && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

}  // namespace gridwork::ctl
