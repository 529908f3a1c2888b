// W3C Trace Context: the id that ties the log lines of one call through all services together.
#pragma once
#include <string>
#include <string_view>

namespace gridwork::rpc {

struct Trace {
  std::string trace_id;  // 32 lower-case hex digits
  std::string span_id;   // 16, of this call
  bool sampled = false;

  // Continues the trace of a `traceparent` header with a new span, or starts one when the header is absent or
  // malformed.
  static Trace Continue(std::string_view traceparent);
  std::string traceparent() const;  // for outgoing calls
};

}  // namespace gridwork::rpc
