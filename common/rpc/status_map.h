// absl::Status to grpc::Status with google.rpc details, and back: the only such conversion.
#pragma once
#include <absl/status/status.h>
#include <grpcpp/support/status.h>

#include "google/rpc/status.pb.h"

namespace gridwork::rpc {

// ErrorInfo (domain "gridwork") always, BadRequest and RetryInfo when there is something to say. The message is cut at
// 1,024 bytes.
grpc::Status ToGrpc(const absl::Status& status);
google::rpc::Status ToRpcStatus(const absl::Status& status);

// What a client of ours reads: reason, metadata, violations and retry delay again.
absl::Status FromGrpc(const grpc::Status& status);
absl::Status FromRpcStatus(const google::rpc::Status& status);

}  // namespace gridwork::rpc
