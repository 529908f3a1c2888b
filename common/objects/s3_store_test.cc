#include "common/objects/s3_store.h"

#include "common/objects/testing/object_store_contract.h"
#include "tests/support/s3_server.h"

namespace gridwork::objects::testing {
namespace {

using gridwork::testing::S3Server;

S3Config ConfigOf(const S3Server& server) {
  return {.bucket_url = server.bucket_url(), .access_key = S3Server::kAccessKey, .secret_key = S3Server::kSecretKey};
}

class S3World : public ObjectStoreWorld {
 public:
  ObjectStore& store() override { return store_; }
  void GoAway() override { server_.Kill(); }

 private:
  S3Server server_;
  S3Store store_{ConfigOf(server_)};
};

std::unique_ptr<ObjectStoreWorld> MakeS3World() { return std::make_unique<S3World>(); }

INSTANTIATE_TEST_SUITE_P(S3, ObjectStoreContract, ::testing::Values(&MakeS3World));

TEST(S3StoreTest, AWrongKeyIsRefused) {
  S3Server server;
  S3Config config = ConfigOf(server);
  config.secret_key = "other";
  S3Store store(config);
  absl::Status refused = store.Put("a/b", "x");
  EXPECT_EQ(ReasonOf(refused), "OBJECTS_AWAY") << refused;
  EXPECT_NE(refused.message().find("403"), refused.message().npos) << refused;
  EXPECT_FALSE(store.List("a/", "", 10).ok());
}

TEST(S3StoreTest, GoesOnWhenTheServerIsBack) {
  S3Server server;
  S3Store store(ConfigOf(server));
  ASSERT_TRUE(store.Put("a/b", "x").ok());
  server.Kill();
  EXPECT_FALSE(store.Put("a/b", "y").ok());
  server.Start();
  EXPECT_EQ(store.Get("a/b", 0, 10).value(), "x");
  ASSERT_TRUE(store.Put("a/b", "z").ok());
  EXPECT_EQ(store.Get("a/b", 0, 10).value(), "z");
}

}  // namespace
}  // namespace gridwork::objects::testing
