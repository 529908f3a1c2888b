#include "common/objects/object_flags.h"

#include <absl/flags/declare.h>
#include <absl/flags/flag.h>
#include <absl/flags/reflection.h>
#include <gtest/gtest.h>

#include <fstream>

ABSL_DECLARE_FLAG(std::string, object_store_directory);
ABSL_DECLARE_FLAG(std::string, object_store_s3);
ABSL_DECLARE_FLAG(std::string, object_store_access_key);
ABSL_DECLARE_FLAG(std::string, object_store_secret_key_file);

namespace gridwork::objects {
namespace {

class ObjectFlagsTest : public ::testing::Test {
 protected:
  void SetBucket(const std::string& url) {
    const std::string secret = ::testing::TempDir() + "object_flags_secret";
    std::ofstream(secret) << "secret\n";
    absl::SetFlag(&FLAGS_object_store_s3, url);
    absl::SetFlag(&FLAGS_object_store_access_key, "key");
    absl::SetFlag(&FLAGS_object_store_secret_key_file, secret);
  }

  absl::FlagSaver saver_;
  const ::testing::ExitedWithCode wrong_{2};
};

TEST_F(ObjectFlagsTest, AFolderThatIsThere) {
  absl::SetFlag(&FLAGS_object_store_directory, ::testing::TempDir());
  EXPECT_TRUE(StoreFromFlags()->List("no-such/", "", 1).ok());
  absl::SetFlag(&FLAGS_object_store_directory, "/does/not/exist");
  EXPECT_EXIT(StoreFromFlags(), wrong_, "no such folder");
}

TEST_F(ObjectFlagsTest, ExactlyOneStore) {
  EXPECT_EXIT(StoreFromFlags(), wrong_, "one of --object_store_directory and --object_store_s3");
  SetBucket("https://s3.example.org/gridwork");
  EXPECT_NE(StoreFromFlags(), nullptr);
  absl::SetFlag(&FLAGS_object_store_directory, ::testing::TempDir());
  EXPECT_EXIT(StoreFromFlags(), wrong_, "only one");
}

TEST_F(ObjectFlagsTest, PlainHttpOnlyOnThisMachine) {
  for (const char* good : {"http://localhost:9000/gridwork", "http://127.0.0.1/gridwork/"}) {
    SetBucket(good);
    EXPECT_NE(StoreFromFlags(), nullptr) << good;
  }
  for (const char* bad :
       {"http://s3.example.org/gridwork", "http://localhost.example.org/b", "ftp://localhost/b", "b"}) {
    SetBucket(bad);
    EXPECT_EXIT(StoreFromFlags(), wrong_, "https://host/bucket") << bad;
  }
}

TEST_F(ObjectFlagsTest, ABucketNeedsItsKeys) {
  SetBucket("https://s3.example.org/gridwork");
  absl::SetFlag(&FLAGS_object_store_access_key, "");
  EXPECT_EXIT(StoreFromFlags(), wrong_, "--object_store_access_key");
  absl::SetFlag(&FLAGS_object_store_secret_key_file, "");
  EXPECT_EXIT(StoreFromFlags(), wrong_, "--object_store_secret_key_file");
}

}  // namespace
}  // namespace gridwork::objects
