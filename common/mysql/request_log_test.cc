#include "common/mysql/request_log.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/support/mysql_fixture.h"

namespace gridwork::mysql {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

struct Partitions {
  int64_t first, last, count;
};

Partitions Read(Pool& pool) {
  Lease lease = *pool.Acquire(absl::InfiniteFuture());
  Rows rows =
      lease
          ->Query(
              "SELECT MIN(CAST(partition_description AS SIGNED)) - 1, MAX(CAST(partition_description AS SIGNED)) - 1, "
              "COUNT(*) "
              "FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = 'request_log' AND "
              "partition_name <> 'p_floor'")
          .value();
  return {rows[0].Get<int64_t>(0), rows[0].Get<int64_t>(1), rows[0].Get<int64_t>(2)};
}

TEST(RequestLog, TheDayIsThatOfTheId) {
  absl::Time midnight = absl::UnixEpoch() + 20'000 * kDay;
  EXPECT_EQ(RequestDay(Uuid::V7(midnight)), 20'000);
  EXPECT_EQ(RequestDay(Uuid::V7(midnight - absl::Milliseconds(1))), 19'999);
}

TEST(RequestLog, PartitionsFollowTheDays) {
  testing::MysqlSchema schema;  // made today's
  RequestLogPartitions partitions(schema.pool());
  absl::Time now = absl::Now(), forever = absl::InfiniteFuture();
  int64_t today = RequestDay(Uuid::V7(now));
  auto expect = [&](int64_t first, int64_t last) {
    Partitions is = Read(schema.pool());
    EXPECT_EQ(is.first, first);
    EXPECT_EQ(is.last, last);
    EXPECT_EQ(is.count, last - first + 1);
  };
  expect(today - 31, today + 2);
  ASSERT_TRUE(partitions.Maintain(now, forever).ok());
  expect(today - 31, today + 2);
  ASSERT_TRUE(partitions.Maintain(now + kDay, forever).ok());
  expect(today - 30, today + 3);
  ASSERT_TRUE(partitions.Maintain(now, forever).ok());  // a clock that goes back takes nothing away
  expect(today - 30, today + 3);

  // After a long sleep everything is new.
  ASSERT_TRUE(partitions.Maintain(now + 100 * kDay, forever).ok());
  expect(today + 69, today + 102);
}

TEST(RequestLog, ManyMayMaintainAtTheSameTime) {
  testing::MysqlSchema schema;
  absl::Time later = absl::Now() + 3 * kDay;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      absl::Status status = RequestLogPartitions(schema.pool()).Maintain(later, absl::InfiniteFuture());
      EXPECT_TRUE(status.ok()) << status;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Read(schema.pool()).count, 34);
}

}  // namespace
}  // namespace gridwork::mysql
