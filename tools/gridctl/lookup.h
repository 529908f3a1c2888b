// Finds what people mean by a short form, and reads lists page by page.
#pragma once
#include <absl/status/statusor.h>

#include <algorithm>
#include <string>

#include "common/base/scope_limits.h"
#include "tools/gridctl/session.h"

namespace gridwork::ctl {

// "CHI/SIDE-CENTRAL/CA32" as it is; "CA32" or "areas/CA32" as its path, which is asked for. "" stays "".
absl::StatusOr<std::string> AreaPath(Session& session, const std::string& text);

// "staff/{uuid}", a UUID, or a username, which is looked for.
absl::StatusOr<std::string> StaffName(Session& session, const std::string& text);

// Up to `limit` rows (0: all) of a list, as one response; its next_page_token is set when there are more. `fetch` asks
// for one page, `rows` is the repeated field.
template <class Request, class Response, class Rows>
absl::StatusOr<Response> ReadPages(Request request, int limit, Rows rows,
                                   const std::function<absl::StatusOr<Response>(const Request&)>& fetch) {
  Response all;
  for (;;) {
    int missing = limit == 0 ? scope::kPageSize : limit - rows(all);
    request.set_page_size(std::min(missing, scope::kPageSize));
    auto page = fetch(request);
    if (!page.ok()) return page.status();
    all.clear_next_page_token();
    all.MergeFrom(*page);
    if (all.next_page_token().empty() || (limit > 0 && rows(all) >= limit)) return all;
    request.set_page_token(all.next_page_token());
  }
}

}  // namespace gridwork::ctl
