// What every ObjectStore must do. Include it in a test program and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Directory, ObjectStoreContract, ::testing::Values(&MakeDirectoryWorld));
#pragma once
#include <absl/time/clock.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/objects/object_store.h"

namespace gridwork::objects::testing {

class ObjectStoreWorld {
 public:
  virtual ~ObjectStoreWorld() = default;
  virtual ObjectStore& store() = 0;  // empty at first
  virtual void GoAway() = 0;         // from now on it cannot be reached
};

class ObjectStoreContract : public ::testing::TestWithParam<std::unique_ptr<ObjectStoreWorld> (*)()> {
 protected:
  ObjectStore& store() { return world_->store(); }
  void Put(const std::string& key, std::string_view bytes) {
    absl::Status status = store().Put(key, bytes);
    ASSERT_TRUE(status.ok()) << status;
  }
  std::string Get(const std::string& key, int64_t offset = 0, int64_t limit = 1 << 20) {
    auto bytes = store().Get(key, offset, limit);
    EXPECT_TRUE(bytes.ok()) << key << ": " << bytes.status();
    return bytes.ok() ? *bytes : "";
  }
  std::vector<std::string> Keys(const std::string& prefix, const std::string& after = "", size_t limit = 1'000) {
    auto listed = store().List(prefix, after, limit);
    EXPECT_TRUE(listed.ok()) << listed.status();
    std::vector<std::string> out;
    if (listed.ok()) {
      for (const ObjectInfo& info : *listed) out.push_back(info.key);
    }
    return out;
  }

  std::unique_ptr<ObjectStoreWorld> world_ = GetParam()();
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(ObjectStoreContract, KeepsBytesOfAnyKindAndReadsAnyPart) {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes.push_back(static_cast<char>(i * 7 + i / 256));
  Put("a/one", bytes);
  EXPECT_EQ(Get("a/one"), bytes);
  EXPECT_EQ(Get("a/one", 0, 2), bytes.substr(0, 2));
  EXPECT_EQ(Get("a/one", 131'072, 131'072), bytes.substr(131'072, 131'072));
  EXPECT_EQ(Get("a/one", 299'990, 100), bytes.substr(299'990));
  EXPECT_EQ(Get("a/one", 300'000, 100), "");
  EXPECT_EQ(Get("a/one", 5'000'000, 100), "");
}

TEST_P(ObjectStoreContract, ReplacesTheWhole) {
  Put("a", std::string(1'000, 'x'));
  Put("a", "short");
  EXPECT_EQ(Get("a"), "short");
}

TEST_P(ObjectStoreContract, KeepsTenMebibytes) {
  const std::string bytes(10 << 20, 'x');
  Put("large", bytes);
  EXPECT_EQ(Get("large", 0, 11 << 20), bytes);
}

TEST_P(ObjectStoreContract, WhatIsNotThereIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(store().Get("a/none", 0, 1).status()));
  EXPECT_TRUE(store().Delete("a/none").ok());
  Put("a/one", "1");
  EXPECT_TRUE(store().Delete("a/one").ok());
  EXPECT_TRUE(store().Delete("a/one").ok());
  EXPECT_TRUE(absl::IsNotFound(store().Get("a/one", 0, 1).status()));
  EXPECT_THAT(Keys("a/"), IsEmpty());
  Put("a/one", "again");
  EXPECT_EQ(Get("a/one"), "again");
}

TEST_P(ObjectStoreContract, ListsInOrderOfKeysPageByPage) {
  for (const char* key : {"p/b/2", "p/a", "p/b/10", "pp/x", "o/x", "p/c/d/e", "p/b/3/4"}) Put(key, "12345");
  EXPECT_THAT(Keys("p/"), ElementsAre("p/a", "p/b/10", "p/b/2", "p/b/3/4", "p/c/d/e"));
  EXPECT_THAT(Keys("p/b/"), ElementsAre("p/b/10", "p/b/2", "p/b/3/4"));
  EXPECT_THAT(Keys("q/"), IsEmpty());
  EXPECT_THAT(Keys("p/", "", 2), ElementsAre("p/a", "p/b/10"));
  EXPECT_THAT(Keys("p/", "p/b/10", 2), ElementsAre("p/b/2", "p/b/3/4"));
  EXPECT_THAT(Keys("p/", "p/b/3/4", 2), ElementsAre("p/c/d/e"));
  EXPECT_THAT(Keys("p/", "p/b/15"), ElementsAre("p/b/2", "p/b/3/4", "p/c/d/e"));  // of one that is gone
  EXPECT_THAT(Keys("p/", "p/c/d/e"), IsEmpty());
}

TEST_P(ObjectStoreContract, ListsSizeAndTime) {
  const absl::Time before = absl::Now();
  Put("p/a", "12345");
  auto listed = store().List("p/", "", 10);
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->at(0).bytes, 5);
  EXPECT_GT(listed->at(0).modified, before - absl::Seconds(2));
  EXPECT_LT(listed->at(0).modified, absl::Now() + absl::Seconds(2));
}

TEST_P(ObjectStoreContract, RefusesWhatIsNoKey) {
  for (const char* key : {"", "/a", "a/", "a//b", "../a", "a/../b", "A", "a b", "a.b", "a?b", "\xc3\xa9"}) {
    EXPECT_TRUE(absl::IsInternal(store().Put(key, "x"))) << key;
    EXPECT_TRUE(absl::IsInternal(store().Get(key, 0, 1).status())) << key;
    EXPECT_TRUE(absl::IsInternal(store().Delete(key))) << key;
  }
  EXPECT_TRUE(absl::IsInternal(store().Put(std::string(201, 'a'), "x")));
  EXPECT_TRUE(absl::IsInternal(store().List("a", "", 10).status()));
}

TEST_P(ObjectStoreContract, ManyUseItAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string key = "t" + std::to_string(t) + "/" + std::to_string(i), bytes(1'000, static_cast<char>(t));
        Put(key, bytes);
        EXPECT_EQ(Get(key), bytes);
        if (i % 2 == 0) {
          EXPECT_TRUE(store().Delete(key).ok());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Keys("t3/").size(), 10u);
}

TEST_P(ObjectStoreContract, SaysThatItIsAway) {
  Put("a/b", "1");
  world_->GoAway();
  for (const absl::Status& status : {store().Put("a/b", "2"), store().Get("a/b", 0, 1).status(), store().Delete("a/b"),
                                     store().List("a/", "", 1).status()}) {
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_EQ(ReasonOf(status), "OBJECTS_AWAY");
    EXPECT_GT(RetryAfterOf(status), absl::ZeroDuration());
  }
}

}  // namespace gridwork::objects::testing
