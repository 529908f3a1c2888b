// UUIDs (RFC 9562). Version 7 carries its time: ids sort by age, and a request_id names its day.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace gridwork {

struct Uuid {
  std::array<uint8_t, 16> bytes{};

  // A new version 7 id: milliseconds of `now`, 74 random bits.
  static Uuid V7(absl::Time now);
  // The 36-character form, lower or upper case; INVALID_ARGUMENT otherwise.
  static absl::StatusOr<Uuid> Parse(std::string_view text);
  // 16 bytes as stored in BINARY(16).
  static absl::StatusOr<Uuid> FromBytes(std::string_view bytes);

  std::string ToString() const;  // lower case, 36 characters
  std::string ToBytes() const { return {bytes.begin(), bytes.end()}; }
  int version() const { return bytes[6] >> 4; }
  absl::Time Time() const;  // of a version 7 id, to the millisecond

  auto operator<=>(const Uuid&) const = default;
};

}  // namespace gridwork
