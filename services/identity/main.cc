// The identity service: areas and grids, staff and grants, devices and tokens.
#include <fmt/format.h>

#include "common/config/config.h"
#include "common/rpc/token_authenticator.h"
#include "common/server/database.h"
#include "common/server/revocation_poller.h"
#include "common/server/server.h"
#include "services/identity/areas/area_service.h"
#include "services/identity/areas/mysql_area_store.h"
#include "services/identity/config.h"
#include "services/identity/devices/device_service.h"
#include "services/identity/devices/mysql_device_store.h"
#include "services/identity/devices/token_service.h"
#include "services/identity/migrations.h"
#include "services/identity/sessions/mysql_revocation_store.h"
#include "services/identity/sessions/mysql_session_store.h"
#include "services/identity/staff/mysql_staff_store.h"
#include "services/identity/staff/mysql_team_store.h"
#include "services/identity/staff/staff_service.h"

using namespace gridwork;

namespace {

template <class T>
T Usable(const char* flag, absl::StatusOr<T> value) {
  if (!value.ok()) config::Wrong(fmt::format("--{}: {}", flag, std::string(value.status().message())));
  return *std::move(value);
}

}  // namespace

int main(int argc, char** argv) {
  const identity::Config config = identity::ParseConfig(argc, argv);
  const auth::TokenRules rules{"gridwork", "gridwork"};
  auto authority = Usable("ca_key", auth::CertificateAuthority::Create(config.ca_certificate, config.ca_key));
  auto token_key = Usable("token_key_file", identity::MakeTokenKey(config.token_key));
  auth::KeySetHolder keys;
  keys.Set(*auth::KeySet::Create({{.kid = token_key.kid(), .public_key = token_key.public_key()}}));
  auth::RevocationList revoked;
  rpc::TokenAuthenticator authenticator(rules, keys, revoked);

  SystemClock clock;
  PageTokens page_tokens(config.server.page_token_key);
  auth::PasswordHasher passwords;
  server::ServiceDatabase mysql(config.mysql);
  mysql.Start({{"identity", embedded::identity_migrations()}});
  identity::MysqlAreaStore areas(mysql.database);
  identity::MysqlStaffStore staff(mysql.database);
  identity::MysqlTeamStore teams(mysql.database);
  identity::MysqlDeviceStore devices(mysql.database);
  identity::MysqlSessionStore sessions;
  identity::MysqlRevocationStore revocations(mysql.database);
  server::RevocationPoller poller([&](const auto& cursor) { return revocations.Read(cursor, 1'000); }, revoked, clock);
  if (auto status = poller.Start(absl::Seconds(30)); !status.ok())
    config::Wrong(fmt::format("revocations: {}", std::string(status.message())));

  identity::AreaService area_service(areas, clock, page_tokens);
  identity::StaffService staff_service({staff, teams, areas, sessions, revocations}, page_tokens);
  identity::DeviceService device_service({devices, staff, teams, areas, sessions, revocations}, authority, passwords,
                                         config.bootstrap_secret, page_tokens);
  identity::TokenService token_service({devices, staff, sessions, revocations}, passwords, token_key, rules);

  rpc::NoAccessLog access_log;
  server::Server server(config.server, authenticator, mysql.units, access_log, clock);
  server.Serve(area_service, staff_service, device_service, token_service);
  server.WaitForSignal();
}
