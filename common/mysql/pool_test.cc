#include "common/mysql/pool.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "tests/support/mysql_fixture.h"
#include "tests/support/tcp_proxy.h"

namespace gridwork::mysql {
namespace {

testing::MysqlSchema& Schema() {
  static testing::MysqlSchema schema{testing::MysqlSchema::Empty()};
  return schema;
}

Config Small(int size) {
  Config config = Schema().config();
  config.size = size;
  return config;
}

absl::Time Soon() { return absl::Now() + absl::Seconds(5); }

void WaitFor(const Pool& pool, int waiting) {
  while (pool.stats().waiting < waiting) absl::SleepFor(absl::Milliseconds(1));
}

TEST(Pool, ConnectsWhenThereIsNeedAndReuses) {
  Pool pool(Small(4));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(pool.Acquire(Soon()).ok());
  EXPECT_EQ(pool.stats().connects, 1u);
  {
    Lease one = *pool.Acquire(Soon()), two = *pool.Acquire(Soon());
    EXPECT_EQ(pool.stats().in_use, 2);
    EXPECT_NE(one->id(), two->id());
  }
  EXPECT_EQ(pool.stats().idle, 2);
  EXPECT_EQ(pool.stats().in_use, 0);
}

TEST(Pool, ServesInTheOrderOfArrival) {
  Config config = Small(1);
  config.acquire_timeout = absl::Seconds(10);
  Pool pool(config);
  std::optional<Lease> held = *pool.Acquire(Soon());
  std::vector<int> order;
  Mutex mu;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&, i] {
      Lease lease = *pool.Acquire(absl::InfiniteFuture());
      MutexLock lock(mu);
      order.push_back(i);
    });
    WaitFor(pool, i + 1);
  }
  held.reset();
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(order.size(), 20u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Pool, WaitsNoLongerThanItsTimeoutOrTheDeadline) {
  Pool pool(Small(1));
  Lease held = *pool.Acquire(Soon());
  for (absl::Duration wait : {absl::Milliseconds(50), absl::Seconds(5)}) {
    absl::Time start = absl::Now();
    absl::Status busy = pool.Acquire(start + wait).status();
    absl::Duration took = absl::Now() - start;
    EXPECT_EQ(busy.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(ReasonOf(busy), "DATABASE_BUSY");
    EXPECT_GT(RetryAfterOf(busy), absl::ZeroDuration());
    EXPECT_GE(took, std::min(wait, absl::Milliseconds(500)));
    EXPECT_LT(took, std::min(wait, absl::Milliseconds(500)) + absl::Milliseconds(300));
  }
  EXPECT_EQ(pool.Acquire(absl::Now()).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(pool.stats().timeouts, 2u);
  EXPECT_EQ(pool.stats().waiting, 0);
}

TEST(Pool, RollsBackWhatIsOpen) {
  Schema().Run("CREATE OR REPLACE TABLE rolled (k INT PRIMARY KEY)");
  Pool pool(Small(1));
  {
    Lease lease = *pool.Acquire(Soon());
    ASSERT_TRUE(lease->Begin().ok());
    ASSERT_TRUE(lease->Execute("INSERT INTO rolled VALUES (1)").ok());
  }
  Lease lease = *pool.Acquire(Soon());
  EXPECT_FALSE(lease->in_transaction());
  EXPECT_EQ(lease->Query("SELECT COUNT(*) FROM rolled").value()[0].Get<int>(0), 0);
}

TEST(Pool, ReplacesBrokenConnectionsAndKeepsTheOthers) {
  Pool pool(Small(1));
  uint64_t first = 0;
  {
    Lease lease = *pool.Acquire(Soon());
    first = lease->id();
    EXPECT_FALSE(lease->Query("SELECT nothing").ok());
  }
  {
    Lease lease = *pool.Acquire(Soon());
    EXPECT_EQ(lease->id(), first);
    Schema().Run(fmt::format("KILL {}", first));
    EXPECT_FALSE(lease->Query("SELECT 1").ok());
  }
  EXPECT_EQ(pool.stats().broken, 1u);
  Lease lease = *pool.Acquire(Soon());
  EXPECT_NE(lease->id(), first);
  EXPECT_TRUE(lease->Query("SELECT 1").ok());
}

TEST(Pool, PingsWhatWasIdleForLong) {
  Config config = Small(3);
  config.ping_after = absl::ZeroDuration();
  Pool pool(config);
  std::vector<uint64_t> ids;
  {
    std::vector<Lease> leases;
    for (int i = 0; i < 3; ++i) leases.push_back(*pool.Acquire(Soon()));
    for (Lease& lease : leases) ids.push_back(lease->id());
  }
  for (uint64_t id : ids) Schema().Run(fmt::format("KILL {}", id));
  Lease lease = *pool.Acquire(Soon());
  EXPECT_TRUE(lease->Query("SELECT 1").ok());
  EXPECT_EQ(pool.stats().broken, 3u);
  EXPECT_EQ(pool.stats().connects, 4u);
}

TEST(Pool, ManyThreadsShareFewConnections) {
  Config config = Small(4);
  config.acquire_timeout = absl::Seconds(20);
  Pool pool(config);
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        auto lease = pool.Acquire(absl::InfiniteFuture());
        if (!lease.ok() || !(*lease)->Query("SELECT ?", i).ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_LE(pool.stats().connects, 4u);
  EXPECT_EQ(pool.stats().in_use, 0);
}

// 30 callers at once, and then one more: each must hear "away" within 2 s.
void ExpectAwaySoon(Pool& pool) {
  std::vector<std::thread> threads;
  Mutex mu;
  absl::Duration longest;
  auto call = [&] {
    absl::Time start = absl::Now();
    absl::Status status = pool.Acquire(start + absl::Seconds(30)).status();
    MutexLock lock(mu);
    longest = std::max(longest, absl::Now() - start);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(ReasonOf(status), "DATABASE_AWAY");
  };
  for (int i = 0; i < 30; ++i) threads.emplace_back(call);
  for (std::thread& thread : threads) thread.join();
  call();
  EXPECT_LT(longest, absl::Seconds(2));
}

TEST(Pool, ADatabaseThatIsDownIsAwayAtOnce) {
  Config config = Small(16);
  config.port = testing::ClosedPort();
  Pool pool(config);
  ExpectAwaySoon(pool);
  absl::Time start = absl::Now();
  EXPECT_FALSE(pool.Acquire(Soon()).ok());
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(100));
}

TEST(Pool, ADatabaseThatNeverAnswersIsAwayInLessThanTwoSeconds) {
  testing::SilentPort silent;
  Config config = Small(16);
  config.port = silent.port();
  Pool pool(config);
  ExpectAwaySoon(pool);
}

TEST(Pool, ADatabaseThatComesBackIsUsedAgain) {
  testing::TcpProxy proxy(Schema().config().port);
  Config config = Small(2);
  config.port = proxy.port();
  config.read_timeout = absl::Seconds(1);
  Pool pool(config);
  { ASSERT_TRUE((*pool.Acquire(Soon()))->Query("SELECT 1").ok()); }
  proxy.BlackHole(true);
  {
    Lease lease = *pool.Acquire(Soon());
    absl::Time start = absl::Now();
    EXPECT_EQ(ReasonOf(lease->Query("SELECT 1").status()), "DATABASE_AWAY");
    EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  }
  ExpectAwaySoon(pool);
  proxy.BlackHole(false);
  absl::SleepFor(config.away_pause);
  auto lease = pool.Acquire(Soon());
  ASSERT_TRUE(lease.ok()) << lease.status();
  EXPECT_TRUE((*lease)->Query("SELECT 1").ok());
}

}  // namespace
}  // namespace gridwork::mysql
