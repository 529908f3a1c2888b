// A phone of a field worker: it works without a network on its own copy, and speaks the real protocol when there is
// one. What it does with every answer is what an app has to do.
#pragma once
#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gridwork/tasks/v1/attachment_service.pb.h"
#include "gridwork/tasks/v1/sync_service.pb.h"
#include "tests/support/phone/store.h"

namespace gridwork::testing {

// The network between a phone and the services that it calls.
class PhoneLink {
 public:
  virtual ~PhoneLink() = default;
  virtual absl::StatusOr<tasks::v1::PullResponse> Pull(const tasks::v1::PullRequest& request) = 0;
  virtual absl::StatusOr<tasks::v1::PushResponse> Push(const tasks::v1::PushRequest& request) = 0;
  virtual absl::StatusOr<tasks::v1::Attachment> CreateAttachment(const tasks::v1::CreateAttachmentRequest& request) = 0;
  virtual absl::StatusOr<tasks::v1::Attachment> UploadChunk(const tasks::v1::UploadChunkRequest& request) = 0;
};

class Phone {  // Not thread-safe.
 public:
  // `link` outlives it.
  Phone(const std::string& file, PhoneLink& link) : store_(file), link_(link) {}

  // ---- without a network

  // Changes fields of a place of the copy: `change` sets them, `fields` names them. NOT_FOUND when it is not in the
  // copy.
  absl::Status EditPlace(const std::string& name, const std::vector<std::string>& fields,
                         const std::function<void(tasks::v1::Place&)>& change);
  void Submit(tasks::v1::SubmitTaskRequest request);
  void Release(tasks::v1::ReleaseTaskRequest request);
  // Keeps a picture of this claim until it is handed in. Returns its SHA-256, which an answer names.
  std::string Photograph(const std::string& task, int attempt, const std::string& picture);

  // ---- with one

  // Hands in what waits, in its order, until nothing waits or the network fails.
  absl::Status Push();
  // Hands in pictures that wait, in their order, each from where the server says that it is, until none waits or the
  // network fails. A picture that is refused stays, with the reason.
  absl::Status Upload();
  // Brings the copy up to date: pulls until there is no more, removes and starts anew what it is told to, checks the
  // digest of each grid that is complete and pulls it anew when it differs.
  absl::Status Pull(const std::string& area = "");
  // Push, then pull.
  absl::Status Sync(const std::string& area = "");

  PhoneStore& store() { return store_; }
  int digest_faults() const { return digest_faults_; }  // copies that were not the server's
  int pieces_sent() const { return pieces_sent_; }      // also those that were lost on the way
  int resyncs() const { return resyncs_; }
  int purges() const { return purges_; }
  const std::vector<std::string>& over_budget() const { return over_budget_; }  // of the last Pull

 private:
  void Settle(const OutboxItem& item, const tasks::v1::MutationVerdict& verdict);
  absl::StatusOr<tasks::v1::Attachment> Upload(const Photo& photo);
  // False when the grid has to be pulled again.
  bool Take(const tasks::v1::GridChanges& grid);

  PhoneStore store_;
  PhoneLink& link_;
  int digest_faults_ = 0, resyncs_ = 0, purges_ = 0, pieces_sent_ = 0;
  std::vector<std::string> over_budget_;
};

}  // namespace gridwork::testing
