// The identity service: areas and grids, staff and grants, devices and tokens.
#include "common/config/config.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/database.h"
#include "common/server/revocation_poller.h"
#include "common/server/server.h"
#include "services/identity/areas/area_service.h"
#include "services/identity/config.h"
#include "services/identity/devices/device_service.h"
#include "services/identity/devices/token_service.h"
#include "services/identity/keys/key_ring_flow.h"
#include "services/identity/migrations.h"
#include "services/identity/mysql_stores.h"
#include "services/identity/staff/staff_service.h"

using namespace gridwork;

int main(int argc, char** argv) {
  const identity::Config config = identity::ParseConfig(argc, argv);
  const auth::TokenRules rules{"gridwork", "gridwork"};
  auto authority = auth::CertificateAuthority::Create(config.ca_certificate, config.ca_key);
  config::Must("--ca_key", authority.status());

  SystemClock clock;
  PageTokens page_tokens(config.server.page_token_key);
  auth::PasswordHasher passwords;
  server::ServiceDatabase mysql(config.mysql);
  mysql.Start({{"identity", embedded::identity_migrations()}});
  identity::MysqlStores s(mysql.database);

  auth::KeySetHolder keys;
  identity::KeyRing key_ring(s.signing_keys, config.key_encryption_key, clock, keys);
  config::Must("--key_encryption_key_file", key_ring.Start());
  auth::RevocationList revoked;
  server::RevocationPoller poller([&](const auto& cursor) { return s.revocations.Read(cursor, 1'000); }, revoked,
                                  clock);
  config::Must("revocations", poller.Start(absl::Seconds(30)));
  rpc::TokenAuthenticator authenticator(rules, keys, revoked);

  identity::AreaService area_service({s.areas, s.staff, s.revocations}, clock, page_tokens);
  identity::StaffService staff_service({s.staff, s.teams, s.areas, s.sessions, s.revocations}, page_tokens);
  identity::DeviceService device_service({s.devices, s.staff, s.teams, s.areas, s.sessions, s.revocations, s.attempts},
                                         *authority, passwords, config.bootstrap_secret, page_tokens);
  identity::TokenService token_service({s.devices, s.staff, s.sessions, s.revocations, s.attempts}, passwords, key_ring,
                                       rules);

  rpc::NoAccessLog access_log;
  server::Server server(config.server, authenticator, mysql.units, access_log, clock);
  server.Serve(area_service, staff_service, device_service, token_service);
  server.WaitForSignal();
}
