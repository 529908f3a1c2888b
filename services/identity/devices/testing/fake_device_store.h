// DeviceStore in memory.
#pragma once
#include <absl/time/clock.h>

#include <map>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "services/identity/devices/device_store.h"
#include "services/identity/staff/staff_store.h"
#include "tests/support/fake_units.h"

namespace gridwork::identity {

class FakeDeviceStore : public DeviceStore {
 public:
  explicit FakeDeviceStore(StaffStore& staff) : staff_(staff) {}

  absl::StatusOr<Device> Find(const Uuid& id) override {
    MutexLock lock(mu_);
    auto it = state_.devices.find(id);
    if (it == state_.devices.end()) return NotFound();
    return it->second;
  }
  absl::StatusOr<auth::Page<Device>> List(const auth::Scope& scope, const DeviceQuery& query) override {
    MutexLock lock(mu_);
    auth::Page<Device> page(scope);
    for (const auto& [id, device] : state_.devices) {
      auto owner = staff_.Find(device.staff);
      if (!owner.ok() || !scope.Holds(owner->area_path)) continue;
      if ((query.staff && device.staff != *query.staff) || id.ToBytes() <= query.after) continue;
      if (page.rows.size() == query.limit) {
        page.next = page.rows.back().id.ToBytes();
        break;
      }
      page.rows.push_back(device);
    }
    return page;
  }
  absl::StatusOr<EnrolmentCode> FindCode(const Sha256& code) override {
    MutexLock lock(mu_);
    for (const auto& [staff, entry] : state_.codes) {
      if (entry.first == code) return entry.second;
    }
    return NotFound();
  }
  absl::StatusOr<std::optional<std::string>> FindPassword(const Uuid& staff) override {
    MutexLock lock(mu_);
    auto it = state_.passwords.find(staff);
    return it == state_.passwords.end() ? std::nullopt : std::optional(it->second);
  }
  absl::Status PutCode(Unit& unit, const Uuid& staff, const Sha256& code, absl::Time expires) override {
    MutexLock lock(mu_);
    Remember(unit);
    state_.codes[staff] = {code, {.staff = staff, .expires = expires}};
    return absl::OkStatus();
  }
  absl::StatusOr<bool> UseCode(Unit& unit, const Sha256& code, const Sha256& key, const Uuid& device) override {
    MutexLock lock(mu_);
    Remember(unit);
    for (auto& [staff, entry] : state_.codes) {
      if (entry.first != code || entry.second.device) continue;
      entry.second.key = key;
      entry.second.device = device;
      return true;
    }
    return false;
  }
  absl::Status Insert(Unit& unit, const Device& device) override {
    MutexLock lock(mu_);
    Remember(unit);
    state_.devices[device.id] = device;
    return absl::OkStatus();
  }
  absl::StatusOr<Device> Lock(Unit&, const Uuid& id) override { return Find(id); }  // one transaction at a time
  absl::Status Update(Unit& unit, const Device& device) override {
    MutexLock lock(mu_);
    Remember(unit);
    Device& row = state_.devices.at(device.id);
    row.certificate = device.certificate;
    row.certificate_expires = device.certificate_expires;
    row.revoked = device.revoked;
    return absl::OkStatus();
  }
  absl::Status PutPassword(Unit& unit, const Uuid& staff, const std::string& hash, absl::Time) override {
    MutexLock lock(mu_);
    Remember(unit);
    state_.passwords[staff] = hash;
    return absl::OkStatus();
  }
  absl::Status InTransaction(const std::function<absl::Status(Unit&)>& body) override {
    RequestKey key{.caller = "open", .request_id = Uuid::V7(absl::Now()), .method = "open"};
    auto run = [&](Unit& unit) -> absl::StatusOr<std::string> {
      if (absl::Status status = body(unit); !status.ok()) return status;
      return std::string();
    };
    return transactions_.Run(key, absl::InfiniteFuture(), run).status();
  }

 private:
  struct State {
    std::map<Uuid, Device> devices;
    std::map<Uuid, std::pair<Sha256, EnrolmentCode>> codes;
    std::map<Uuid, std::string> passwords;
  };
  static absl::Status NotFound() { return Error(absl::StatusCode::kNotFound, "NOT_FOUND", "no such Device"); }
  void Remember(Unit& unit) REQUIRES(mu_) {
    testing::FakeUnit::Of(unit).OnRollback([this, before = state_] {
      MutexLock lock(mu_);
      state_ = before;
    });
  }

  StaffStore& staff_;
  testing::FakeUnits transactions_;
  Mutex mu_;
  State state_ GUARDED_BY(mu_);
};

}  // namespace gridwork::identity
