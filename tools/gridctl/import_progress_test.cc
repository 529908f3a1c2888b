#include "tools/gridctl/import_progress.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "common/base/error.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/progress_bar.h"

namespace gridwork::ctl {
namespace {

ImportProgress Example() {
  ImportProgress progress;
  progress.identity = {.source = "list", .root = "CHI", .header = "a,\"b\n\"\n", .file_bytes = 900, .dry_run = true};
  progress.offset = 500;
  progress.line = 12;
  progress.row = 10;
  progress.verdict_bytes = 333;
  progress.counts = {.created = 1, .updated = 2, .unchanged = 3, .rejected = 4, .unplaced = 5};
  progress.counts.AddUnknown("Café \xFF");
  progress.counts.unknown_kinds = {{"Café", 7}};
  return progress;
}

std::string Path() { return testing::TempDir() + "/gridctl_progress_test.json"; }

TEST(Progress, IsReadAsItWasWritten) {
  ASSERT_TRUE(SaveProgress(Path(), Example()).ok());
  auto read = LoadProgress(Path(), Example().identity);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(**read, Example());
}

TEST(Progress, NoneIsNoError) {
  unlink(Path().c_str());
  auto read = LoadProgress(Path(), Example().identity);
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->has_value());
}

TEST(Progress, OfAnotherImportIsRefused) {
  ASSERT_TRUE(SaveProgress(Path(), Example()).ok());
  for (int i = 0; i < 5; ++i) {
    ImportIdentity other = Example().identity;
    if (i == 0) other.source = "other";
    if (i == 1) other.root = "NYC";
    if (i == 2) other.header = "x\n";
    if (i == 3) other.file_bytes = 901;
    if (i == 4) other.dry_run = false;
    EXPECT_EQ(ReasonOf(LoadProgress(Path(), other).status()), "PROGRESS_OF_ANOTHER_IMPORT") << i;
  }
}

TEST(Progress, GarbageIsRefused) {
  for (const char* text : {"", "{}", "[1]", "{\"source\": 7}", "not JSON"}) {
    ASSERT_TRUE(WriteFile(Path(), text, 0600).ok());
    EXPECT_EQ(ReasonOf(LoadProgress(Path(), Example().identity).status()), "BAD_PROGRESS") << text;
  }
}

TEST(Progress, UnknownSpellingsTakeBoundedMemory) {
  ImportCounts counts;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1'500; ++i) counts.AddUnknown("spelling " + std::to_string(i));
  }
  EXPECT_EQ(counts.unknown_kinds.size(), ImportCounts::kMaxUnknown);
  EXPECT_EQ(counts.unknown_kinds["spelling 0"], 2);
  EXPECT_EQ(counts.other_unknown, 1'000);
}

std::string Shown(ProgressBar::Style style) {
  char* text = nullptr;
  size_t size = 0;
  FILE* out = open_memstream(&text, &size);
  {
    absl::Time start = absl::FromUnixSeconds(1'000);
    ProgressBar bar(out, style, "rows", start);
    for (int i = 1; i <= 40; ++i) {
      bar.Show(static_cast<uint64_t>(i) * 100, 4'000, i * 300, start + i * absl::Milliseconds(500));
    }
  }
  fclose(out);
  std::string shown(text, size);
  free(text);  // NOLINT(cppcoreguidelines-no-malloc)
  return shown;
}

TEST(ProgressBars, ALineForEachTenthWhereThereIsNoTerminal) {
  std::string shown = Shown(ProgressBar::Style::kLines);
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 10);
  EXPECT_EQ(shown.substr(0, shown.find('\n')), " 10 %  1,200 rows");
  EXPECT_NE(shown.find("100 %  12,000 rows\n"), std::string::npos);
}

TEST(ProgressBars, ABarOnATerminalAndNothingWhenQuiet) {
  std::string shown = Shown(ProgressBar::Style::kBar);
  EXPECT_EQ(shown.back(), '\n');
  EXPECT_NE(shown.find("[##############################] 100 %  12,000 rows"), std::string::npos) << shown;
  EXPECT_EQ(Shown(ProgressBar::Style::kNone), "");
}

}  // namespace
}  // namespace gridwork::ctl
