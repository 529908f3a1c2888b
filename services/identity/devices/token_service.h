// TokenService: one method for each RPC.
#pragma once
#include <atomic>

#include "common/auth/jws.h"
#include "common/auth/password.h"
#include "common/auth/refresh_token.h"
#include "common/rpc/front_door.h"
#include "gridwork/identity/v1/token_service.pb.h"
#include "services/identity/devices/device_store.h"
#include "services/identity/keys/key_ring_flow.h"
#include "services/identity/limits/attempt_store.h"
#include "services/identity/sessions/revocation_store.h"
#include "services/identity/sessions/session_store.h"
#include "services/identity/staff/staff_store.h"

namespace gridwork::identity {

class TokenService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.identity.v1.TokenService";

  struct Stores {
    DeviceStore& devices;
    StaffStore& staff;
    SessionStore& sessions;
    RevocationStore& revocations;
    AttemptStore& attempts;
  };
  // All arguments outlive it.
  TokenService(const Stores& stores, auth::PasswordHasher& passwords, const KeyRing& keys, auth::TokenRules rules)
      : stores_(stores), passwords_(passwords), keys_(keys), rules_(std::move(rules)) {}

  void Register(rpc::FrontDoor& door);

  absl::StatusOr<v1::LoginResponse> Login(const rpc::CallContext&, const v1::LoginRequest&);
  absl::StatusOr<v1::RefreshResponse> Refresh(const rpc::CallContext&, const v1::RefreshRequest&);
  absl::StatusOr<v1::LogoutResponse> Logout(const rpc::CallContext&, const v1::LogoutRequest&);
  absl::StatusOr<v1::GetRevocationsResponse> GetRevocations(const rpc::CallContext&, const v1::GetRevocationsRequest&);
  absl::StatusOr<v1::KeySet> GetKeySet(const rpc::CallContext&, const v1::GetKeySetRequest&);

 private:
  struct Refreshed {
    Session session;
    auth::RefreshToken token;  // the newest
  };

  // The device whose certificate the connection shows; nullopt when there is none, or it is revoked.
  absl::StatusOr<std::optional<Device>> DeviceOf(const rpc::CallContext& call);
  // The account that the device and the user name agree on; nullopt when they do not, or it is disabled.
  absl::StatusOr<std::optional<Staff>> Claimed(const std::optional<Device>& device, const std::string& username);
  // Counts the attempt to log in before the password is looked at. RESOURCE_EXHAUSTED TOO_MANY_ATTEMPTS.
  absl::Status BeginLogin(const rpc::CallContext& call, const std::optional<Device>& device);
  absl::Status LoginSucceeded(const rpc::CallContext& call, const Device& device);
  // The answer to a refresh that failed, which counts.
  absl::Status RefreshFailed(const rpc::CallContext& call);
  absl::StatusOr<Refreshed> StartSession(const Device& device, absl::Time now);
  // The session with its next token; nullopt when the one that was shown is refused.
  absl::StatusOr<std::optional<Refreshed>> Advance(Unit& unit, const auth::RefreshToken& shown, const Uuid& device,
                                                   absl::Time now);
  absl::Status EndSession(Unit& unit, const Session& session, absl::Time now);

  const Stores stores_;
  auth::PasswordHasher& passwords_;
  const KeyRing& keys_;
  const auth::TokenRules rules_;
  std::atomic<uint32_t> started_ = 0;
};

}  // namespace gridwork::identity
