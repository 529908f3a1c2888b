// All stores of identity on one database.
#pragma once
#include "services/identity/areas/mysql_area_store.h"
#include "services/identity/devices/mysql_device_store.h"
#include "services/identity/keys/mysql_signing_key_store.h"
#include "services/identity/limits/mysql_attempt_store.h"
#include "services/identity/sessions/mysql_revocation_store.h"
#include "services/identity/sessions/mysql_session_store.h"
#include "services/identity/staff/mysql_staff_store.h"
#include "services/identity/staff/mysql_team_store.h"

namespace gridwork::identity {

struct MysqlStores {
  explicit MysqlStores(mysql::Database& database)
      : areas(database),
        staff(database),
        teams(database),
        devices(database),
        sessions(database),
        revocations(database),
        signing_keys(database),
        attempts(database) {}

  MysqlAreaStore areas;
  MysqlStaffStore staff;
  MysqlTeamStore teams;
  MysqlDeviceStore devices;
  MysqlSessionStore sessions;
  MysqlRevocationStore revocations;
  MysqlSigningKeyStore signing_keys;
  MysqlAttemptStore attempts;
};

}  // namespace gridwork::identity
