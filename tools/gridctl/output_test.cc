#include "tools/gridctl/output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gridwork/tasks/v1/place_service.pb.h"

namespace gridwork::ctl {
namespace {

TEST(Tables, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({"CODE", "NAME", "TASKS"});
  table.AlignRight(2);
  table.Add({"CA32", "Loop", "7"});
  table.Add({"CA1", "Rogers Park", "1,234"});
  EXPECT_EQ(table.ToString(),
            "CODE  NAME         TASKS\n"
            "CA32  Loop             7\n"
            "CA1   Rogers Park  1,234\n");
}

TEST(Tables, NothingIsSaid) { EXPECT_EQ(Table({"A", "B"}).ToString(), "none\n"); }

TEST(Tables, NoBlanksAtTheEndAndMissingCellsAreEmpty) {
  Table table({"A", "B"});
  table.Add({"x"});
  EXPECT_EQ(table.ToString(), "A  B\nx\n");
}

TEST(Tables, WidthsOnTheScreen) {
  EXPECT_EQ(WidthOf("abc"), 3);
  EXPECT_EQ(WidthOf("Zürich"), 6);
  EXPECT_EQ(WidthOf("東京"), 4);
  EXPECT_EQ(WidthOf("e\u0301"), 1) << "a combining accent";
  Table table({"NAME", "X"});
  table.Add({"東京", "1"});
  table.Add({"Zürich", "2"});
  EXPECT_EQ(table.ToString(), "NAME    X\n東京    1\nZürich  2\n");
}

TEST(Tables, ANameCannotDriveTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[2Jb\nc\u202e"), "a?[2Jb?c?");
  EXPECT_EQ(Printable("\xFF"), "?");
  EXPECT_EQ(Printable("naïve 🍕"), "naïve 🍕");
}

TEST(Cards, LeaveOutWhatIsEmpty) {
  Card card;
  card.Add("Area", "CHI");
  card.Add("Parent", "");
  card.Add("Display name", "Chicago");
  EXPECT_EQ(card.ToString(), "Area:          CHI\nDisplay name:  Chicago\n");
}

TEST(Json, NamesOfTheProtoFileAndEveryField) {
  tasks::v1::ListPlacesResponse none;
  auto document = nlohmann::json::parse(ToJson(none));
  EXPECT_TRUE(document["places"].empty());
  EXPECT_EQ(document["next_page_token"], "");
}

}  // namespace
}  // namespace gridwork::ctl
