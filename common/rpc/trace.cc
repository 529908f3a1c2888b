#include "common/rpc/trace.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace gridwork::rpc {
namespace {

// Ids must be unique, not secret: a counter hashed with a random key of the process costs a tenth of a system call.
uint64_t NextRandom() {
  static const auto key = [] {
    std::array<unsigned char, crypto_shorthash_KEYBYTES> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    return bytes;
  }();
  static std::atomic<uint64_t> counter{0};
  uint64_t in = counter.fetch_add(1, std::memory_order_relaxed), out = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&out), reinterpret_cast<const unsigned char*>(&in), sizeof(in),
                   key.data());
  return out | 1;  // all zero is invalid
}

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// "00-" trace id "-" parent id "-" flags; a later version may have more after them.
bool IsTraceparent(std::string_view text) {
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  if (text.substr(0, 2) == "ff" || (text.substr(0, 2) == "00" && text.size() != 55)) return false;
  std::string_view trace = text.substr(3, 32), parent = text.substr(36, 16);
  return IsLowerHex(text.substr(0, 2)) && IsLowerHex(trace) && IsLowerHex(parent) && IsLowerHex(text.substr(53, 2)) &&
         trace.find_first_not_of('0') != trace.npos && parent.find_first_not_of('0') != parent.npos;
}

}  // namespace

Trace Trace::Continue(std::string_view traceparent) {
  Trace out;
  if (IsTraceparent(traceparent)) {
    out.trace_id = traceparent.substr(3, 32);
    out.sampled = ((traceparent[54] <= '9' ? traceparent[54] - '0' : traceparent[54] - 'a' + 10) & 1) != 0;
  } else {
    out.trace_id = fmt::format("{:016x}{:016x}", NextRandom(), NextRandom());
  }
  out.span_id = fmt::format("{:016x}", NextRandom());
  return out;
}

std::string Trace::traceparent() const { return fmt::format("00-{}-{}-{:02x}", trace_id, span_id, sampled ? 1 : 0); }

}  // namespace gridwork::rpc
