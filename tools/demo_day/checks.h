// The lines that tools/demo counts: "ok service: what" and "FAIL service: what".
#pragma once
#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace gridwork::demo {

// Prints the line, flushed at once. Returns `ok`.
bool Check(bool ok, std::string_view service, std::string_view what);
// ok when `status` is a refusal with this reason.
bool CheckRefused(const absl::Status& status, std::string_view reason, std::string_view service, std::string_view what);
// A line about what happens now.
void Say(std::string_view text);
// Stops the demo: without this step nothing after it makes sense.
void Need(const absl::Status& status, std::string_view service, std::string_view what);

}  // namespace gridwork::demo
