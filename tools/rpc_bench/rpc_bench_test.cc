// The benchmark runs, and says what it measured in lines that a program can read. Not what it measured: here, other
// tests run beside it.
#include <gtest/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace {

TEST(RpcBenchTest, PrintsOneJsonLineForEachMetric) {
  FILE* out = popen(RPC_BENCH " --runs=1 --seconds=0.3 --warm_up=0.1 --in_flight=1,16", "r");
  ASSERT_NE(out, nullptr);
  std::string text;
  for (int c = 0; (c = fgetc(out)) != EOF;) text += static_cast<char>(c);
  const int status = pclose(out);
  ASSERT_TRUE(WIFEXITED(status));

  std::set<std::string> names;
  bool all_hold = true;
  for (size_t begin = 0, end = 0; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    auto line = nlohmann::json::parse(text.substr(begin, end - begin));
    EXPECT_EQ(line.size(), 8) << line;
    EXPECT_EQ(line.at("bench"), "rpc");
    EXPECT_TRUE(names.insert(line.at("metric")).second) << line;
    EXPECT_GE(line.at("value"), 0) << line;
    EXPECT_TRUE(line.at("unit").is_string()) << line;
    EXPECT_EQ(line.at("limit").is_null(), line.at("ratio").is_null()) << line;
    EXPECT_EQ(line.at("goal").is_null(), line.at("holds").is_null()) << line;
    all_hold = all_hold && line.at("holds") != false;
  }
  for (const char* name : {"echo.1.calls", "known_token.16.p99", "new_token.16.server_cpu", "new_token.rss"})
    EXPECT_TRUE(names.contains(name)) << name;
  EXPECT_EQ(WEXITSTATUS(status), all_hold ? 0 : 1);
}

}  // namespace
