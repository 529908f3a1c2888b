#include "common/mysql/predicates.h"

#include <gtest/gtest.h>

namespace gridwork::mysql {
namespace {

TEST(ScopePredicate, HoldsOneRangeForEachAreaAndNothingWithoutOne) {
  Params params;
  EXPECT_EQ(ScopePredicate("grid", {}, params), "FALSE");
  EXPECT_EQ(ScopePredicate("grid", {""}, params), "FALSE");
  EXPECT_TRUE(params.empty());
  EXPECT_EQ(ScopePredicate("grid", {"A", "B/C"}, params),
            "((grid = ? OR (grid >= ? AND grid < ?)) OR (grid = ? OR (grid >= ? AND grid < ?)))");
  ASSERT_EQ(params.size(), 6u);
  EXPECT_EQ(std::get<std::string>(params[3].value()), "B/C");
  EXPECT_EQ(std::get<std::string>(params[4].value()), "B/C/");
  EXPECT_EQ(std::get<std::string>(params[5].value()), "B/C0");
}

TEST(Placeholders, AreAsManyAsAskedFor) {
  EXPECT_EQ(Placeholders(1), "?");
  EXPECT_EQ(Placeholders(3), "?, ?, ?");
  EXPECT_EQ(PlaceholderRows(2, 2), "(?, ?), (?, ?)");
}

}  // namespace
}  // namespace gridwork::mysql
