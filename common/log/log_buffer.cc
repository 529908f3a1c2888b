#include "common/log/log_buffer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace gridwork::log {

LogBuffer::LogBuffer(int fd, size_t bound_bytes) : fd_(fd), bound_(bound_bytes) {
  flush_.Start(absl::Milliseconds(20), [this] { Flush(); });
}

LogBuffer::~LogBuffer() {
  flush_.Stop();
  Flush();
}

void LogBuffer::Write(std::string_view line) {
  MutexLock lock(mu_);
  if (buffer_.size() + line.size() + 1 > bound_) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  buffer_.append(line);
  buffer_.push_back('\n');
}

void LogBuffer::Flush() {
  std::string out;
  {
    MutexLock lock(mu_);
    out.swap(buffer_);
    buffer_.reserve(out.capacity() / 2);
  }
  for (size_t done = 0; done < out.size();) {
    ssize_t n = ::write(fd_, out.data() + done, out.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    done += static_cast<size_t>(n);
  }
}

void AppendEscaped(std::string_view text, std::string& out) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
}

}  // namespace gridwork::log
