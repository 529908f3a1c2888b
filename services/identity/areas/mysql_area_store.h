#pragma once
#include "common/mysql/database.h"
#include "services/identity/areas/area_store.h"

namespace gridwork::identity {

class MysqlAreaStore : public AreaStore {
 public:
  explicit MysqlAreaStore(mysql::Database& database) : database_(database) {}

  absl::StatusOr<Area> Find(const std::string& code) override;
  absl::StatusOr<Area> FindWithGeometry(const std::string& code) override;
  absl::StatusOr<Area> FindAt(const std::string& code, absl::Time time) override;
  absl::StatusOr<auth::Page<Area>> List(const auth::Scope& scope, const AreaQuery& query) override;
  absl::StatusOr<int64_t> ChangeCount() override;
  absl::StatusOr<std::vector<AreaChange>> Changes(const std::string& root, int64_t after, size_t limit) override;
  absl::StatusOr<std::vector<Area>> AllWithGeometry() override;

  absl::Status BeginChange(Unit& unit) override;
  absl::StatusOr<bool> IsEmpty(Unit& unit) override;
  absl::StatusOr<std::optional<Area>> Read(Unit& unit, const std::string& code) override;
  absl::StatusOr<bool> HasChildren(Unit& unit, const std::string& code) override;
  absl::Status Insert(Unit& unit, const Area& area) override;
  absl::Status Update(Unit& unit, const Area& area) override;
  absl::Status End(Unit& unit, const Area& area) override;
  absl::Status Record(Unit& unit, const AreaChange& change) override;
  absl::Status KeepLiving(Unit& unit, const std::string& code) override;

 private:
  mysql::Database& database_;
};

}  // namespace gridwork::identity
