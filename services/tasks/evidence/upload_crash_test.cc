// Processes that take pieces are killed with SIGKILL at any moment, many times: what the row says is there, is there,
// and the next process goes on.
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "common/objects/directory_store.h"
#include "services/tasks/evidence/mysql_attachment_store.h"
#include "services/tasks/evidence/picture.h"
#include "services/tasks/evidence/testing/attachment_samples.h"
#include "services/tasks/evidence/upload_flow.h"
#include "services/tasks/work/testing/mysql_world.h"
#include "tests/support/phone/camera.h"

namespace gridwork::tasks::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kPictures = 12, kMostPictures = 120;
constexpr int kHalves = 11;  // that must have been killed in the middle

class UploadCrashTest : public ::testing::Test {
 protected:
  UploadCrashTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }

  Uuid Announce(const std::string& photo) {
    const Attachment made = AnnouncedUpload(kOneTask, photo);
    EXPECT_TRUE(
        mysql_.database
            .RunInTransaction(absl::Now() + absl::Seconds(10), [&](Unit& unit) { return store_.Create(unit, made); })
            .ok());
    return made.id;
  }

  // A process that uploads from where the row says it is. It has connections of its own.
  pid_t StartUploader(const Uuid& id, const std::string& photo) const {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    mysql::Pool pool(Schema().config());
    mysql::Database database(pool);
    MysqlAttachmentStore store(database, pool);
    objects::DirectoryStore objects(folder_);
    Uploads uploads(store, objects);
    auto now = store.Find(id);
    while (now.ok() && now->state == AttachmentState::kUploading) {
      now = uploads.Take(*now, now->received,
                         std::string_view(photo).substr(static_cast<size_t>(now->received),
                                                        static_cast<size_t>(now->PieceAt(now->received))));
    }
    _exit(now.ok() && now->state == AttachmentState::kReady ? 0 : 1);
  }

  // Everything that the row promises.
  void ExpectTrue(const Attachment& now, const std::string& photo) {
    if (now.state == AttachmentState::kReady) {
      auto kept = objects_.Get(PictureKey(now.id), 0, kAttachmentBytes);
      ASSERT_TRUE(kept.ok()) << kept.status();
      ASSERT_TRUE(*kept == StripPicture(photo)->bytes);
      return;
    }
    for (int64_t at = 0; at < now.received; at += kPieceBytes) {
      auto piece = objects_.Get(PieceKey(now.id, at), 0, kPieceBytes);
      ASSERT_TRUE(piece.ok()) << "at " << at << ": " << piece.status();
      ASSERT_TRUE(*piece == photo.substr(static_cast<size_t>(at), kPieceBytes)) << "at " << at;
    }
  }

  const std::string folder_ = ::testing::TempDir() + "upload_crash_test";
  Mysql mysql_;
  MysqlAttachmentStore store_{mysql_.database, Schema().pool()};
  objects::DirectoryStore objects_{folder_};
};

TEST_F(UploadCrashTest, WhatTheRowSaysIsThere) {
  std::mt19937 random(20261123);
  int kills = 0, halves = 0, pictures = 0;
  double patience = 55'000;  // microseconds; becomes what this machine needs for a picture
  for (; pictures < kPictures || (halves < kHalves && pictures < kMostPictures); ++pictures) {
    const std::string photo =
        gridwork::testing::TakePhoto({.width = 1'600, .height = 1'200, .seed = static_cast<uint32_t>(pictures + 1)});
    const Uuid id = Announce(photo);
    for (int64_t received = 0;;) {
      const pid_t uploader = StartUploader(id, photo);
      usleep(static_cast<unsigned>(std::uniform_real_distribution(0.1, 1.1)(random) * patience));
      kill(uploader, SIGKILL);
      int status = 0;
      waitpid(uploader, &status, 0);
      kills += WIFSIGNALED(status);
      auto now = store_.Find(id);
      ASSERT_TRUE(now.ok()) << now.status();
      ASSERT_NO_FATAL_FAILURE(ExpectTrue(*now, photo));
      halves += now->received > 0 && now->state == AttachmentState::kUploading;
      patience *= now->state == AttachmentState::kReady ? 0.8 : now->received == received ? 1.1 : 1;
      received = now->received;
      if (now->state == AttachmentState::kReady) break;
      ASSERT_LT(kills, 2'000) << "it never gets on";
    }
  }
  RecordProperty("kills", kills);
  fmt::print("{} pictures, {} processes killed, {} times in the middle\n", pictures, kills, halves);
  EXPECT_GE(halves, kHalves) << "the kills come too early or too late";
}

}  // namespace
}  // namespace gridwork::tasks::testing
