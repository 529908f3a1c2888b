#include "tools/gridctl/lookup.h"

#include <fmt/format.h>

#include "common/base/uuid.h"
#include "gridwork/identity/v1/area_service.grpc.pb.h"
#include "gridwork/identity/v1/staff_service.grpc.pb.h"
#include "tools/gridctl/values.h"

namespace gridwork::ctl {

using namespace identity::v1;  // NOLINT(google-build-using-namespace)

absl::StatusOr<std::string> AreaPath(Session& session, const std::string& text) {
  bool is_name = text.starts_with("areas/");
  if (text.empty() || (!is_name && text.find('/') != std::string::npos)) return text;
  GetAreaRequest request;
  request.set_name(NameIn("areas", text));
  auto area = session.Call(&AreaService::Stub::GetArea, request);
  // A root's path is its code: work goes on while identity is away.
  if (!is_name && area.status().code() == absl::StatusCode::kUnavailable) return text;
  if (!area.ok()) return area.status();
  return area->path();
}

absl::StatusOr<std::string> StaffName(Session& session, const std::string& text) {
  if (text.empty() || text.starts_with("staff/")) return text;
  if (Uuid::Parse(text).ok()) return NameIn("staff", text);
  ListStaffRequest request;
  request.set_page_size(scope::kPageSize);
  do {
    ASSIGN_OR_RETURN(auto page, session.Call(&StaffService::Stub::ListStaff, request));
    for (const auto& staff : page.staff()) {
      if (staff.username() == text) return staff.name();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return Error(absl::StatusCode::kNotFound, "STAFF_NOT_FOUND",
               fmt::format("nobody with the username {} in your areas", text));
}

}  // namespace gridwork::ctl
