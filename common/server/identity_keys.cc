#include "common/server/identity_keys.h"

#include <google/protobuf/util/time_util.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/base/status_macros.h"
#include "common/rpc/client.h"
#include "gridwork/identity/v1/token_service.grpc.pb.h"

namespace gridwork::server {
namespace {

using google::protobuf::util::TimeUtil;
using identity::v1::TokenService;

constexpr absl::Duration kEvery = absl::Seconds(30);
constexpr absl::Duration kTimeout = absl::Seconds(5);

absl::StatusOr<auth::VerifyKey> ToKey(const identity::v1::VerificationKey& key) {
  auth::VerifyKey out;
  if (key.public_key().size() != out.public_key.size())
    return absl::DataLossError("identity sent a key that is not 32 bytes");
  out.kid = key.kid();
  std::copy(key.public_key().begin(), key.public_key().end(), out.public_key.begin());
  if (key.has_not_before_time())
    out.not_before = absl::FromUnixSeconds(TimeUtil::TimestampToSeconds(key.not_before_time()));
  if (key.has_not_after_time())
    out.not_after = absl::FromUnixSeconds(TimeUtil::TimestampToSeconds(key.not_after_time()));
  return out;
}

}  // namespace

absl::Status IdentityKeys::Start(absl::Duration patience) {
  RETURN_IF_ERROR(TryFor(patience, [this] { return Fetch(); }));
  refresh_.Start(kEvery, [this] {
    if (absl::Status status = Fetch(); !status.ok())
      spdlog::warn("keys of identity: {}", std::string(status.message()));
  });
  return absl::OkStatus();
}

absl::Status IdentityKeys::Fetch() {
  TokenService::Stub stub(identity_);
  ASSIGN_OR_RETURN(auto reply, rpc::Invoke(stub, &TokenService::Stub::GetKeySet, identity::v1::GetKeySetRequest(),
                                           {.timeout = kTimeout}));
  std::vector<auth::VerifyKey> keys;
  for (const auto& key : reply.keys()) {
    ASSIGN_OR_RETURN(auth::VerifyKey parsed, ToKey(key));
    keys.push_back(std::move(parsed));
  }
  ASSIGN_OR_RETURN(auth::KeySet set, auth::KeySet::Create(keys));
  keys_.Set(std::move(set));
  return absl::OkStatus();
}

}  // namespace gridwork::server
