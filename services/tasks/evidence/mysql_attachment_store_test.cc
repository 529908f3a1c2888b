#include "services/tasks/evidence/mysql_attachment_store.h"

#include "services/tasks/evidence/testing/attachment_store_contract.h"
#include "services/tasks/work/testing/mysql_world.h"

namespace gridwork::tasks::testing {
namespace {

class MysqlWorld : public AttachmentStoreWorld {
 public:
  AttachmentStore& store() override { return store_; }
  absl::Status In(const std::function<absl::Status(Unit&)>& body) override {
    return mysql_.database.RunInTransaction(absl::Now() + absl::Seconds(10), body);
  }

 private:
  Mysql mysql_;
  MysqlAttachmentStore store_{mysql_.database, Schema().pool()};
};

std::unique_ptr<AttachmentStoreWorld> MakeMysqlWorld() { return std::make_unique<MysqlWorld>(); }

INSTANTIATE_TEST_SUITE_P(Mysql, AttachmentStoreContract, ::testing::Values(&MakeMysqlWorld));

// What no program may write, the database refuses.
TEST(MysqlAttachmentStoreTest, TheTableHoldsTheLimits) {
  Mysql mysql;
  MysqlAttachmentStore store(mysql.database, Schema().pool());
  auto create = [&](const std::function<void(Attachment&)>& change) {
    Attachment attachment = AnnouncedUpload(kOneTask, "picture");
    change(attachment);
    return mysql.database.RunInTransaction(absl::Now() + absl::Seconds(10),
                                           [&](Unit& unit) { return store.Create(unit, attachment); });
  };
  EXPECT_FALSE(create([](Attachment& a) { a.size = kAttachmentBytes + 1; }).ok());
  EXPECT_FALSE(create([](Attachment& a) { a.size = 0; }).ok());
  EXPECT_FALSE(create([](Attachment& a) { a.received = a.size + 1; }).ok());
  EXPECT_FALSE(create([](Attachment& a) { a.state = AttachmentState::kReady; }).ok());
  EXPECT_FALSE(create([](Attachment& a) { a.state = AttachmentState::kRejected; }).ok());
  EXPECT_TRUE(create([](Attachment& a) { a.size = kAttachmentBytes; }).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(create([](Attachment&) {}))) << "the same picture of the same task";
}

}  // namespace
}  // namespace gridwork::tasks::testing
