// The stores that the tests of services and the store contracts run on: in memory, and in MariaDB.
#pragma once
#include <absl/time/clock.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>

#include "common/auth/caller.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/unit.h"
#include "common/rpc/call_context.h"
#include "services/identity/areas/area_store.h"
#include "services/identity/devices/device_store.h"
#include "services/identity/keys/signing_key_store.h"
#include "services/identity/limits/attempt_store.h"
#include "services/identity/sessions/revocation_store.h"
#include "services/identity/sessions/session_store.h"
#include "services/identity/staff/staff_store.h"
#include "services/identity/staff/team_store.h"
#include "tests/support/scope.h"

namespace gridwork::identity {

inline const absl::Time kTestNow = absl::FromUnixSeconds(1'790'000'000);

class World {
 public:
  virtual ~World() = default;
  virtual AreaStore& areas() = 0;
  virtual StaffStore& staff() = 0;
  virtual TeamStore& teams() = 0;
  virtual DeviceStore& devices() = 0;
  virtual SessionStore& sessions() = 0;
  virtual RevocationStore& revocations() = 0;
  virtual SigningKeyStore& signing_keys() = 0;
  virtual AttemptStore& attempts() = 0;
  virtual Units& units() = 0;

  // Runs `body` as the front door would run a writing handler.
  template <class T>
  absl::StatusOr<T> Write(const std::function<absl::StatusOr<T>(Unit&)>& body) {
    absl::StatusOr<T> result;
    RequestKey key{.caller = "test", .request_id = Uuid::V7(absl::Now()), .method = "Test/Write"};
    auto done = units().Run(key, absl::Now() + absl::Seconds(20), [&](Unit& unit) -> absl::StatusOr<std::string> {
      result = body(unit);
      if (!result.ok()) return result.status();
      return "";
    });
    if (!done.ok()) return done.status();
    return result;
  }
  absl::Status Do(const std::function<absl::Status(Unit&)>& body) {
    return Write<bool>([&](Unit& unit) -> absl::StatusOr<bool> {
             RETURN_IF_ERROR(body(unit));
             return true;
           })
        .status();
  }
};

using MakeWorld = std::unique_ptr<World> (*)();
std::unique_ptr<World> MakeFakeWorld();
std::unique_ptr<World> MakeMysqlWorld();  // empty; one at a time

class WorldTest : public ::testing::TestWithParam<MakeWorld> {
 protected:
  std::unique_ptr<World> world_ = GetParam()();
};

inline std::string WorldName(const ::testing::TestParamInfo<MakeWorld>& world) {
  return world.param == &MakeFakeWorld ? "Fake" : "MariaDB";
}

#define INSTANTIATE_WORLDS(Suite) \
  INSTANTIATE_TEST_SUITE_P(Both, Suite, ::testing::Values(&MakeFakeWorld, &MakeMysqlWorld), WorldName)

// What a handler gets of a call.
struct TestCall {
  auth::Caller caller{.id = "staff/tester", .grants = {{options::v1::ROLE_ADMIN, "CHI", absl::InfiniteFuture()}}};
  std::optional<auth::Peer> peer;
  absl::Time now = kTestNow;
  std::string method = "gridwork.identity.v1.Test/Method";
  rpc::Trace trace;
  std::string source = "ipv4:192.0.2.1";

  rpc::CallContext context() const {
    return {method, caller, peer, now, absl::Now() + absl::Seconds(20), options::v1::PURPOSE_UNSPECIFIED,
            trace,  source};
  }
};

// CHI with its grid UNPLACED, and the sides NO and SO in it.
inline void MakeTown(World& world) {
  Area root{.code = "CHI", .display_name = "Chicago", .level = "city", .path = "CHI"};
  root.created = root.updated = kTestNow;
  Area north = root, south = root;
  north.code = "NO", north.parent = "CHI", north.path = "CHI/NO", north.level = "side";
  south.code = "SO", south.parent = "CHI", south.path = "CHI/SO", south.level = "side";
  for (const Area& area : {root, UnplacedGridOf(root), north, south}) {
    ASSERT_EQ(world.Do([&](Unit& unit) { return world.areas().Insert(unit, area); }), absl::OkStatus());
  }
}

inline auth::Scope In(std::vector<std::string> areas) { return auth::ScopeForTest::Of(std::move(areas)); }

// Expect an error by its reason and, for BAD_FIELD, the first field.
#define EXPECT_REASON(status, reason) EXPECT_EQ(ReasonOf(StatusOf(status)), reason) << StatusOf(status)
#define EXPECT_BAD_FIELD(status, field) EXPECT_EQ(BadFieldOf(StatusOf(status)), field) << StatusOf(status)

inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <class T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}
inline std::string BadFieldOf(const absl::Status& status) {
  auto violations = FieldViolationsOf(status);
  return violations.empty() ? "" : violations[0].first;
}

}  // namespace gridwork::identity
