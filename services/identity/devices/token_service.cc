#include "services/identity/devices/token_service.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "services/identity/devices/device_convert.h"
#include "services/identity/devices/device_errors.h"
#include "services/identity/staff/staff_convert.h"
#include "services/identity/time_convert.h"

namespace gridwork::identity {
namespace {

constexpr size_t kRevocationsOfAPage = 1'000;
constexpr uint32_t kEraseEvery = 32;  // log-ins

// Who the token speaks for: the grants that hold now, and not a moment longer than the first of them, or the
// certificate.
auth::Caller CallerOf(const Staff& staff, const Session& session, const auth::Peer& peer, absl::Time now) {
  auth::Caller out;
  out.id = StaffName(staff.id);
  out.session = Uuid::V7(now).ToString();
  out.login = session.id.ToString();
  out.account_version = staff.version;
  out.certificate = peer.certificate;
  out.expires = std::min(now + auth::kMaxTokenLifetime, peer.not_after);
  for (const Grant& grant : staff.grants) {
    // A token counts whole seconds: one with a grant that ends within this one could not be used.
    if (!grant.HoldsAt(now) || grant.EndedAt(now + absl::Seconds(1))) continue;
    out.grants.push_back({.role = ToProto(grant.role), .area = grant.area_path, .until = grant.end});
    out.expires = std::min(out.expires, grant.end);
  }
  for (const Qualification& held : staff.qualifications) {
    if (!held.EndedAt(now)) out.qualifications.push_back({.code = held.code, .until = held.end});
  }
  for (const Absence& cover : staff.covers) {
    if (cover.HoldsAt(now)) out.covers.push_back({.staff = StaffName(cover.staff), .until = cover.end});
  }
  out.expires = absl::FromUnixSeconds(absl::ToUnixSeconds(out.expires));
  return out;
}

// Whose attempts are counted together.
std::string PeerOf(const rpc::CallContext& call) {
  if (!call.peer) return "nobody";
  return (call.peer->kind == auth::Peer::Kind::kDevice ? "device/" : "svc/") + call.peer->id;
}
AttemptSubject LoginBy(const rpc::CallContext& call) { return SubjectOf("login by", PeerOf(call)); }
AttemptSubject LoginTo(const Device& device) { return SubjectOf("login to", StaffName(device.staff)); }
AttemptSubject RefreshBy(const rpc::CallContext& call) { return SubjectOf("refresh by", PeerOf(call)); }

Shown WhichOf(const Session& session, const auth::RefreshToken& shown) {
  const Sha256 digest = shown.DigestOfSecret();
  bool current = auth::SameDigest(digest, session.current);
  bool previous = auth::SameDigest(digest, session.previous.value_or(Sha256())) && session.previous.has_value();
  return current ? Shown::kCurrent : previous ? Shown::kPrevious : Shown::kOther;
}

}  // namespace

void TokenService::Register(rpc::FrontDoor& door) {
  door.On("Login", this, &TokenService::Login)
      .On("Refresh", this, &TokenService::Refresh)
      .On("Logout", this, &TokenService::Logout)
      .On("GetRevocations", this, &TokenService::GetRevocations)
      .On("GetKeySet", this, &TokenService::GetKeySet);
}

absl::StatusOr<v1::LoginResponse> TokenService::Login(const rpc::CallContext& call, const v1::LoginRequest& request) {
  ASSIGN_OR_RETURN(auto device, DeviceOf(call));
  RETURN_IF_ERROR(BeginLogin(call, device));
  ASSIGN_OR_RETURN(auto staff, Claimed(device, request.username()));
  std::optional<std::string> stored;
  if (staff) {
    ASSIGN_OR_RETURN(stored, stores_.devices.FindPassword(staff->id));
  }
  // The same work for somebody who does not exist, so that the time of the answer tells nothing.
  ASSIGN_OR_RETURN(auth::PasswordCheck check, stored ? passwords_.Verify(*stored, request.password(), call.deadline)
                                                     : passwords_.VerifyNobody(request.password(), call.deadline));
  if (!check.right) return errors::LoginFailed();
  RETURN_IF_ERROR(LoginSucceeded(call, *device));

  ASSIGN_OR_RETURN(auto key, keys_.Signer(call.now));
  ASSIGN_OR_RETURN(Refreshed started, StartSession(*device, call.now));
  auth::Caller caller = CallerOf(*staff, started.session, *call.peer, call.now);
  v1::LoginResponse out;
  ASSIGN_OR_RETURN(*out.mutable_access_token(), auth::SignToken(*key, rules_, caller, call.now));
  *out.mutable_expire_time() = ToTimestamp(caller.expires);
  out.set_staff(caller.id);
  out.set_refresh_token(started.token.ToText());
  *out.mutable_login_expire_time() = ToTimestamp(started.session.created + kSessionLife);
  return out;
}

absl::StatusOr<v1::RefreshResponse> TokenService::Refresh(const rpc::CallContext& call,
                                                          const v1::RefreshRequest& request) {
  std::optional<auth::RefreshToken> shown = auth::ParseRefreshToken(request.refresh_token());
  ASSIGN_OR_RETURN(absl::Duration wait, stores_.attempts.Look(RefreshBy(call), call.now));
  if (wait > absl::ZeroDuration()) return errors::TooManyAttempts(wait);
  ASSIGN_OR_RETURN(auto device, DeviceOf(call));
  if (!shown || !device) return RefreshFailed(call);
  ASSIGN_OR_RETURN(auto key, keys_.Signer(call.now));  // before the token is used up
  std::optional<Refreshed> next;
  RETURN_IF_ERROR(stores_.devices.InTransaction([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(next, Advance(unit, *shown, device->id, call.now));
    return absl::OkStatus();
  }));
  if (!next) return RefreshFailed(call);
  ASSIGN_OR_RETURN(Staff staff, stores_.staff.Find(next->session.staff));
  if (staff.disabled) return RefreshFailed(call);

  auth::Caller caller = CallerOf(staff, next->session, *call.peer, call.now);
  v1::RefreshResponse out;
  ASSIGN_OR_RETURN(*out.mutable_access_token(), auth::SignToken(*key, rules_, caller, call.now));
  *out.mutable_expire_time() = ToTimestamp(caller.expires);
  out.set_refresh_token(next->token.ToText());
  *out.mutable_login_expire_time() = ToTimestamp(next->session.created + kSessionLife);
  return out;
}

absl::StatusOr<v1::LogoutResponse> TokenService::Logout(const rpc::CallContext& call,
                                                        const v1::LogoutRequest& request) {
  std::optional<auth::RefreshToken> shown = auth::ParseRefreshToken(request.refresh_token());
  ASSIGN_OR_RETURN(auto device, DeviceOf(call));
  if (!shown || !device) return v1::LogoutResponse();
  RETURN_IF_ERROR(stores_.devices.InTransaction([&](Unit& unit) -> absl::Status {
    auto session = stores_.sessions.Lock(unit, shown->login);
    if (absl::IsNotFound(session.status())) return absl::OkStatus();
    RETURN_IF_ERROR(session.status());
    bool theirs = WhichOf(*session, *shown) != Shown::kOther && session->device == device->id;
    return theirs ? EndSession(unit, *session, call.now) : absl::OkStatus();
  }));
  return v1::LogoutResponse();
}

absl::Status TokenService::BeginLogin(const rpc::CallContext& call, const std::optional<Device>& device) {
  ASSIGN_OR_RETURN(AttemptAnswer own, stores_.attempts.Begin(LoginBy(call), kPasswordRule, call.now));
  if (own.wait > absl::ZeroDuration()) return errors::TooManyAttempts(own.wait);
  if (!device || own.failures_before == 0) return absl::OkStatus();
  // Several devices of one person together. It stops only those that have failed themselves: who stole one phone does
  // not keep its owner from the other.
  ASSIGN_OR_RETURN(AttemptAnswer all, stores_.attempts.Begin(LoginTo(*device), kPasswordRule, call.now));
  return all.wait > absl::ZeroDuration() ? errors::TooManyAttempts(all.wait) : absl::OkStatus();
}

absl::Status TokenService::LoginSucceeded(const rpc::CallContext& call, const Device& device) {
  RETURN_IF_ERROR(stores_.attempts.Succeed(LoginBy(call)));
  return stores_.attempts.Succeed(LoginTo(device));
}

absl::Status TokenService::RefreshFailed(const rpc::CallContext& call) {
  RETURN_IF_ERROR(stores_.attempts.Begin(RefreshBy(call), kRefreshRule, call.now).status());
  return errors::RefreshFailed();
}

absl::StatusOr<TokenService::Refreshed> TokenService::StartSession(const Device& device, absl::Time now) {
  Session session{.id = Uuid::V7(now), .staff = device.staff, .device = device.id, .created = now, .rotated = now};
  auth::RefreshToken token = auth::NewRefreshToken(session.id);
  session.current = token.DigestOfSecret();
  RETURN_IF_ERROR(stores_.devices.InTransaction([&](Unit& unit) { return stores_.sessions.Put(unit, session); }));
  if (++started_ % kEraseEvery == 0) RETURN_IF_ERROR(stores_.sessions.RemoveOver(now - kSessionIdle));
  return Refreshed{std::move(session), std::move(token)};
}

absl::StatusOr<std::optional<TokenService::Refreshed>> TokenService::Advance(Unit& unit,
                                                                             const auth::RefreshToken& shown,
                                                                             const Uuid& device, absl::Time now) {
  auto session = stores_.sessions.Lock(unit, shown.login);
  if (absl::IsNotFound(session.status())) return std::nullopt;
  RETURN_IF_ERROR(session.status());
  switch (JudgeRefresh(*session, WhichOf(*session, shown), session->device == device, now)) {
    case RefreshVerdict::kRefuse:
      return std::nullopt;
    case RefreshVerdict::kReuse:
      RETURN_IF_ERROR(EndSession(unit, *session, now));
      return std::nullopt;
    case RefreshVerdict::kRepeat: {
      std::optional<auth::RefreshToken> again = auth::OpenSuccessor(shown, session->sealed_successor);
      if (!again) return absl::InternalError("a stored successor does not open");
      return Refreshed{*std::move(session), *std::move(again)};
    }
    case RefreshVerdict::kRotate:
      break;
  }
  auth::RefreshToken successor = auth::NewRefreshToken(session->id);
  session->previous = session->current;
  session->current = successor.DigestOfSecret();
  session->sealed_successor = auth::SealSuccessor(shown, successor);
  session->rotated = now;
  RETURN_IF_ERROR(stores_.sessions.Put(unit, *session));
  return Refreshed{*std::move(session), std::move(successor)};
}

absl::Status TokenService::EndSession(Unit& unit, const Session& session, absl::Time now) {
  RETURN_IF_ERROR(stores_.sessions.End(unit, session.id));
  return stores_.revocations.Add(unit,
                                 {.kind = auth::Revocation::Kind::kLogin,
                                  .subject = session.id.ToString(),
                                  .until = now + auth::kRevokedTokenLife},
                                 now);
}

absl::StatusOr<std::optional<Device>> TokenService::DeviceOf(const rpc::CallContext& call) {
  if (!call.peer || call.peer->kind != auth::Peer::Kind::kDevice) return std::nullopt;
  auto id = Uuid::Parse(call.peer->id);
  if (!id.ok()) return std::nullopt;
  auto device = stores_.devices.Find(*id);
  if (absl::IsNotFound(device.status())) return std::nullopt;
  RETURN_IF_ERROR(device.status());
  if (device->revoked) return std::nullopt;
  return *std::move(device);
}

absl::StatusOr<std::optional<Staff>> TokenService::Claimed(const std::optional<Device>& device,
                                                           const std::string& username) {
  if (!device) return std::nullopt;
  ASSIGN_OR_RETURN(Staff staff, stores_.staff.Find(device->staff));
  if (staff.username != username || staff.disabled) return std::nullopt;
  return staff;
}

absl::StatusOr<v1::GetRevocationsResponse> TokenService::GetRevocations(const rpc::CallContext&,
                                                                        const v1::GetRevocationsRequest& request) {
  ASSIGN_OR_RETURN(auth::RevocationPage page, stores_.revocations.Read(request.cursor(), kRevocationsOfAPage));
  v1::GetRevocationsResponse out;
  out.set_from_start(page.from_start);
  for (const auth::Revocation& revocation : page.entries) *out.add_revocations() = ToProto(revocation);
  out.set_next_cursor(page.cursor);
  out.set_more(page.more);
  return out;
}

absl::StatusOr<v1::KeySet> TokenService::GetKeySet(const rpc::CallContext& call, const v1::GetKeySetRequest&) {
  v1::KeySet out;
  for (const auth::VerifyKey& published : keys_.Published(call.now)) {
    auto* key = out.add_keys();
    key->set_kid(published.kid);
    key->set_public_key(std::string(published.public_key.begin(), published.public_key.end()));
    *key->mutable_not_before_time() = ToTimestamp(published.not_before);
    *key->mutable_not_after_time() = ToTimestamp(published.not_after);
  }
  return out;
}

}  // namespace gridwork::identity
