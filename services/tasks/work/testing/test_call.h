// Calls of handlers as plain methods, without a front door.
#pragma once
#include <absl/time/clock.h>

#include <optional>
#include <string>
#include <utility>

#include "common/base/unit.h"
#include "common/rpc/call_context.h"
#include "services/tasks/work/testing/samples.h"

namespace gridwork::tasks::testing {

inline auth::Caller Somebody(std::string id, auth::Role role = options::v1::ROLE_FIELD_WORKER) {
  return {.id = std::move(id), .grants = {{role, "CHI", absl::InfiniteFuture()}}};
}

// What the front door would hand over.
class TestCall {
 public:
  TestCall(std::string method, auth::Caller caller, absl::Time now = kThen)
      : method_(std::move(method)),
        caller_(std::move(caller)),
        context_{method_, caller_, peer_, now, now + absl::Seconds(10), {}, trace_} {}
  TestCall(const TestCall&) = delete;
  TestCall& operator=(const TestCall&) = delete;

  const rpc::CallContext& context() const { return context_; }

 private:
  const std::string method_;
  const auth::Caller caller_;
  const std::optional<auth::Peer> peer_;
  const rpc::Trace trace_;
  const rpc::CallContext context_;
};

// Runs a write in a unit of its own.
template <class Body>
auto Write(Units& units, Body body) {
  decltype(body(std::declval<Unit&>())) reply;
  RequestKey key{.caller = "somebody", .request_id = Uuid::V7(absl::Now()), .method = "write"};
  auto run = units.Run(key, absl::InfiniteFuture(), [&](Unit& unit) -> absl::StatusOr<std::string> {
    reply = body(unit);
    if (!reply.ok()) return reply.status();
    return reply->SerializeAsString();
  });
  if (!run.ok()) reply = run.status();
  return reply;
}

}  // namespace gridwork::tasks::testing
