#include "common/server/revocation_poller.h"

#include <google/protobuf/util/time_util.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "common/base/status_macros.h"
#include "common/rpc/client.h"
#include "gridwork/identity/v1/token_service.grpc.pb.h"

namespace gridwork::server {
namespace {

using google::protobuf::util::TimeUtil;
using identity::v1::TokenService;

constexpr absl::Duration kTimeout = absl::Seconds(5);

}  // namespace

absl::Status RevocationPoller::Start(absl::Duration patience) {
  RETURN_IF_ERROR(TryFor(patience, [this] { return Poll(); }));
  poll_.Start(kEvery, [this, away = false]() mutable {
    absl::Status status = Poll();
    if (!status.ok() && !away) spdlog::warn("list of revocations: {}", std::string(status.message()));
    if (status.ok() && away) spdlog::info("list of revocations: there again");
    away = !status.ok();
  });
  return absl::OkStatus();
}

absl::Status RevocationPoller::Poll() {
  const absl::Time asked = clock_.Now();  // what is revoked from now on may be missing in the answer
  std::vector<auth::Revocation> entries;
  std::string cursor = cursor_;
  bool whole = false, more = true;
  while (more) {
    ASSIGN_OR_RETURN(auth::RevocationPage page, source_(cursor));
    if (page.from_start) {
      entries.clear();
      whole = true;
    }
    entries.insert(entries.end(), page.entries.begin(), page.entries.end());
    cursor = std::move(page.cursor);
    more = page.more;
  }
  list_.Apply(entries, whole, asked);
  list_.Confirm(asked);
  cursor_ = std::move(cursor);
  return absl::OkStatus();
}

RevocationPoller::Source RevocationsOf(std::shared_ptr<grpc::Channel> identity) {
  return [identity = std::move(identity)](const std::string& cursor) -> absl::StatusOr<auth::RevocationPage> {
    TokenService::Stub stub(identity);
    identity::v1::GetRevocationsRequest request;
    request.set_cursor(cursor);
    ASSIGN_OR_RETURN(auto reply,
                     rpc::Invoke(stub, &TokenService::Stub::GetRevocations, request, {.timeout = kTimeout}));
    auth::RevocationPage page{.from_start = reply.from_start(), .cursor = reply.next_cursor(), .more = reply.more()};
    for (const auto& entry : reply.revocations()) {
      page.entries.push_back({.kind = static_cast<auth::Revocation::Kind>(entry.kind()),
                              .subject = entry.subject(),
                              .below = entry.below_version(),
                              .until = absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(entry.expire_time()))});
    }
    return page;
  };
}

}  // namespace gridwork::server
