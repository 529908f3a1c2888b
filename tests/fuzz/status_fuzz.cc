// The details of an error, as a client reads them from a server or out of the verdict of a batch.
#include "common/base/error.h"
#include "common/rpc/status_map.h"
#include "google/rpc/error_details.pb.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/messages.h"

namespace gridwork::fuzz {

const std::vector<const google::protobuf::Descriptor*>& MessageTypes() {
  static const std::vector<const google::protobuf::Descriptor*> types = {google::rpc::Status::descriptor()};
  return types;
}

const std::vector<std::string>& Words() {
  static const std::vector<std::string> words = {"gridwork",
                                                 "BAD_FIELD",
                                                 "etag",
                                                 "type.googleapis.com/google.rpc.ErrorInfo",
                                                 "type.googleapis.com/google.rpc.BadRequest",
                                                 "type.googleapis.com/google.rpc.RetryInfo"};
  return words;
}

namespace {

void Read(const absl::Status& status) {
  ReasonOf(status);
  MetadataOf(status);
  FieldViolationsOf(status);
  if (status.ok()) return;
  const absl::Status again = rpc::FromGrpc(rpc::ToGrpc(status));
  const std::string reason = ReasonOf(status);  // every answer has one
  Must(again.code() == status.code() && (reason.empty() ? !ReasonOf(again).empty() : ReasonOf(again) == reason),
       "it changes on its way");
}

}  // namespace
}  // namespace gridwork::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gridwork;
  const std::string bytes(fuzz::TextOf(data, size));
  fuzz::Read(rpc::FromGrpc(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "message", bytes)));
  for (const auto& message : fuzz::ParseMessages(bytes)) {
    const auto& status = dynamic_cast<const google::rpc::Status&>(*message);
    fuzz::Read(rpc::FromRpcStatus(status));
    fuzz::Read(rpc::FromGrpc(grpc::Status(grpc::StatusCode::ABORTED, "message", status.SerializeAsString())));
  }
  return 0;
}
