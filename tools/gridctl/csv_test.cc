#include "tools/gridctl/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/base/error.h"

namespace gridwork::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Records = std::vector<std::vector<std::string>>;

absl::StatusOr<Records> ReadAll(const std::string& text) {
  std::istringstream in(text);
  CsvReader reader(in);
  Records out;
  std::vector<std::string> record;
  for (;;) {
    auto more = reader.Next(record);
    if (!more.ok()) return more.status();
    if (!*more) return out;
    out.push_back(record);
  }
}

Records Good(const std::string& text) {
  auto records = ReadAll(text);
  EXPECT_TRUE(records.ok()) << records.status();
  return records.ok() ? *records : Records();
}

std::string Refused(const std::string& text) {
  auto records = ReadAll(text);
  EXPECT_FALSE(records.ok());
  EXPECT_EQ(ReasonOf(records.status()), "BAD_CSV");
  return std::string(records.status().message());
}

TEST(Csv, PlainRecords) {
  EXPECT_THAT(Good("a,b\n1,2\n"), ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
  EXPECT_THAT(Good("a,b\r\n1,2\r\n"), ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
  EXPECT_THAT(Good("a,b"), ElementsAre(ElementsAre("a", "b"))) << "no line end at the end";
  EXPECT_THAT(Good(",\n"), ElementsAre(ElementsAre("", "")));
  EXPECT_THAT(Good("a,"), ElementsAre(ElementsAre("a", "")));
  EXPECT_THAT(Good(""), ElementsAre());
  EXPECT_THAT(Good("\n\r\n\na\n\n"), ElementsAre(ElementsAre("a"))) << "empty lines";
}

TEST(Csv, Quotes) {
  EXPECT_THAT(Good("\"a,b\",\"c\"\"d\",\"\"\n"), ElementsAre(ElementsAre("a,b", "c\"d", "")));
  EXPECT_THAT(Good("\"two\nlines\",\"three\r\nlines\"\r\nx,y\n"),
              ElementsAre(ElementsAre("two\nlines", "three\r\nlines"), ElementsAre("x", "y")));
  EXPECT_THAT(Good("\"at the end\""), ElementsAre(ElementsAre("at the end")));
  EXPECT_THAT(Good("JOE'S \"BAR\",x\n"), ElementsAre(ElementsAre("JOE'S \"BAR\"", "x"))) << "kept as it is";
  EXPECT_THAT(Good("\"\"\n"), ElementsAre(ElementsAre("")));
}

TEST(Csv, ByteOrderMarks) {
  EXPECT_THAT(Good("\xEF\xBB\xBFid,name\n1,2\n"), ElementsAre(ElementsAre("id", "name"), ElementsAre("1", "2")));
  EXPECT_THAT(Good("\xEF\xBB\xBF\"id\"\n"), ElementsAre(ElementsAre("id")));
  EXPECT_THAT(Refused(std::string("\xFF\xFEi\0d\0", 6)), HasSubstr("UTF-16"));
}

TEST(Csv, BrokenFilesNameTheLine) {
  EXPECT_THAT(Refused("a,b\n1,\"cut o"), HasSubstr("line 2: a quoted field never ends"));
  EXPECT_THAT(Refused("a\n\"x\ny\"\n\"z\"!\n"), HasSubstr("line 4: text after a closing quote"));
  EXPECT_THAT(Refused("\"x\"\rz\n"), HasSubstr("text after a closing quote"));
}

TEST(Csv, LimitsKeepMemorySmall) {
  std::string most(CsvReader::kMaxFieldBytes, 'x');
  EXPECT_EQ(Good(most + ",y\n")[0][0].size(), most.size());
  EXPECT_THAT(Refused(most + "x\n"), HasSubstr("more than 1 MB"));
  EXPECT_THAT(Refused("a\n\"" + most + "x\"\n"), HasSubstr("line 2: a field of more than 1 MB"));
  EXPECT_THAT(Refused(most + "," + most + "," + most + "," + most + ",1\n"), HasSubstr("more than 4 MB"));
  EXPECT_THAT(Refused(std::string(1000, ',') + "\n"), HasSubstr("more than 1,000 fields"));
}

TEST(Csv, OffsetsLeadBackToEveryRecord) {
  std::string text = "\xEF\xBB\xBFh1,h2\r\n\r\n\"a\nb\",1\nc,2\r\n\n\"d\",3";
  std::istringstream in(text);
  CsvReader reader(in);
  std::vector<std::string> record;
  std::vector<std::pair<uint64_t, uint64_t>> places;
  Records records;
  for (;;) {
    places.emplace_back(reader.offset(), reader.line());
    auto more = reader.Next(record);
    ASSERT_TRUE(more.ok()) << more.status();
    if (!*more) break;
    records.push_back(record);
  }
  ASSERT_EQ(records.size(), 4u);
  for (size_t i = 1; i < records.size(); ++i) {
    std::istringstream again(text);
    CsvReader from_there(again);
    ASSERT_TRUE(from_there.Next(record).ok());
    ASSERT_TRUE(from_there.Seek(places[i].first, places[i].second).ok());
    ASSERT_TRUE(*from_there.Next(record));
    EXPECT_EQ(record, records[i]);
    EXPECT_EQ(from_there.offset(), places[i + 1].first);
    EXPECT_EQ(from_there.line(), places[i + 1].second);
  }
}

TEST(Csv, WhatIsWrittenIsReadAgain) {
  std::vector<std::string> fields = {"plain", "a,b", "say \"x\"", "two\nlines", "", " blank "};
  EXPECT_THAT(Good(CsvLine(fields)), ElementsAre(fields));
}

TEST(Csv, TheRealPremises) {
  std::ifstream in(GRIDWORK_SOURCE_DIR "/tests/data/chicago/premises.csv", std::ios::binary);
  CsvReader reader(in);
  std::vector<std::string> record;
  int rows = 0;
  while (*reader.Next(record)) {
    ASSERT_EQ(record.size(), 16u) << "line " << reader.line();
    ++rows;
  }
  EXPECT_EQ(rows, 12'367 + 1);
}

}  // namespace
}  // namespace gridwork::ctl
