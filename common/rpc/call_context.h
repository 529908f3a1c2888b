// What every handler gets: by whom it is called, until when, as part of what.
#pragma once
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "common/auth/caller.h"
#include "common/rpc/trace.h"
#include "gridwork/options/v1/options.pb.h"

namespace gridwork::rpc {

struct CallContext {
  const std::string& method;  // "gridwork.tasks.v1.TaskService/GetTask"
  const auth::Caller& caller;
  const std::optional<auth::Peer>& peer;  // absent only where a policy is open to anyone
  absl::Time now;                         // when the call was taken up
  absl::Time deadline;                    // the client's, at most 30 s away
  options::v1::Purpose purpose;
  const Trace& trace;
  std::string source = {};  // address of the peer, without its port; only where a policy is open to anyone
};

}  // namespace gridwork::rpc
