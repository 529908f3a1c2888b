// A phone's network as it is: gRPC with its certificate and a token.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/rpc/client.h"
#include "gridwork/tasks/v1/attachment_service.grpc.pb.h"
#include "gridwork/tasks/v1/sync_service.grpc.pb.h"
#include "tests/support/phone/phone.h"

namespace gridwork::testing {

class GrpcLink : public PhoneLink {  // Thread-safe.
 public:
  // `options` makes the token of a call.
  GrpcLink(const std::shared_ptr<grpc::Channel>& channel, std::function<rpc::CallOptions()> options)
      : stub_(tasks::v1::SyncService::NewStub(channel)),
        attachments_(tasks::v1::AttachmentService::NewStub(channel)),
        options_(std::move(options)) {}

  absl::StatusOr<tasks::v1::PullResponse> Pull(const tasks::v1::PullRequest& request) override {
    return rpc::Invoke(*stub_, &tasks::v1::SyncService::Stub::Pull, request, options_());
  }
  absl::StatusOr<tasks::v1::PushResponse> Push(const tasks::v1::PushRequest& request) override {
    return rpc::Invoke(*stub_, &tasks::v1::SyncService::Stub::Push, request, options_());
  }
  absl::StatusOr<tasks::v1::Attachment> CreateAttachment(const tasks::v1::CreateAttachmentRequest& request) override {
    return rpc::Invoke(*attachments_, &tasks::v1::AttachmentService::Stub::CreateAttachment, request, options_());
  }
  absl::StatusOr<tasks::v1::Attachment> UploadChunk(const tasks::v1::UploadChunkRequest& request) override {
    return rpc::Invoke(*attachments_, &tasks::v1::AttachmentService::Stub::UploadChunk, request, options_());
  }

 private:
  std::unique_ptr<tasks::v1::SyncService::Stub> stub_;
  std::unique_ptr<tasks::v1::AttachmentService::Stub> attachments_;
  std::function<rpc::CallOptions()> options_;
};

}  // namespace gridwork::testing
