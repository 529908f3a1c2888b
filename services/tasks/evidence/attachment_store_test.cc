#include "services/tasks/evidence/attachment_store.h"

#include "common/base/status_macros.h"
#include "services/tasks/evidence/testing/attachment_store_contract.h"
#include "services/tasks/evidence/testing/fake_attachment_store.h"

namespace gridwork::tasks::testing {
namespace {

class FakeWorld : public AttachmentStoreWorld {
 public:
  AttachmentStore& store() override { return store_; }
  absl::Status In(const std::function<absl::Status(Unit&)>& body) override {
    RequestKey key{.caller = "somebody", .request_id = Uuid::V7(absl::Now()), .method = "write"};
    return units_
        .Run(key, absl::InfiniteFuture(),
             [&](Unit& unit) -> absl::StatusOr<std::string> {
               RETURN_IF_ERROR(body(unit));
               return "";
             })
        .status();
  }

 private:
  SystemClock clock_;
  gridwork::testing::FakeUnits units_;
  FakeAttachmentStore store_{clock_};
};

std::unique_ptr<AttachmentStoreWorld> MakeFakeWorld() { return std::make_unique<FakeWorld>(); }

INSTANTIATE_TEST_SUITE_P(Fake, AttachmentStoreContract, ::testing::Values(&MakeFakeWorld));

}  // namespace
}  // namespace gridwork::tasks::testing
