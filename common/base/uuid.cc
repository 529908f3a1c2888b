#include "common/base/uuid.h"

#include <sodium.h>

#include <algorithm>

namespace gridwork {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsDash(size_t position) { return position == 8 || position == 13 || position == 18 || position == 23; }

}  // namespace

Uuid Uuid::V7(absl::Time now) {
  Uuid out;
  randombytes_buf(out.bytes.data(), out.bytes.size());
  uint64_t ms = static_cast<uint64_t>(absl::ToUnixMillis(now));
  for (int i = 0; i < 6; ++i) out.bytes[i] = static_cast<uint8_t>(ms >> (40 - 8 * i));
  out.bytes[6] = static_cast<uint8_t>(0x70 | (out.bytes[6] & 0x0f));
  out.bytes[8] = static_cast<uint8_t>(0x80 | (out.bytes[8] & 0x3f));
  return out;
}

absl::StatusOr<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != 36) return absl::InvalidArgumentError("must be a UUID of 36 characters");
  Uuid out;
  size_t byte = 0;
  for (size_t i = 0; i < text.size();) {
    if (IsDash(i)) {
      if (text[i++] != '-') return absl::InvalidArgumentError("must be a UUID: dashes after 8, 12, 16 and 20 digits");
      continue;
    }
    int high = HexValue(text[i]), low = HexValue(text[i + 1]);
    if (high < 0 || low < 0) return absl::InvalidArgumentError("must be a UUID: hexadecimal digits and dashes");
    out.bytes[byte++] = static_cast<uint8_t>(high << 4 | low);
    i += 2;
  }
  return out;
}

absl::StatusOr<Uuid> Uuid::FromBytes(std::string_view bytes) {
  if (bytes.size() != 16) return absl::InvalidArgumentError("a UUID has 16 bytes");
  Uuid out;
  std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
  return out;
}

std::string Uuid::ToString() const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (uint8_t b : bytes) {
    if (IsDash(out.size())) out.push_back('-');
    out.push_back(kHex[b >> 4]);
    out.push_back(kHex[b & 15]);
  }
  return out;
}

absl::Time Uuid::Time() const {
  int64_t ms = 0;
  for (int i = 0; i < 6; ++i) ms = ms << 8 | bytes[i];
  return absl::FromUnixMillis(ms);
}

}  // namespace gridwork
