#include "common/mysql/feed.h"

#include <absl/time/clock.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "tests/support/mysql_fixture.h"
#include "tests/support/tcp_proxy.h"

namespace gridwork::mysql {
namespace {

testing::MysqlSchema& Schema() {
  static testing::MysqlSchema schema;
  return schema;
}

absl::Time Soon() { return absl::Now() + absl::Seconds(20); }
Uuid Id(int n) { return *Uuid::Parse(fmt::format("0190a000-0000-7000-8000-{:012}", n)); }
FeedChange Change(const std::string& grid, int n, bool gone = false) {
  return {.grid = grid, .kind = "place", .id = Id(n), .bytes = 100, .gone = gone};
}

class FeedTest : public ::testing::Test {
 protected:
  FeedTest() {
    for (const char* table : {"sync_clock", "sync_entry", "sync_epoch", "sync_base", "sync_boot", "fence"})
      Schema().Run(fmt::format("DELETE FROM {}", table));
    NewServerLife();
  }

  // What a restart of the server does: the table in memory is empty, and connections are new.
  static void NewServerLife() {
    Schema().Run("DELETE FROM sync_boot");
    auto connection = Connection::Open(Schema().config());
    ASSERT_TRUE(OpenEpoch(**connection).ok());
  }
  absl::Status Write(const std::vector<FeedChange>& changes) {
    return database_.RunInTransaction(Soon(), [&](Transaction& transaction) -> absl::Status {
      RETURN_IF_ERROR(transaction.Query("SELECT 1").status());
      for (const FeedChange& change : changes) transaction.AddToFeed(change);
      return absl::OkStatus();
    });
  }
  void Read(const std::function<absl::Status(FeedSnapshot&)>& body) {
    absl::Status status = feed_.Read(Soon(), body);
    EXPECT_TRUE(status.ok()) << status;
  }
  std::vector<FeedEntry> After(const std::string& grid, int64_t version, size_t limit = 1000) {
    std::vector<FeedEntry> out;
    Read([&](FeedSnapshot& snapshot) -> absl::Status {
      ASSIGN_OR_RETURN(out, snapshot.After(grid, version, limit));
      return absl::OkStatus();
    });
    return out;
  }
  std::vector<FeedHead> Heads(const std::vector<std::string>& areas = {"CHI"}) {
    std::vector<FeedHead> out;
    Read([&](FeedSnapshot& snapshot) -> absl::Status {
      ASSIGN_OR_RETURN(out, snapshot.Heads(areas));
      return absl::OkStatus();
    });
    return out;
  }
  std::map<std::string, FeedSize> Sizes() {
    std::map<std::string, FeedSize> out;
    Read([&](FeedSnapshot& snapshot) -> absl::Status {
      ASSIGN_OR_RETURN(auto heads, snapshot.Heads({"CHI"}));
      ASSIGN_OR_RETURN(out, snapshot.Sizes(heads));
      return absl::OkStatus();
    });
    return out;
  }
  std::optional<int64_t> BaseAfter(int64_t epoch, const std::string& grid) {
    std::optional<int64_t> out;
    Read([&](FeedSnapshot& snapshot) -> absl::Status {
      ASSIGN_OR_RETURN(out, snapshot.BaseAfter(epoch, grid));
      return absl::OkStatus();
    });
    return out;
  }
  int64_t Epoch() {
    int64_t out = 0;
    Read([&](FeedSnapshot& snapshot) {
      out = snapshot.epoch();
      return absl::OkStatus();
    });
    return out;
  }

  Database database_{Schema().pool()};
  Feed feed_{Schema().pool()};
};

TEST_F(FeedTest, EachChangeTakesTheNextVersionOfItsGrid) {
  ASSERT_TRUE(Write({Change("CHI/B", 1), Change("CHI/A", 2)}).ok());
  ASSERT_TRUE(Write({Change("CHI/A", 3), Change("CHI/A", 4), Change("CHI/A", 3)}).ok());
  auto heads = Heads();
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_EQ(heads[0].grid, "CHI/A");
  EXPECT_EQ(heads[0].version, 3) << "a record that changed twice in one unit is one change";
  EXPECT_EQ(heads[1].version, 1);
  auto changes = After("CHI/A", 1);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].id, Id(3));
  EXPECT_EQ(changes[0].version, 2);
  EXPECT_EQ(changes[1].version, 3);
}

TEST_F(FeedTest, ARecordThatChangesAgainMovesToTheEnd) {
  ASSERT_TRUE(Write({Change("CHI/A", 1)}).ok());
  ASSERT_TRUE(Write({Change("CHI/A", 2)}).ok());
  ASSERT_TRUE(Write({Change("CHI/A", 1)}).ok());
  auto changes = After("CHI/A", 0);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].id, Id(2));
  EXPECT_EQ(changes[1].id, Id(1));
  EXPECT_EQ(changes[1].version, 3);
  EXPECT_EQ(After("CHI/A", 0, 1).size(), 1u);
}

TEST_F(FeedTest, WhatLeavesAGridStaysAsATombstone) {
  ASSERT_TRUE(Write({Change("CHI/A", 1), Change("CHI/A", 2)}).ok());
  ASSERT_TRUE(Write({Change("CHI/A", 1, true), Change("CHI/B", 1)}).ok());
  auto changes = After("CHI/A", 2);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_TRUE(changes[0].gone);
  auto sizes = Sizes();
  EXPECT_EQ(sizes["CHI/A"].records, 1);
  EXPECT_EQ(sizes["CHI/A"].bytes, 100);
  EXPECT_EQ(sizes["CHI/A"].digest, FeedHash("place", Id(2), 2));
  ASSERT_TRUE(Write({Change("CHI/A", 1)}).ok());
  EXPECT_EQ(Sizes()["CHI/A"].digest, FeedHash("place", Id(2), 2) ^ FeedHash("place", Id(1), 4));
}

// The text that clients of any language hash: sha256("place/0190a000-0000-7000-8000-000000000001/1").
TEST_F(FeedTest, TheHashIsTheOneThatTheProtoDescribes) {
  EXPECT_EQ(fmt::format("{:016x}", FeedHash("place", Id(1), 1)), "562136ff0d31d185");
}

TEST_F(FeedTest, AUnitThatFailsTakesNoVersion) {
  ASSERT_TRUE(Write({Change("CHI/A", 1)}).ok());
  absl::Status failed = database_.RunInTransaction(Soon(), [&](Transaction& transaction) {
    transaction.AddToFeed(Change("CHI/A", 2));
    return absl::AbortedError("no");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(Heads()[0].version, 1);
}

TEST_F(FeedTest, OnlyTheAreasThatAreAskedFor) {
  ASSERT_TRUE(Write({Change("CHI/A", 1), Change("CHI/AB", 2), Change("CHI/A/X", 3), Change("NYC/A", 4)}).ok());
  auto heads = Heads({"CHI/A"});
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_EQ(heads[1].grid, "CHI/A/X");
  EXPECT_TRUE(Heads({}).empty());
}

// Versions are gap-free in the order of commits: who reads while others write, and continues after what it saw, misses
// nothing, and sees each version once at most.
TEST_F(FeedTest, NoReaderMissesAChangeOfConcurrentWriters) {
  constexpr int kWriters = 6, kUnits = 40;
  std::atomic<int> running = kWriters;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kUnits; ++i) {
        int n = w * 1000 + i;
        std::vector<FeedChange> changes = {Change("CHI/A", n)};
        if (i % 3 == 0) changes.insert(changes.begin(), Change("CHI/B", n));
        EXPECT_TRUE(Write(changes).ok());
      }
      --running;
    });
  }
  std::map<std::string, int64_t> cursors = {{"CHI/A", 0}, {"CHI/B", 0}};
  std::map<std::string, std::set<Uuid>> got;
  for (bool last = false;;) {
    bool quiet = running == 0;
    for (auto& [grid, cursor] : cursors) {
      for (const FeedEntry& entry : After(grid, cursor, 7)) {
        EXPECT_EQ(entry.version, cursor + 1) << "a gap";
        cursor = entry.version;
        got[grid].insert(entry.id);
      }
    }
    size_t total = got["CHI/A"].size() + got["CHI/B"].size();
    if (last && total == kWriters * (kUnits + (kUnits + 2) / 3)) break;
    ASSERT_FALSE(last && After("CHI/A", cursors["CHI/A"]).empty() && After("CHI/B", cursors["CHI/B"]).empty())
        << "only " << total << " changes arrived";
    last = quiet;
  }
  for (auto& writer : writers) writer.join();
}

TEST_F(FeedTest, ANewLifeOfTheServerIsANewEpoch) {
  ASSERT_TRUE(Write({Change("CHI/A", 1), Change("CHI/A", 2)}).ok());
  const int64_t first = Epoch();
  NewServerLife();
  const int64_t second = Epoch();
  EXPECT_NE(first, second);
  ASSERT_TRUE(Write({Change("CHI/A", 3)}).ok());
  EXPECT_EQ(BaseAfter(first, "CHI/A"), 2);
  EXPECT_EQ(BaseAfter(first, "CHI/NEW"), 0);
  EXPECT_EQ(BaseAfter(second, "CHI/A"), std::nullopt) << "it is this one";
  EXPECT_EQ(BaseAfter(42, "CHI/A"), std::nullopt);
  NewServerLife();
  EXPECT_EQ(BaseAfter(first, "CHI/A"), 2) << "the one that followed it, not the newest";
  EXPECT_EQ(BaseAfter(second, "CHI/A"), 3);
}

TEST_F(FeedTest, ManyConnectionsOpenOneEpoch) {
  Schema().Run("DELETE FROM sync_boot");
  Schema().Run("DELETE FROM sync_epoch");
  std::vector<std::thread> openers;
  for (int i = 0; i < 8; ++i) {
    openers.emplace_back([] {
      auto connection = Connection::Open(Schema().config());
      EXPECT_TRUE(OpenEpoch(**connection).ok());
    });
  }
  for (auto& opener : openers) opener.join();
  auto lease = Schema().pool().Acquire(Soon());
  EXPECT_EQ((*lease)->Query("SELECT COUNT(*) FROM sync_epoch").value()[0].Get<int64_t>(0), 1);
}

// A promoted replica has its primary's row, and a life of its own.
TEST_F(FeedTest, TheRowOfAnotherServerIsNoEpochHere) {
  Schema().Run("UPDATE sync_boot SET server = server + 1");
  EXPECT_EQ(ReasonOf(Write({Change("CHI/A", 1)})), "EPOCH_NOT_OPEN");
  EXPECT_EQ(ReasonOf(feed_.Read(Soon(), [](FeedSnapshot&) { return absl::OkStatus(); })), "EPOCH_NOT_OPEN");
  auto connection = Connection::Open(Schema().config());
  ASSERT_TRUE(OpenEpoch(**connection).ok());
  EXPECT_TRUE(Write({Change("CHI/A", 1)}).ok());
}

TEST_F(FeedTest, AnAnswerWaitsForAFenceUnlessItIsKnownToBeDurable) {
  ASSERT_TRUE(Write({Change("CHI/A", 1)}).ok());
  Heads();
  EXPECT_EQ(feed_.fences(), 1u);
  Heads();
  EXPECT_EQ(feed_.fences(), 1u) << "nothing new was seen";
  ASSERT_TRUE(Write({Change("CHI/A", 2)}).ok());
  Heads();
  EXPECT_EQ(feed_.fences(), 2u);
  NewServerLife();
  Heads();
  EXPECT_EQ(feed_.fences(), 3u) << "what was durable belongs to an epoch";
}

TEST_F(FeedTest, WithoutAFenceThereIsNoAnswer) {
  testing::TcpProxy proxy(Schema().config().port);
  Config config = Schema().config();
  config.port = proxy.port();
  config.size = 1;
  config.read_timeout = absl::Seconds(1);
  config.connect_timeout = absl::Seconds(1);
  Pool pool(config);
  Feed feed(pool);
  ASSERT_TRUE(Write({Change("CHI/A", 1)}).ok());
  absl::Status status = feed.Read(Soon(), [&](FeedSnapshot& snapshot) -> absl::Status {
    RETURN_IF_ERROR(snapshot.Heads({"CHI"}).status());
    proxy.BlackHole(true);
    return absl::OkStatus();
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(feed.fences(), 1u);
}

TEST_F(FeedTest, ReadersShareFences) {
  constexpr int kReaders = 8, kReads = 20;
  std::vector<std::thread> readers;
  Fence fence(Schema().pool(), 3);
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      for (int n = 0; n < kReads; ++n) EXPECT_TRUE(fence.Pass(Soon()).ok());
    });
  }
  for (auto& reader : readers) reader.join();
  EXPECT_LT(fence.commits(), kReaders * kReads);
  EXPECT_GE(fence.commits(), kReads);
  auto lease = Schema().pool().Acquire(Soon());
  EXPECT_EQ((*lease)->Query("SELECT n FROM fence WHERE id = 3").value()[0].Get<uint64_t>(0), fence.commits());
}

TEST_F(FeedTest, ForgetsOldTombstonesAndSaysUpToWhere) {
  ASSERT_TRUE(Write({Change("CHI/A", 1), Change("CHI/A", 2)}).ok());
  ASSERT_TRUE(Write({Change("CHI/A", 1, true)}).ok());
  EXPECT_EQ(*feed_.Forget(100, Soon()), 0) << "it is young";
  Schema().Run("UPDATE sync_entry SET changed_us = 0");
  EXPECT_EQ(*feed_.Forget(100, Soon()), 1);
  EXPECT_EQ(Heads()[0].floor, 3);
  auto left = After("CHI/A", 0);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, Id(2));
}

// A server that ran for long is started anew: what phones saw until then belongs to an epoch that opened long ago.
TEST_F(FeedTest, AnEpochIsRememberedFromItsEnd) {
  const int64_t first = Epoch();
  Schema().Run("UPDATE sync_epoch SET opened_us = 0");
  ASSERT_TRUE(Write({Change("CHI/A", 1)}).ok());
  NewServerLife();
  ASSERT_TRUE(feed_.Forget(100, Soon()).ok());
  EXPECT_EQ(BaseAfter(first, "CHI/A"), 1);
}

TEST_F(FeedTest, ForgetsOldEpochsButNotThisOne) {
  const int64_t first = Epoch();
  NewServerLife();
  const int64_t second = Epoch();
  Schema().Run("UPDATE sync_epoch SET opened_us = 0");
  ASSERT_TRUE(feed_.Forget(100, Soon()).ok());
  EXPECT_EQ(BaseAfter(first, "CHI/A"), std::nullopt);
  NewServerLife();
  EXPECT_EQ(BaseAfter(second, "CHI/A"), 0);
}

}  // namespace
}  // namespace gridwork::mysql
