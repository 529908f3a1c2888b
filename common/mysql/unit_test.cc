#include "common/mysql/unit.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>

#include "common/mysql/database.h"
#include "tests/support/mysql_fixture.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/units_contract.h"

namespace gridwork::mysql {
namespace {

testing::MysqlSchema& Schema() {
  static testing::MysqlSchema schema;
  return schema;
}

constexpr char kAdd[] = "UPDATE counter SET n = n + 1 WHERE k = ?";

class MysqlWorld : public testing::UnitsWorld {
 public:
  explicit MysqlWorld(Config config = Schema().config())
      : pool(std::move(config)), mysql_units(pool, [this](absl::Duration) { ++pauses; }) {
    Schema().Run("CREATE OR REPLACE TABLE counter (k INT PRIMARY KEY, n INT NOT NULL)");
    Schema().Run("INSERT INTO counter VALUES (1, 0), (2, 0)");
    Schema().Run("DELETE FROM request_log");
    Schema().Run("DELETE FROM outbox");
  }
  Units& units() override { return mysql_units; }
  absl::Status Increment(Unit& unit) override { return Transaction::Of(unit).Execute(kAdd, 1).status(); }
  int64_t Committed() override { return Count("SELECT n FROM counter WHERE k = 1"); }
  static int64_t Count(const char* sql) {
    return (*Schema().pool().Acquire(absl::InfiniteFuture()))->Query(sql).value()[0].Get<int64_t>(0);
  }

  Pool pool;
  std::atomic<int> pauses = 0;
  MysqlUnits mysql_units;
};

std::unique_ptr<testing::UnitsWorld> MakeMysqlWorld() { return std::make_unique<MysqlWorld>(); }

}  // namespace
}  // namespace gridwork::mysql

namespace gridwork::testing {
INSTANTIATE_TEST_SUITE_P(Mysql, UnitsContract, ::testing::Values(&mysql::MakeMysqlWorld));
}  // namespace gridwork::testing

namespace gridwork::mysql {
namespace {

class MysqlUnitsTest : public ::testing::Test {
 protected:
  static RequestKey Key() {
    return {.caller = "w", .request_id = Uuid::V7(absl::Now()), .method = "M", .body_hmac = {}};
  }
  static absl::Time Soon() { return absl::Now() + absl::Seconds(20); }
  using Result = absl::StatusOr<std::string>;

  MysqlWorld world_;
};

TEST_F(MysqlUnitsTest, NoStatementNoConnection) {
  Result refused = world_.mysql_units.Run(
      Key(), Soon(), [](Unit&) -> Result { return Error(absl::StatusCode::kNotFound, "NO", "no"); });
  EXPECT_EQ(ReasonOf(refused.status()), "NO");
  EXPECT_EQ(world_.pool.stats().connects, 0u);
}

TEST_F(MysqlUnitsTest, AnExceptionRollsBack) {
  RequestKey key = Key();
  EXPECT_THROW(world_.mysql_units
                   .Run(key, Soon(),
                        [&](Unit& unit) -> Result {
                          world_.Increment(unit).IgnoreError();
                          throw std::logic_error("a mistake");
                        })
                   .IgnoreError(),
               std::logic_error);
  EXPECT_EQ(world_.Committed(), 0);
  EXPECT_EQ(world_.pool.stats().in_use, 0);
}

// The first try locks 1, then 2; another session the other way round.
TEST_F(MysqlUnitsTest, ADeadlockRunsTheBodyAgain) {
  std::atomic<int> runs = 0, after = 0;
  std::promise<void> first_locked, second_locked;
  std::thread other([&] {
    Lease lease = *Schema().pool().Acquire(Soon());
    // The one with more changes survives.
    ASSERT_TRUE(lease->Begin().ok());
    ASSERT_TRUE(
        lease
            ->Execute(
                "INSERT INTO outbox (topic, entity, created_us) VALUES ('x', 'x', 1), ('x', 'x', 1), ('x', 'x', 1)")
            .ok());
    ASSERT_TRUE(lease->Execute(kAdd, 2).ok());
    second_locked.set_value();
    first_locked.get_future().wait();
    EXPECT_TRUE(lease->Execute(kAdd, 1).ok());
    EXPECT_TRUE(lease->Commit().ok());
  });
  Result response = world_.mysql_units.Run(Key(), Soon(), [&](Unit& unit) -> Result {
    unit.AfterCommit([&] { ++after; });
    RETURN_IF_ERROR(world_.Increment(unit));
    if (++runs == 1) {
      second_locked.get_future().wait();
      first_locked.set_value();
    }
    // Swallowed: the unit must find out all the same.
    Transaction::Of(unit).Execute(kAdd, 2).IgnoreError();
    return fmt::format("run {}", runs.load());
  });
  other.join();
  EXPECT_EQ(response.value(), "run 2");
  EXPECT_EQ(after, 1);
  EXPECT_EQ(world_.pauses, 1);
  EXPECT_EQ(world_.mysql_units.stats().retries, 1u);
  EXPECT_EQ(world_.Committed(), 2);
}

TEST_F(MysqlUnitsTest, AfterADeadlockNoStatementRunsOnItsOwn) {
  absl::Status second;
  int runs = 0;
  Result response = world_.mysql_units.Run(Key(), Soon(), [&](Unit& unit) -> Result {
    Transaction& transaction = Transaction::Of(unit);
    if (++runs == 1) {
      absl::Status deadlock = transaction.Execute("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213").status();
      EXPECT_EQ(ReasonOf(deadlock), "DEADLOCK");
      second = transaction.Execute(kAdd, 1).status();
    }
    return "";
  });
  EXPECT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(ReasonOf(second), "DEADLOCK");
  EXPECT_EQ(world_.Committed(), 0);
}

TEST_F(MysqlUnitsTest, TriesAreBounded) {
  int runs = 0;
  Result response = world_.mysql_units.Run(Key(), Soon(), [&](Unit& unit) -> Result {
    ++runs;
    return Transaction::Of(unit).Execute("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213").status();
  });
  EXPECT_EQ(ReasonOf(response.status()), "DEADLOCK");
  EXPECT_EQ(runs, Backoff::kTries);
}

TEST_F(MysqlUnitsTest, ALockThatIsHeldIsWaitedForAndThenTriedAgain) {
  Config config = Schema().config();
  config.lock_wait = absl::Seconds(1);
  MysqlWorld world(config);
  std::optional<Lease> holder = *Schema().pool().Acquire(Soon());
  ASSERT_TRUE((*holder)->Begin().ok());
  ASSERT_TRUE((*holder)->Execute(kAdd, 1).ok());
  int runs = 0;
  Result response = world.mysql_units.Run(Key(), Soon(), [&](Unit& unit) -> Result {
    if (++runs == 2) holder.reset();
    RETURN_IF_ERROR(world.Increment(unit));
    return "";
  });
  EXPECT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(runs, 2);
}

// The twin commits between our look and our body: what it changed makes our body fail, and yet its answer is ours.
TEST_F(MysqlUnitsTest, ARefusalThatAFasterTwinCausedIsItsAnswer) {
  RequestKey key = Key();
  auto create = [&](bool twin) {
    return [&, twin](Unit& unit) -> Result {
      if (!twin) {
        MysqlUnits other(Schema().pool());
        EXPECT_EQ(other
                      .Run(key, Soon(),
                           [&](Unit& u) -> Result {
                             RETURN_IF_ERROR(Transaction::Of(u).Execute("INSERT INTO counter VALUES (7, 7)").status());
                             return "the twin's";
                           })
                      .value(),
                  "the twin's");
      }
      RETURN_IF_ERROR(Transaction::Of(unit).Execute("INSERT INTO counter VALUES (7, 7)").status());
      return "ours";
    };
  };
  EXPECT_EQ(world_.mysql_units.Run(key, Soon(), create(false)).value(), "the twin's");
  EXPECT_EQ(world_.mysql_units.stats().duplicates, 1u);
  // Another request, with the same body, is refused.
  EXPECT_EQ(ReasonOf(world_.mysql_units.Run(Key(), Soon(), create(true)).status()), "DUPLICATE");
}

TEST_F(MysqlUnitsTest, ADeadIdleConnectionIsReplaced) {
  RequestKey key = Key();
  EXPECT_TRUE(world_.mysql_units.FindResponse(key).ok());
  uint64_t id = (*world_.pool.Acquire(Soon()))->id();
  auto run = [&] {
    return world_.mysql_units.Run(key, Soon(), [&](Unit& unit) -> Result {
      RETURN_IF_ERROR(world_.Increment(unit));
      return "";
    });
  };
  Schema().Run(fmt::format("KILL {}", id));
  EXPECT_TRUE(run().ok());
  id = (*world_.pool.Acquire(Soon()))->id();
  Schema().Run(fmt::format("KILL {}", id));
  EXPECT_EQ(world_.mysql_units.FindResponse(key).value(), "");
}

TEST_F(MysqlUnitsTest, AConnectionLostInTheMiddleLeavesNothing) {
  RequestKey key = Key();
  Result lost = world_.mysql_units.Run(key, Soon(), [&](Unit& unit) -> Result {
    RETURN_IF_ERROR(world_.Increment(unit));
    uint64_t id = Transaction::Of(unit).Query("SELECT CONNECTION_ID()").value()[0].Get<uint64_t>(0);
    Schema().Run(fmt::format("KILL {}", id));
    world_.Increment(unit).IgnoreError();
    return "";
  });
  EXPECT_EQ(lost.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(world_.Committed(), 0);
  EXPECT_EQ(world_.mysql_units.FindResponse(key).value(), std::nullopt);
}

// The network fails after each possible reply of the server. Whatever Run answers, the caller's repetition makes it one
// effect.
TEST_F(MysqlUnitsTest, ACommitWithoutAnAnswerIsResolved) {
  testing::TcpProxy proxy(Schema().config().port);
  Config config = Schema().config();
  config.port = proxy.port();
  config.away_pause = absl::ZeroDuration();
  MysqlWorld world(config);
  uint64_t resolved = 0, after = 0;
  for (int replies = 0; replies < 8; ++replies) {
    RequestKey key = Key();
    bool cut = true;
    auto body = [&](Unit& unit) -> Result {
      unit.AfterCommit([&] { ++after; });
      RETURN_IF_ERROR(world.Increment(unit));
      if (std::exchange(cut, false)) proxy.CutAfterReplies(replies);
      return fmt::format("answer {}", replies);
    };
    uint64_t lost_before = world.mysql_units.stats().commits_lost;
    Result first = world.mysql_units.Run(key, Soon(), body);
    if (first.ok()) resolved += world.mysql_units.stats().commits_lost - lost_before;
    EXPECT_TRUE(first.ok() || first.status().code() == absl::StatusCode::kUnavailable) << first.status();
    proxy.CutAfterReplies(1 << 30);
    Result second = world.mysql_units.Run(key, Soon(), body);
    EXPECT_EQ(second.value(), fmt::format("answer {}", replies));
    EXPECT_EQ(world.Committed(), replies + 1) << replies;
  }
  EXPECT_GE(resolved, 1u);
  EXPECT_EQ(after, 8u);  // also where the answer was lost
}

TEST_F(MysqlUnitsTest, MysqlAwayIsUnavailableInLessThanTwoSeconds) {
  testing::SilentPort silent;
  Config config = Schema().config();
  for (uint16_t port : {testing::ClosedPort(), silent.port()}) {
    config.port = port;
    Pool pool(config);
    MysqlUnits units(pool);
    absl::Time start = absl::Now();
    Result run = units.Run(Key(), Soon(), [](Unit&) -> Result { return ""; });
    EXPECT_EQ(run.status().code(), absl::StatusCode::kUnavailable) << run.status();
    EXPECT_EQ(units.FindResponse(Key()).status().code(), absl::StatusCode::kUnavailable);
    EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  }
}

TEST_F(MysqlUnitsTest, AnIdWithoutPartitionIsRefused) {
  RequestKey key = Key();
  key.request_id = Uuid::V7(absl::Now() + absl::Hours(24 * 10));
  Result response = world_.mysql_units.Run(key, Soon(), [](Unit&) -> Result { return ""; });
  EXPECT_EQ(ReasonOf(response.status()), "REQUEST_ID_OUT_OF_RANGE");
}

TEST_F(MysqlUnitsTest, TheClockIsTheDatabasesAndStandsStill) {
  absl::Time first, second;
  Result response = world_.mysql_units.Run(Key(), Soon(), [&](Unit& unit) -> Result {
    ASSIGN_OR_RETURN(first, Transaction::Of(unit).Now());
    absl::SleepFor(absl::Milliseconds(5));
    ASSIGN_OR_RETURN(second, Transaction::Of(unit).Now());
    return "";
  });
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(first, second);
  EXPECT_LT(absl::AbsDuration(absl::Now() - first), absl::Seconds(5));
}

TEST(Database, ReadsAndRunsTransactions) {
  MysqlWorld world;
  Database database(world.pool);
  absl::Time soon = absl::Now() + absl::Seconds(10);
  int runs = 0, after = 0;
  absl::Status status = database.RunInTransaction(soon, [&](Transaction& transaction) {
    transaction.AfterCommit([&] { ++after; });
    RETURN_IF_ERROR(transaction.Execute(kAdd, 1).status());
    if (++runs == 1) return transaction.Execute("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213").status();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(after, 1);
  EXPECT_EQ(database.Query(soon, "SELECT n FROM counter WHERE k = ?", 1).value()[0].Get<int>("n"), 1);

  EXPECT_EQ(database
                .RunInTransaction(soon,
                                  [&](Transaction& transaction) {
                                    RETURN_IF_ERROR(transaction.Execute(kAdd, 1).status());
                                    return absl::CancelledError();
                                  })
                .code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(world.Committed(), 1);

  uint64_t id = (*world.pool.Acquire(soon))->id();
  Schema().Run(fmt::format("KILL {}", id));
  EXPECT_TRUE(database.Query(soon, "SELECT 1").ok());
}

}  // namespace
}  // namespace gridwork::mysql
