// TokenService: one method for each RPC.
#pragma once
#include "common/auth/jws.h"
#include "common/auth/password.h"
#include "common/rpc/front_door.h"
#include "gridwork/identity/v1/token_service.pb.h"
#include "services/identity/devices/device_store.h"
#include "services/identity/staff/staff_store.h"

namespace gridwork::identity {

// The key of a seed of 32 bytes, named after its public key: who has the same seed has the same name for it.
absl::StatusOr<auth::SigningKey> MakeTokenKey(std::string_view seed);

class TokenService {  // Thread-safe.
 public:
  static constexpr char kName[] = "gridwork.identity.v1.TokenService";

  // All arguments outlive it.
  TokenService(DeviceStore& devices, StaffStore& staff, auth::PasswordHasher& passwords, const auth::SigningKey& key,
               auth::TokenRules rules)
      : devices_(devices), staff_(staff), passwords_(passwords), key_(key), rules_(std::move(rules)) {}

  void Register(rpc::FrontDoor& door);

  absl::StatusOr<v1::LoginResponse> Login(const rpc::CallContext&, const v1::LoginRequest&);
  absl::StatusOr<v1::KeySet> GetKeySet(const rpc::CallContext&, const v1::GetKeySetRequest&);

 private:
  // The account that the device and the user name agree on; nullopt when they do not, or it is disabled.
  absl::StatusOr<std::optional<Staff>> Claimed(const rpc::CallContext& call, const std::string& username);

  DeviceStore& devices_;
  StaffStore& staff_;
  auth::PasswordHasher& passwords_;
  const auth::SigningKey& key_;
  const auth::TokenRules rules_;
};

}  // namespace gridwork::identity
