#include "services/tasks/evidence/scan_flow.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"

namespace gridwork::tasks {
namespace {

TEST(ScanByCommandTest, NoCommandIsNoScan) { EXPECT_EQ(ScanByCommand(""), nullptr); }

TEST(ScanByCommandTest, TheCommandSeesTheBytesAndItsExitDecides) {
  Scan scan = ScanByCommand("! grep -q EICAR");
  EXPECT_TRUE(scan("a picture").value());
  EXPECT_FALSE(scan("a picture with EICAR in it").value());
  const std::string large(10 << 20, 'x');
  EXPECT_TRUE(ScanByCommand("test $(wc -c) = 10485760")(large).value());
  EXPECT_TRUE(ScanByCommand("exit 0")(large).value()) << "who does not read is no hindrance";
}

TEST(ScanByCommandTest, WithoutAnAnswerThePictureWaits) {
  for (const char* command : {"exit 2", "no-such-command-here", "kill -9 $$", "sleep 60"}) {
    const absl::Time begin = absl::Now();
    auto scanned = ScanByCommand(command, 1)("a picture");
    EXPECT_EQ(ReasonOf(scanned.status()), "SCANNER_AWAY") << command;
    EXPECT_TRUE(absl::IsUnavailable(scanned.status())) << command;
    EXPECT_GT(RetryAfterOf(scanned.status()), absl::ZeroDuration());
    EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  }
}

}  // namespace
}  // namespace gridwork::tasks
