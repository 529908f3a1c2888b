#include "tools/demo_day/checks.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "common/base/error.h"

namespace gridwork::demo {

bool Check(bool ok, std::string_view service, std::string_view what) {
  fmt::print("{} {}: {}\n", ok ? "ok" : "FAIL", service, what);
  std::fflush(stdout);
  return ok;
}

bool CheckRefused(const absl::Status& status, std::string_view reason, std::string_view service,
                  std::string_view what) {
  if (ReasonOf(status) == reason) return Check(true, service, fmt::format("{} is refused: {}", what, reason));
  return Check(false, service, fmt::format("{} should be refused with {}, but: {}", what, reason, status.ToString()));
}

void Say(std::string_view text) {
  fmt::print("   {}\n", text);
  std::fflush(stdout);
}

void Need(const absl::Status& status, std::string_view service, std::string_view what) {
  if (status.ok()) return;
  Check(false, service, fmt::format("{}: {}", what, std::string(status.message())));
  std::exit(1);
}

}  // namespace gridwork::demo
