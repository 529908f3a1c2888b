#include "common/redis/client.h"

#include <absl/time/clock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "common/base/error.h"
#include "tests/support/redis_fixture.h"
#include "tests/support/tcp_proxy.h"

namespace gridwork::redis {
namespace {

class ClientTest : public ::testing::Test {
 protected:
  static testing::RedisDatabase& Database() {
    static testing::RedisDatabase database;
    return database;
  }
  Client& client_ = Database().client();
};

TEST_F(ClientTest, EveryTypeOfReply) {
  EXPECT_EQ(client_.Run({"SET", "k", "v"})->type, Reply::Type::kStatus);
  EXPECT_EQ(client_.Run({"GET", "k"})->text, "v");
  EXPECT_TRUE(client_.Run({"GET", "nothing"})->is_nil());
  EXPECT_EQ(client_.Run({"INCRBY", "n", "-9223372036854775808"})->integer, INT64_MIN);
  EXPECT_TRUE(client_.Run({"RPUSH", "l", "a", "b"})->is_integer());
  Reply list = *client_.Run({"LRANGE", "l", "0", "-1"});
  ASSERT_EQ(list.elements.size(), 2u);
  EXPECT_EQ(list.elements[1].text, "b");
  Reply nested = *client_.Run({"EVAL", "return {1, {'two', false}, redis.status_reply('OK')}", "0"});
  EXPECT_EQ(nested.elements[1].elements[0].text, "two");
  EXPECT_TRUE(nested.elements[1].elements[1].is_nil());
  EXPECT_TRUE(client_.Run({"LRANGE", "none", "0", "-1"})->is_array());
}

TEST_F(ClientTest, AnyByteMayBeInKeysAndValues) {
  std::string bytes("\0\r\n*1\r\n$4\r\nPING %s %b \xff", 23), huge(3'000'000, '\0');
  for (const std::string& value : {bytes, huge, std::string()}) {
    ASSERT_TRUE(client_.Run({"SET", bytes, value}).ok());
    EXPECT_TRUE(client_.Run({"GET", bytes})->text == value);
  }
}

TEST_F(ClientTest, AnErrorReplyIsAnErrorAndKeepsTheConnection) {
  ASSERT_TRUE(client_.Run({"SET", "text", "v"}).ok());
  uint64_t broken = client_.stats().broken;
  absl::Status status = client_.Run({"LPUSH", "text", "x"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReasonOf(status), "REDIS_ERROR");
  EXPECT_EQ(MetadataOf(status)["code"], "WRONGTYPE");
  EXPECT_EQ(client_.stats().broken, broken);
}

TEST_F(ClientTest, APipelineAnswersInOrderAndCarriesErrors) {
  auto replies = client_.RunAll({{"SET", "p", "1"}, {"LPUSH", "p", "x"}, {"INCR", "p"}}).value();
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(replies[1].ErrorCode(), "WRONGTYPE");
  EXPECT_EQ(replies[2].integer, 2);
  EXPECT_TRUE(client_.RunAll({}).value().empty());

  std::vector<Command> many(5000, {"INCR", "many"});
  EXPECT_EQ(client_.RunAll(many).value().back().integer, 5000);
}

TEST_F(ClientTest, ManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        std::string text = std::to_string(t * 1000 + i);
        EXPECT_EQ(client_.Run({"ECHO", text})->text, text);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(client_.stats().idle, 16);
}

TEST_F(ClientTest, AWrongPasswordIsAway) {
  Config config = Database().config();
  config.password = "wrong-secret";
  absl::Status status = Client(config).Run({"PING"}).status();
  EXPECT_EQ(ReasonOf(status), "REDIS_AWAY");
  EXPECT_EQ(status.ToString().find("wrong-secret"), std::string::npos);
}

TEST(Client, AServerThatIsDownIsAwayAtOnce) {
  Config config;
  config.port = testing::ClosedPort();
  Client client(config);
  absl::Time start = absl::Now();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ReasonOf(client.Run({"PING"}).status()), "REDIS_AWAY");
  EXPECT_LT(absl::Now() - start, config.away_pause);
  EXPECT_EQ(client.stats().connect_failures, 1u);
}

TEST(Client, AServerThatIsKilledAndComesBackIsUsedAgain) {
  testing::RedisServer server;
  Client client(server.config());
  ASSERT_TRUE(client.Run({"SET", "k", "v"}).ok());
  ServerIdentity before = *client.Identity();
  EXPECT_EQ(before.run_id.size(), 40u);
  EXPECT_EQ(before.replication_id.size(), 40u);
  EXPECT_EQ(before.role, "master");
  EXPECT_EQ(*client.Identity(), before);

  server.Kill();
  EXPECT_EQ(ReasonOf(client.Run({"GET", "k"}).status()), "REDIS_AWAY");
  server.Start();
  absl::SleepFor(server.config().away_pause);
  EXPECT_TRUE(client.Run({"GET", "k"})->is_nil());
  EXPECT_NE(client.Identity()->run_id, before.run_id);
}

// The answer that comes too late must never be taken for that of another command.
TEST(Client, ATimeoutEndsTheConnection) {
  testing::RedisServer server;
  Client client(server.config());
  ASSERT_TRUE(client.Run({"ECHO", "first"}).ok());
  server.Freeze();
  absl::Time start = absl::Now();
  absl::Status status = client.Run({"ECHO", "late"}).status();
  absl::Duration took = absl::Now() - start;
  server.Thaw();
  EXPECT_EQ(ReasonOf(status), "REDIS_AWAY");
  EXPECT_GT(took, absl::Milliseconds(400));
  EXPECT_LT(took, absl::Milliseconds(900));
  EXPECT_EQ(client.stats().broken, 1u);
  EXPECT_EQ(client.Run({"ECHO", "next"})->text, "next");
  EXPECT_EQ(client.stats().connects, 2u);
}

TEST(Client, AReplicaThatTakesNoWritesIsAway) {
  testing::RedisServer server;
  Client client(server.config());
  ASSERT_TRUE(client.Run({"REPLICAOF", "127.0.0.1", std::to_string(testing::ClosedPort())}).ok());
  EXPECT_EQ(ReasonOf(client.Run({"SET", "k", "v"}).status()), "REDIS_AWAY");
  EXPECT_EQ(client.stats().broken, 1u);
}

TEST(Subscription, HearsWhatIsPublished) {
  testing::RedisServer server;
  Client client(server.config());
  auto subscription = client.Subscribe("news");
  ASSERT_TRUE(subscription.ok()) << subscription.status();
  const absl::Time begin = absl::Now();
  EXPECT_TRUE((*subscription)->Wait(absl::Milliseconds(50))->empty());
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(45));
  const std::string bytes("a\0b", 3), huge(100'000, 'x');
  for (const std::string& message : {bytes, huge}) ASSERT_EQ(client.Run({"PUBLISH", "news", message})->integer, 1);
  ASSERT_EQ(client.Run({"PUBLISH", "other", "not for us"})->integer, 0);
  std::vector<std::string> heard;
  while (heard.size() < 2) {
    auto some = (*subscription)->Wait(absl::Seconds(5));
    ASSERT_TRUE(some.ok()) << some.status();
    heard.insert(heard.end(), some->begin(), some->end());
  }
  EXPECT_EQ(heard, (std::vector<std::string>{bytes, huge}));
}

TEST(Subscription, SaysThatItIsLost) {
  testing::RedisServer server;
  Client client(server.config());
  auto subscription = client.Subscribe("news").value();
  server.Kill();
  EXPECT_EQ(ReasonOf(subscription->Wait(absl::Seconds(5)).status()), "REDIS_AWAY");
  EXPECT_EQ(ReasonOf(client.Subscribe("news").status()), "REDIS_AWAY");
}

}  // namespace
}  // namespace gridwork::redis
