// DeviceStore on MySQL.
#pragma once
#include "common/mysql/database.h"
#include "services/identity/devices/device_store.h"

namespace gridwork::identity {

class MysqlDeviceStore : public DeviceStore {
 public:
  explicit MysqlDeviceStore(mysql::Database& database) : database_(database) {}

  absl::StatusOr<Device> Find(const Uuid& id) override;
  absl::StatusOr<auth::Page<Device>> List(const auth::Scope& scope, const DeviceQuery& query) override;
  absl::StatusOr<EnrolmentCode> FindCode(const Sha256& code) override;
  absl::StatusOr<std::optional<std::string>> FindPassword(const Uuid& staff) override;
  absl::Status PutCode(Unit& unit, const Uuid& staff, const Sha256& code, absl::Time expires) override;
  absl::StatusOr<bool> UseCode(Unit& unit, const Sha256& code, const Sha256& key, const Uuid& device) override;
  absl::Status Insert(Unit& unit, const Device& device) override;
  absl::StatusOr<Device> Lock(Unit& unit, const Uuid& id) override;
  absl::Status Update(Unit& unit, const Device& device) override;
  absl::Status PutPassword(Unit& unit, const Uuid& staff, const std::string& hash, absl::Time now) override;
  absl::Status InTransaction(const std::function<absl::Status(Unit&)>& body) override;

 private:
  mysql::Database& database_;
};

}  // namespace gridwork::identity
