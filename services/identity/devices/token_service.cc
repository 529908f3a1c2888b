#include "services/identity/devices/token_service.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "common/base/status_macros.h"
#include "services/identity/devices/device_errors.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

// Who the token speaks for: the grants that hold now, and not a moment longer than the first of them, or the
// certificate.
auth::Caller CallerOf(const Staff& staff, const auth::Peer& peer, absl::Time now) {
  auth::Caller out;
  out.id = StaffName(staff.id);
  out.session = Uuid::V7(now).ToString();
  out.certificate = peer.certificate;
  out.expires = std::min(now + auth::kMaxTokenLifetime, peer.not_after);
  for (const Grant& grant : staff.grants) {
    // A token counts whole seconds: one with a grant that ends within this one could not be used.
    if (!grant.HoldsAt(now) || grant.EndedAt(now + absl::Seconds(1))) continue;
    out.grants.push_back({.role = ToProto(grant.role), .area = grant.area_path, .until = grant.end});
    out.expires = std::min(out.expires, grant.end);
  }
  out.expires = absl::FromUnixSeconds(absl::ToUnixSeconds(out.expires));
  return out;
}

}  // namespace

absl::StatusOr<auth::SigningKey> MakeTokenKey(std::string_view seed) {
  ASSIGN_OR_RETURN(auto unnamed, auth::SigningKey::FromSeed("unnamed", seed));
  std::array<uint8_t, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(hash.data(), unnamed.public_key().data(), unnamed.public_key().size());
  return auth::SigningKey::FromSeed(fmt::format("{:02x}", fmt::join(hash.begin(), hash.begin() + 8, "")), seed);
}

void TokenService::Register(rpc::FrontDoor& door) {
  door.On("Login", this, &TokenService::Login).On("GetKeySet", this, &TokenService::GetKeySet);
}

absl::StatusOr<v1::LoginResponse> TokenService::Login(const rpc::CallContext& call, const v1::LoginRequest& request) {
  ASSIGN_OR_RETURN(auto staff, Claimed(call, request.username()));
  std::optional<std::string> stored;
  if (staff) {
    ASSIGN_OR_RETURN(stored, devices_.FindPassword(staff->id));
  }
  // The same work for somebody who does not exist, so that the time of the answer tells nothing.
  ASSIGN_OR_RETURN(auth::PasswordCheck check, stored ? passwords_.Verify(*stored, request.password(), call.deadline)
                                                     : passwords_.VerifyNobody(request.password(), call.deadline));
  if (!check.right) return errors::LoginFailed();

  auth::Caller caller = CallerOf(*staff, *call.peer, call.now);
  v1::LoginResponse out;
  ASSIGN_OR_RETURN(*out.mutable_access_token(), auth::SignToken(key_, rules_, caller, call.now));
  *out.mutable_expire_time() = ToTimestamp(caller.expires);
  out.set_staff(caller.id);
  return out;
}

absl::StatusOr<std::optional<Staff>> TokenService::Claimed(const rpc::CallContext& call, const std::string& username) {
  if (!call.peer || call.peer->kind != auth::Peer::Kind::kDevice) return std::nullopt;
  auto id = Uuid::Parse(call.peer->id);
  if (!id.ok()) return std::nullopt;
  auto device = devices_.Find(*id);
  if (absl::IsNotFound(device.status())) return std::nullopt;
  RETURN_IF_ERROR(device.status());
  ASSIGN_OR_RETURN(Staff staff, staff_.Find(device->staff));
  if (staff.username != username || staff.disabled) return std::nullopt;
  return staff;
}

absl::StatusOr<v1::KeySet> TokenService::GetKeySet(const rpc::CallContext&, const v1::GetKeySetRequest&) {
  v1::KeySet out;
  auto* key = out.add_keys();
  key->set_kid(key_.kid());
  key->set_public_key(std::string(key_.public_key().begin(), key_.public_key().end()));
  return out;
}

}  // namespace gridwork::identity
