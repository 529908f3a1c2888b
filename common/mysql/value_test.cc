#include "common/mysql/value.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace gridwork::mysql {
namespace {

const Rows& Sample() {
  static const Rows rows({"id", "name", "big", "none", "sum"},
                         {int64_t{7}, std::string("a\0b", 3), UINT64_MAX, std::monostate(), std::string("-12"),  //
                          int64_t{-1}, std::string(16, 'u'), uint64_t{1} << 63, std::monostate(), std::string("1.5")});
  return rows;
}

TEST(Rows, CellsAreReadByNameAndPosition) {
  Row row = Sample()[0];
  EXPECT_EQ(row.Get<int64_t>("id"), 7);
  EXPECT_EQ(row.Get<uint8_t>(0), 7);
  EXPECT_TRUE(row.Get<bool>(0));
  EXPECT_EQ(row.Get<std::string>("name").size(), 3u);
  EXPECT_EQ(row.Get<uint64_t>("big"), UINT64_MAX);
  EXPECT_EQ(row.Get<absl::Time>("id"), absl::FromUnixMicros(7));
  EXPECT_EQ(row.Get<std::optional<int64_t>>("none"), std::nullopt);
  EXPECT_EQ(row.Get<std::optional<int64_t>>("id"), 7);
  EXPECT_TRUE(row.IsNull("none"));
  EXPECT_FALSE(row.IsNull(0));
  EXPECT_EQ(row.Get<int64_t>("sum"), -12);  // SUM() is a decimal, which is sent as text
  EXPECT_EQ(Sample()[1].Get<double>("sum"), 1.5);
  EXPECT_EQ(Sample()[1].Get<Uuid>("name").bytes[3], 'u');
}

TEST(Rows, MistakesThrow) {
  Row row = Sample()[0];
  EXPECT_THROW(row.Get<int64_t>("nome"), std::logic_error);
  EXPECT_THROW(row.Get<int64_t>(5), std::logic_error);
  EXPECT_THROW(Sample()[2].Get<int64_t>(0), std::logic_error);
  EXPECT_THROW(row.Get<int64_t>("none"), std::logic_error);
  EXPECT_THROW(row.Get<int64_t>("name"), std::logic_error);
  EXPECT_THROW(row.Get<int64_t>("big"), std::logic_error);
  EXPECT_THROW(Sample()[1].Get<uint64_t>("id"), std::logic_error);
  EXPECT_THROW(row.Get<Uuid>("name"), std::logic_error);
  EXPECT_THROW(Sample()[1].Get<int64_t>("sum"), std::logic_error);
}

TEST(Rows, AreIterated) {
  int64_t sum = 0;
  for (Row row : Sample()) sum += row.Get<int64_t>("id");
  EXPECT_EQ(sum, 6);
  EXPECT_EQ(Sample().size(), 2u);
  EXPECT_TRUE(Rows().empty());
  EXPECT_TRUE(Rows({"a"}, {}).empty());
}

TEST(Param, HoldsWhatItIsMadeOf) {
  EXPECT_EQ(Param(true).value(), Value(int64_t{1}));
  EXPECT_EQ(Param(5u).value(), Value(int64_t{5}));
  EXPECT_EQ(Param(UINT64_MAX).value(), Value(UINT64_MAX));
  EXPECT_EQ(Param(std::nullopt).value(), Value());
  EXPECT_EQ(Param(std::optional<std::string>()).value(), Value());
  EXPECT_EQ(Param(std::optional<std::string>("x")).value(), Value("x"));
  EXPECT_EQ(Param(absl::FromUnixMicros(-3)).value(), Value(int64_t{-3}));
  EXPECT_EQ(Param(Uuid{}).value(), Value(std::string(16, '\0')));
}

}  // namespace
}  // namespace gridwork::mysql
