// Every RPC has a handler of the shape that its policy asks for: the front door stops the process otherwise.
#include <gmock/gmock.h>
#include <unistd.h>

#include "common/rpc/front_door.h"
#include "common/rpc/token_authenticator.h"
#include "services/identity/areas/area_service.h"
#include "services/identity/areas/testing/fake_area_store.h"
#include "services/identity/devices/device_service.h"
#include "services/identity/devices/testing/fake_device_store.h"
#include "services/identity/devices/token_service.h"
#include "services/identity/keys/testing/fake_signing_key_store.h"
#include "services/identity/limits/testing/fake_attempt_store.h"
#include "services/identity/sessions/testing/fake_session_store.h"
#include "services/identity/staff/staff_service.h"
#include "services/identity/staff/testing/fake_staff_store.h"

namespace gridwork::identity {
namespace {

TEST(Doors, HaveAHandlerForEveryRpc) {
  SystemClock clock;
  auth::KeySetHolder keys;
  auth::RevocationList revoked;
  rpc::TokenAuthenticator authenticator({"gridwork", "gridwork"}, keys, revoked);
  testing::FakeUnits units;
  rpc::NoAccessLog access_log;
  log::LogBuffer log(STDERR_FILENO);
  metrics::CallMetrics metrics;
  rpc::Workers workers(1, 1);
  const rpc::Surroundings surroundings{workers, workers, authenticator,       units, access_log, log,
                                       metrics, clock,   std::string(32, 'k')};

  FakeAreaStore areas;
  FakeStaffStore staff;
  FakeTeamStore teams(staff);
  FakeDeviceStore devices(staff);
  FakeSessionStore sessions;
  FakeRevocationStore revocations;
  FakeAttemptStore attempts;
  PageTokens tokens(std::string(32, 'k'));
  auth::PasswordHasher passwords;
  auto authority = auth::CertificateAuthority::MakeRoot("Test", clock.Now(), absl::Hours(24)).value();
  FakeSigningKeyStore signing_keys;
  KeyRing key_ring(signing_keys, std::string(32, 'k'), clock, keys);
  AreaService area_service({areas, staff, revocations}, clock, tokens);
  StaffService staff_service({staff, teams, areas, sessions, revocations}, tokens);
  DeviceService device_service({devices, staff, teams, areas, sessions, revocations, attempts}, authority, passwords,
                               "secret", tokens);
  TokenService token_service({devices, staff, sessions, revocations, attempts}, passwords, key_ring,
                             {"gridwork", "gridwork"});

  auto open = [&](auto& service) {
    rpc::FrontDoor door(std::remove_reference_t<decltype(service)>::kName, surroundings);
    service.Register(door);
    door.Ready();
  };
  open(area_service);
  open(staff_service);
  open(device_service);
  open(token_service);
}

}  // namespace
}  // namespace gridwork::identity
