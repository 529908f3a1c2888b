#include "common/log/log_buffer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace gridwork::log {
namespace {

std::string ReadAll(int fd) {
  std::string out;
  std::array<char, 4096> chunk;
  for (ssize_t n; (n = read(fd, chunk.data(), chunk.size())) > 0;) out.append(chunk.data(), static_cast<size_t>(n));
  return out;
}

TEST(LogBuffer, WritesWholeLinesInOrderAndTheRestAtTheEnd) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  {
    LogBuffer buffer(ends[1]);
    buffer.Write("one");
    buffer.Write("two");
  }
  close(ends[1]);
  EXPECT_EQ(ReadAll(ends[0]), "one\ntwo\n");
  close(ends[0]);
}

TEST(LogBuffer, DropsAndCountsWhenFull) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  {
    LogBuffer buffer(ends[1], 10);
    buffer.Write("0123456789");  // with its line end one byte too long
    buffer.Write("short");
    EXPECT_EQ(buffer.dropped(), 1);
  }
  close(ends[1]);
  EXPECT_EQ(ReadAll(ends[0]), "short\n");
  close(ends[0]);
}

TEST(AppendEscaped, LeavesNoWayOutOfTheString) {
  std::string out;
  AppendEscaped("a\"b\\c\n\x01\x7f\xc3\xa9", out);
  EXPECT_EQ(out, "a\\\"b\\\\c\\u000a\\u0001\\u007f\xc3\xa9");
}

}  // namespace
}  // namespace gridwork::log
