#include "common/redis/script.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/redis_fixture.h"

namespace gridwork::redis {
namespace {

TEST(Script, IsLoadedWhenTheServerDoesNotKnowIt) {
  testing::RedisServer server;
  Client client(server.config());
  const Script script("redis.call('INCR', KEYS[1])\nreturn {KEYS[1], ARGV[1], ARGV[2]}");
  const std::string bytes("\0\xff", 2);
  for (int i = 1; i <= 3; ++i) {
    Reply reply = script.Run(client, {"{r}:n"}, {"one", bytes}).value();
    EXPECT_EQ(reply.elements[0].text, "{r}:n");
    EXPECT_EQ(reply.elements[2].text, bytes);
    EXPECT_EQ(client.Run({"GET", "{r}:n"})->text, std::to_string(i));
    EXPECT_EQ(client.Run({"SCRIPT", "EXISTS", script.sha1()})->elements[0].integer, 1);
    if (i == 2) client.Run({"SCRIPT", "FLUSH"}).IgnoreError();
  }
}

TEST(Script, ItsErrorsAreErrors) {
  testing::RedisServer server;
  Client client(server.config());
  EXPECT_EQ(ReasonOf(Script("return redis.error_reply('STALE attempt')").Run(client, {}).status()), "REDIS_ERROR");
  EXPECT_EQ(MetadataOf(Script("return redis.error_reply('STALE attempt')").Run(client, {}).status())["code"], "STALE");
  EXPECT_FALSE(Script("this is not Lua").Run(client, {}).ok());
}

}  // namespace
}  // namespace gridwork::redis
