// The hook for the access log: called after the handler and before the reply of every call that may show personal data,
// and for refused ones. Its answer decides: no entry, no data.
#pragma once
#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include <string>

#include "common/rpc/call_context.h"

namespace gridwork::rpc {

struct Access {
  const CallContext& call;
  const std::string& rule;                 // what allowed it; empty when it was refused
  const absl::Status& outcome;             // of the call so far
  const google::protobuf::Message* reply;  // after the field mask; null when there is none
};

class AccessLog {  // Thread-safe.
 public:
  virtual ~AccessLog() = default;
  // Returns when the entry is durable. An error makes the call answer UNAVAILABLE without any data.
  virtual absl::Status Record(const Access& access) = 0;
};

// For services that store nothing personal but staff records.
class NoAccessLog : public AccessLog {
 public:
  absl::Status Record(const Access&) override { return absl::OkStatus(); }
};

}  // namespace gridwork::rpc
