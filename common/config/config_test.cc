#include "common/config/config.h"

#include <gtest/gtest.h>

#include <fstream>

namespace gridwork::config {
namespace {

std::string FileWith(const std::string& text) {
  std::string path = testing::TempDir() + "config_test_file";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

TEST(Must, StopsTheProcessUnlessAllIsWell) {
  Must("database", absl::OkStatus());
  EXPECT_EXIT(Must("database", absl::UnavailableError("away")), testing::ExitedWithCode(2),
              "configuration: database: away");
}

TEST(ReadFile, DropsLineEndsOnly) { EXPECT_EQ(ReadFile("f", FileWith(" secret \r\n\n")), " secret "); }

TEST(ReadFile, StopsTheProcess) {
  auto exits = testing::ExitedWithCode(2);
  EXPECT_EXIT(ReadFile("password_file", ""), exits, "configuration: --password_file is not set");
  EXPECT_EXIT(ReadFile("password_file", "/does/not/exist"), exits, "cannot read /does/not/exist");
  EXPECT_EXIT(ReadFile("password_file", FileWith("\n")), exits, "is empty");
}

TEST(ReadKey, TakesSixtyFourDigits) {
  EXPECT_EQ(ReadKey("k", FileWith(std::string(64, 'a') + "\n")), std::string(32, '\xaa'));
  auto exits = testing::ExitedWithCode(2);
  for (const std::string& bad : {std::string(62, 'a'), std::string(66, 'a'), std::string(63, 'a') + "g"}) {
    EXPECT_EXIT(ReadKey("k", FileWith(bad)), exits, "64 hexadecimal digits") << bad;
  }
}

TEST(ParseHostPort, TakesBothParts) {
  HostPort out = ParseHostPort("listen", "127.0.0.1:17001");
  EXPECT_EQ(out.host, "127.0.0.1");
  EXPECT_EQ(out.port, 17001);
  auto exits = testing::ExitedWithCode(2);
  for (const char* bad : {"", "host", ":1", "host:", "host:x", "host:70000", "host:1x"}) {
    EXPECT_EXIT(ParseHostPort("listen", bad), exits, "is not host:port") << bad;
  }
}

}  // namespace
}  // namespace gridwork::config
