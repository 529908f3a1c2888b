#include "common/objects/directory_store.h"

#include <absl/time/clock.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace gridwork::objects::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class DirectoryStoreTest : public ::testing::Test {
 protected:
  DirectoryStoreTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void Touch(const std::string& name, absl::Duration age) {
    fs::create_directories(fs::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << "half";
    const timespec then = absl::ToTimespec(absl::Now() - age);
    const timespec times[2] = {then, then};
    ASSERT_EQ(utimensat(AT_FDCWD, (folder_ + "/" + name).c_str(), times, 0), 0);
  }

  const std::string folder_ = ::testing::TempDir() + "directory_store_test";
  DirectoryStore store_{folder_};
};

TEST_F(DirectoryStoreTest, WhatAKilledProcessLeftIsNoObjectAndGoesAfterADay) {
  Touch("a/.unfinished-old", absl::Hours(25));
  Touch("a/.unfinished-new", absl::Hours(23));
  Touch("a/b", absl::Hours(25));
  auto listed = store_.List("a/", "", 10);
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->at(0).key, "a/b");
  EXPECT_FALSE(fs::exists(folder_ + "/a/.unfinished-old"));
  EXPECT_TRUE(fs::exists(folder_ + "/a/.unfinished-new"));
}

TEST_F(DirectoryStoreTest, EmptyFoldersGoButNotItsOwn) {
  ASSERT_TRUE(store_.Put("a/b/c/d", "x").ok());
  ASSERT_TRUE(store_.Put("a/e", "x").ok());
  ASSERT_TRUE(store_.Delete("a/b/c/d").ok());
  EXPECT_FALSE(fs::exists(folder_ + "/a/b"));
  ASSERT_TRUE(store_.Delete("a/e").ok());
  EXPECT_FALSE(fs::exists(folder_ + "/a"));
  EXPECT_TRUE(fs::exists(folder_));
}

TEST_F(DirectoryStoreTest, OnlyItsOwnerReadsWhatItKeeps) {
  ASSERT_TRUE(store_.Put("a/b", "x").ok());
  struct stat info {};
  ASSERT_EQ(stat((folder_ + "/a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((folder_ + "/a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(DirectoryStoreTest, AReaderNeverSeesHalfOfAWriter) {
  constexpr size_t kBytes = 200'000;
  ASSERT_TRUE(store_.Put("a/b", std::string(kBytes, 'a')).ok());
  std::vector<std::thread> writers;
  for (char c : {'b', 'c', 'd'}) {
    writers.emplace_back([this, c] {
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(store_.Put("a/b", std::string(kBytes, c)).ok());
    });
  }
  for (int i = 0; i < 60; ++i) {
    const std::string seen = store_.Get("a/b", 0, 1 << 20).value();
    const bool whole = seen.size() == kBytes && seen.find_first_not_of(seen[0]) == seen.npos;
    EXPECT_TRUE(whole) << "torn";
  }
  for (std::thread& writer : writers) writer.join();
}

TEST_F(DirectoryStoreTest, SomeDeleteWhileOthersPut) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      const std::string key = "deep/er/" + std::to_string(t);
      for (int i = 0; i < 30; ++i) {
        absl::Status put = store_.Put(key, "x");
        EXPECT_TRUE(put.ok()) << put;
        EXPECT_TRUE(store_.Delete(key).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(DirectoryStoreTest, ListsInTheOrderOfBytesOfKeys) {
  for (const char* key : {"p/b/2", "p/a", "p/b-c/1", "p/b/10", "p/b_/1"}) ASSERT_TRUE(store_.Put(key, "x").ok());
  std::vector<std::string> keys;
  for (std::string after;; after = keys.back()) {
    auto page = store_.List("p/", after, 1);
    ASSERT_TRUE(page.ok()) << page.status();
    if (page->empty()) break;
    keys.push_back(page->at(0).key);
  }
  EXPECT_THAT(keys, ElementsAre("p/a", "p/b-c/1", "p/b/10", "p/b/2", "p/b_/1"));
}

}  // namespace
}  // namespace gridwork::objects::testing
