#include "tools/gridctl/profile.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "common/base/error.h"
#include "gridwork/tasks/v1/task_service.pb.h"
#include "tools/gridctl/exit_code.h"
#include "tools/gridctl/files.h"
#include "tools/gridctl/session.h"

namespace gridwork::ctl {
namespace {

class ProfileTest : public testing::Test {
 protected:
  void SetUp() override {
    home_ = testing::TempDir() + "/gridctl_profile_test";
    std::filesystem::remove_all(home_);
    setenv("GRIDCTL_HOME", home_.c_str(), 1);
  }
  void TearDown() override { unsetenv("GRIDCTL_HOME"); }

  static mode_t ModeOf(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }
  std::string home_;
};

Profile Example() {
  return {.identity = "localhost:1",
          .tasks = "localhost:2",
          .username = "admin",
          .authority = "CA\n",
          .certificate = "CERT\n",
          .key = "KEY\n"};
}

TEST_F(ProfileTest, IsReadAsItWasWrittenAndSecretsAreSecret) {
  auto folder = ProfileFolder::Of("phone-1");
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_EQ(folder->path(), home_ + "/phone-1");
  EXPECT_FALSE(folder->Exists());
  ASSERT_TRUE(folder->Save(Example()).ok());
  EXPECT_TRUE(folder->Exists());
  auto read = folder->Load();
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->identity, "localhost:1");
  EXPECT_EQ(read->tasks, "localhost:2");
  EXPECT_EQ(read->username, "admin");
  EXPECT_EQ(read->authority, "CA\n");
  EXPECT_EQ(read->certificate, "CERT\n");
  EXPECT_EQ(read->key, "KEY\n");
  EXPECT_EQ(ModeOf(folder->path()), 0700u);
  EXPECT_EQ(ModeOf(folder->path() + "/device.key"), 0600u);
}

TEST_F(ProfileTest, Tokens) {
  ProfileFolder folder = *ProfileFolder::Of("default");
  EXPECT_EQ(folder.LoadToken().expire_time, absl::InfinitePast());
  ASSERT_TRUE(folder.Save(Example()).ok());
  AccessToken token = {"a.b.c", absl::FromUnixMillis(1'800'000'000'123), "staff/x"};
  ASSERT_TRUE(folder.SaveToken(token).ok());
  EXPECT_EQ(folder.LoadToken().token, token.token);
  EXPECT_EQ(folder.LoadToken().expire_time, token.expire_time);
  EXPECT_EQ(folder.LoadToken().staff, token.staff);
  EXPECT_EQ(folder.LoadToken().refresh, "");
  token.refresh = "r-e_f";
  ASSERT_TRUE(folder.SaveToken(token).ok());
  EXPECT_EQ(folder.LoadToken().refresh, "r-e_f");
  EXPECT_EQ(ModeOf(folder.path() + "/token"), 0600u);
  ASSERT_TRUE(WriteFile(folder.path() + "/token", "]garbage[", 0600).ok());
  EXPECT_EQ(folder.LoadToken().token, "");
  ASSERT_TRUE(folder.SaveToken({}).ok());
  EXPECT_EQ(folder.LoadToken().token, "");
}

TEST_F(ProfileTest, NamesStayInTheFolder) {
  for (const char* bad : {"", ".", "..", "../x", "a/b", ".hidden", "a b"}) {
    EXPECT_EQ(ExitCodeOf(ProfileFolder::Of(bad).status()), ExitCode::kUsage) << bad;
  }
}

TEST_F(ProfileTest, WhatIsMissingIsSaid) {
  EXPECT_EQ(ReasonOf(ProfileFolder::Of("none")->Load().status()), "NO_PROFILE");
}

TEST_F(ProfileTest, FilesAreReplacedAsAWhole) {
  ASSERT_TRUE(MakeFolder(home_ + "/a/b").ok());
  std::string path = home_ + "/a/b/file";
  ASSERT_TRUE(WriteFile(path, "one", 0600).ok());
  ASSERT_TRUE(WriteFile(path, "two", 0644).ok());
  EXPECT_EQ(*ReadFile(path), "two");
  EXPECT_EQ(ModeOf(path), 0644u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(home_ + "/a/b"), {}), 1) << "nothing is left behind";
  EXPECT_FALSE(WriteFile(home_ + "/nowhere/file", "x", 0600).ok());
  ASSERT_TRUE(WriteFile(path, "secret\r\n\n", 0600).ok());
  EXPECT_EQ(*ReadSecretFile(path), "secret");
  ASSERT_TRUE(WriteFile(path, "\n", 0600).ok());
  EXPECT_EQ(ReasonOf(ReadSecretFile(path).status()), "FILE_EMPTY");
  ASSERT_TRUE(WriteFile(path, "", 0600).ok());
  EXPECT_EQ(*ReadFile(path), "");
  EXPECT_EQ(ReasonOf(ReadFile(home_).status()), "FILE_UNREADABLE") << "a folder";
}

// Without a token, nothing is sent.
TEST_F(ProfileTest, ASessionSaysThatALoginIsNeeded) {
  ProfileFolder folder = *ProfileFolder::Of("default");
  ASSERT_TRUE(folder.Save(Example()).ok());
  Session session(folder, Example(), {});
  EXPECT_EQ(ReasonOf(session.Self().status()), "LOGIN_NEEDED");
  EXPECT_EQ(ExitCodeOf(session.Self().status()), ExitCode::kRefused);
}

TEST(Utf8Checks, NameTheField) {
  tasks::v1::SubmitTaskRequest request;
  request.set_name("tasks/x");
  request.add_answers()->set_note("fine");
  request.mutable_answers(0)->set_photo_sha256("\xFF bytes may be anything");
  EXPECT_TRUE(CheckUtf8(request).ok());
  request.add_answers()->set_note("\xFF");
  EXPECT_EQ(FieldViolationsOf(CheckUtf8(request))[0].first, "answers.note");
}

}  // namespace
}  // namespace gridwork::ctl
