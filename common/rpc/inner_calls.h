// Calls that come inside of another one: the outbox of a phone holds the very requests that it would have sent online,
// and each is served as if it had been sent, by the same policy, once.
#pragma once
#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "common/rpc/call_context.h"

namespace gridwork::rpc {

// The writing RPCs of a process by the type of their request. Filled before the first call, then thread-safe.
class InnerCalls {
 public:
  struct Answer {
    std::unique_ptr<google::protobuf::Message> reply;
    bool repeated = false;  // it was carried out before, and this is its stored answer
  };
  using Carry = std::function<absl::StatusOr<Answer>(const CallContext& outer, const google::protobuf::Message&)>;

  void Add(const google::protobuf::Descriptor* request, Carry carry) { calls_[request] = std::move(carry); }

  // Carries out `request` for the caller of `outer`, from the request log to the access log, with its errors.
  absl::StatusOr<Answer> Make(const CallContext& outer, const google::protobuf::Message& request) const {
    auto it = calls_.find(request.GetDescriptor());
    if (it == calls_.end()) return absl::InternalError("no RPC of this process takes such a request");
    return it->second(outer, request);
  }

 private:
  std::map<const google::protobuf::Descriptor*, Carry> calls_;
};

}  // namespace gridwork::rpc
