#include "common/mysql/outbox.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/mysql_fixture.h"

namespace gridwork::mysql {
namespace {

TEST(Outbox, RowsAppearWithTheCommitAndStayUntilRemoved) {
  testing::MysqlSchema schema;
  Database database(schema.pool());
  Outbox outbox(database);
  absl::Time soon = absl::Now() + absl::Seconds(30);
  constexpr int kRows = 1234;

  auto add = [&](absl::Status end) {
    return database.RunInTransaction(soon, [&](Transaction& transaction) {
      for (int i = 0; i < kRows; ++i) transaction.AddToOutbox("queue", fmt::format("task {}", i));
      transaction.AddToOutbox("other", "x");
      return end;
    });
  };
  EXPECT_FALSE(add(absl::CancelledError()).ok());
  EXPECT_TRUE(outbox.Take("queue", 10, soon)->empty());
  EXPECT_TRUE(add(absl::OkStatus()).ok());

  auto first = outbox.Take("queue", 10, soon).value();
  ASSERT_EQ(first.size(), 10u);
  EXPECT_EQ(first[9].entity, "task 9");
  EXPECT_LT(absl::AbsDuration(absl::Now() - first[0].created), absl::Seconds(10));
  EXPECT_EQ(outbox.Take("queue", 10, soon).value()[0].id, first[0].id);  // nothing moves by reading

  std::vector<int64_t> ids;
  auto all = outbox.Take("queue", kRows, soon).value();
  for (const OutboxRow& row : all) ids.push_back(row.id);
  EXPECT_EQ(ids.size(), size_t{kRows});
  EXPECT_TRUE(outbox.Remove(ids, soon).ok());
  EXPECT_TRUE(outbox.Remove(ids, soon).ok());
  EXPECT_TRUE(outbox.Remove({}, soon).ok());
  EXPECT_TRUE(outbox.Take("queue", 10, soon)->empty());
  EXPECT_EQ(outbox.Take("other", 10, soon)->size(), 1u);
}

}  // namespace
}  // namespace gridwork::mysql
