#include <string>

#include "common/mysql/unit.h"
#include "services/identity/areas/mysql_area_store.h"
#include "services/identity/areas/testing/fake_area_store.h"
#include "services/identity/devices/mysql_device_store.h"
#include "services/identity/devices/testing/fake_device_store.h"
#include "services/identity/keys/mysql_signing_key_store.h"
#include "services/identity/keys/testing/fake_signing_key_store.h"
#include "services/identity/limits/mysql_attempt_store.h"
#include "services/identity/limits/testing/fake_attempt_store.h"
#include "services/identity/migrations.h"
#include "services/identity/sessions/mysql_revocation_store.h"
#include "services/identity/sessions/mysql_session_store.h"
#include "services/identity/sessions/testing/fake_session_store.h"
#include "services/identity/staff/mysql_staff_store.h"
#include "services/identity/staff/mysql_team_store.h"
#include "services/identity/staff/testing/fake_staff_store.h"
#include "services/identity/testing/world.h"
#include "tests/support/fake_units.h"
#include "tests/support/mysql_fixture.h"

namespace gridwork::identity {
namespace {

class FakeWorld : public World {
 public:
  AreaStore& areas() override { return areas_; }
  StaffStore& staff() override { return staff_; }
  TeamStore& teams() override { return teams_; }
  DeviceStore& devices() override { return devices_; }
  SessionStore& sessions() override { return sessions_; }
  RevocationStore& revocations() override { return revocations_; }
  SigningKeyStore& signing_keys() override { return signing_keys_; }
  AttemptStore& attempts() override { return attempts_; }
  Units& units() override { return units_; }

 private:
  FakeAreaStore areas_;
  FakeStaffStore staff_;
  FakeTeamStore teams_{staff_};
  FakeDeviceStore devices_{staff_};
  FakeSessionStore sessions_;
  FakeRevocationStore revocations_;
  FakeSigningKeyStore signing_keys_;
  FakeAttemptStore attempts_;
  testing::FakeUnits units_;
};

testing::MysqlSchema& Schema() {
  static testing::MysqlSchema schema({{"identity", embedded::identity_migrations()}});
  return schema;
}

class MysqlWorld : public World {
 public:
  MysqlWorld() {
    for (std::string_view table :
         {"attempt", "signing_key", "session", "revocation", "revocation_clock", "device", "enrolment_code",
          "credential", "team_member", "team", "role_grant", "staff_qualification", "staff_absence", "staff",
          "area_change", "area_change_log", "area_history"})
      Schema().Run(fmt::format("DELETE FROM {}", table));
    Schema().Run("DELETE FROM area ORDER BY path DESC");
  }
  AreaStore& areas() override { return areas_; }
  StaffStore& staff() override { return staff_; }
  TeamStore& teams() override { return teams_; }
  DeviceStore& devices() override { return devices_; }
  SessionStore& sessions() override { return sessions_; }
  RevocationStore& revocations() override { return revocations_; }
  SigningKeyStore& signing_keys() override { return signing_keys_; }
  AttemptStore& attempts() override { return attempts_; }
  Units& units() override { return units_; }

 private:
  mysql::Database database_{Schema().pool()};
  MysqlAreaStore areas_{database_};
  MysqlStaffStore staff_{database_};
  MysqlTeamStore teams_{database_};
  MysqlDeviceStore devices_{database_};
  MysqlSessionStore sessions_{database_};
  MysqlRevocationStore revocations_{database_};
  MysqlSigningKeyStore signing_keys_{database_};
  MysqlAttemptStore attempts_{database_};
  mysql::MysqlUnits units_{Schema().pool()};
};

}  // namespace

std::unique_ptr<World> MakeFakeWorld() { return std::make_unique<FakeWorld>(); }
std::unique_ptr<World> MakeMysqlWorld() { return std::make_unique<MysqlWorld>(); }

}  // namespace gridwork::identity
