// What a reader of the change feed was told survives kill -9 of the database, on a slow disk and without a binlog,
// where commits are seen long before they are durable. Without the fence it does not: that is tried first, so that the
// test is known to see a loss.
#include <absl/time/clock.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "common/base/status_macros.h"
#include "common/mysql/feed.h"
#include "common/mysql/migrate.h"
#include "tests/support/mariadb_server.h"

namespace gridwork::mysql {
namespace {

constexpr int kRounds = 12;  // without the fence, 9 of 10 rounds lose something
const char* const kGrids[] = {"CHI/A", "CHI/B", "CHI/C"};

using Versions = std::map<std::string, int64_t>;

absl::Time Soon() { return absl::Now() + absl::Seconds(10); }

class FeedCrashTest : public ::testing::Test {
 protected:
  FeedCrashTest() {
    auto admin = Connection::Open(server_.config()).value();
    EXPECT_TRUE(admin->Run("CREATE DATABASE feed CHARACTER SET utf8mb4").ok());
    config_ = server_.config();
    config_.schema = "feed";
    config_.size = 16;
    EXPECT_TRUE(Migrate(*Connection::Open(config_).value(), {{"common", embedded::common_migrations()}}).ok());
  }

  static Versions HeadsOf(FeedSnapshot& snapshot) {
    Versions out;
    auto heads = snapshot.Heads({"CHI"});
    if (heads.ok()) {
      for (const FeedHead& head : *heads) out[head.grid] = head.version;
    }
    return out;
  }

  // Writers and readers until the server is killed; what readers were told, and what writers were told, at most.
  void Live(bool fenced) {
    Pool pool(config_, OpenEpoch);
    Database database(pool);
    Feed feed(pool);
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    Versions told[4];
    for (int w = 0; w < 8; ++w) {
      threads.emplace_back([&, w] {
        for (int n = 0; !stop; ++n) {
          absl::Status written = database.RunInTransaction(Soon(), [&](Transaction& transaction) -> absl::Status {
            RETURN_IF_ERROR(transaction.Query("SELECT 1").status());
            for (int g = 0; g <= n % 2; ++g)
              transaction.AddToFeed({.grid = kGrids[(w + g) % 3], .kind = "place", .id = Uuid::V7(absl::Now())});
            return absl::OkStatus();
          });
          if (written.ok()) acknowledged_ += 1 + n % 2;
        }
      });
    }
    for (Versions& mine : told) {
      threads.emplace_back([&] {
        while (!stop) {
          Versions seen;
          absl::Status read = fenced ? feed.Read(Soon(),
                                                 [&](FeedSnapshot& snapshot) {
                                                   seen = HeadsOf(snapshot);
                                                   return absl::OkStatus();
                                                 })
                                     : ReadWithoutFence(database, seen);
          if (!read.ok()) continue;
          for (const auto& [grid, version] : seen) mine[grid] = std::max(mine[grid], version);
        }
      });
    }
    absl::SleepFor(absl::Milliseconds(150 + random_() % 200));
    server_.Kill();
    stop = true;
    for (auto& thread : threads) thread.join();
    for (const Versions& mine : told) {
      for (const auto& [grid, version] : mine) told_[grid] = std::max(told_[grid], version);
    }
  }

  static absl::Status ReadWithoutFence(Database& database, Versions& seen) {
    return database.ReadSnapshot(Soon(), [&](Transaction& snapshot) -> absl::Status {
      ASSIGN_OR_RETURN(Rows rows, snapshot.Query("SELECT grid, version FROM sync_clock"));
      for (Row row : rows) seen[row.Get<std::string>(0)] = row.Get<int64_t>(1);
      return absl::OkStatus();
    });
  }

  // How many versions that readers were told of are gone. Afterwards they are told of nothing yet.
  int64_t CountLost() {
    server_.Start();
    Pool pool(config_, OpenEpoch);
    Feed feed(pool);
    Versions now;
    absl::Status read = feed.Read(Soon(), [&](FeedSnapshot& snapshot) {
      now = HeadsOf(snapshot);
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    int64_t lost = 0;
    for (const auto& [grid, version] : told_) lost += std::max<int64_t>(0, version - now[grid]);
    told_.clear();
    auto connection = Connection::Open(config_).value();
    int64_t entries = connection->Query("SELECT COUNT(*) FROM sync_entry").value()[0].Get<int64_t>(0);
    EXPECT_GE(entries, acknowledged_.load()) << "an acknowledged write is gone";
    int64_t versions =
        connection->Query("SELECT CAST(SUM(version) AS SIGNED) FROM sync_clock").value()[0].Get<int64_t>(0);
    EXPECT_EQ(entries, versions) << "a gap";
    return lost;
  }

  testing::MariadbServer server_{absl::Milliseconds(8)};
  Config config_;
  std::mt19937 random_{static_cast<uint32_t>(absl::ToUnixNanos(absl::Now()))};
  std::atomic<int64_t> acknowledged_ = 0;
  Versions told_;
};

TEST_F(FeedCrashTest, WhatWasToldIsThereAfterKillNine) {
  int64_t lost = 0;
  for (int round = 0; round < kRounds && lost == 0; ++round) {
    Live(false);
    lost = CountLost();
  }
  ASSERT_GT(lost, 0) << "without the fence nothing was lost either: this test sees nothing";

  for (int round = 0; round < kRounds; ++round) {
    Live(true);
    ASSERT_EQ(CountLost(), 0) << "in round " << round;
  }
  EXPECT_GT(acknowledged_, 100);
}

}  // namespace
}  // namespace gridwork::mysql
