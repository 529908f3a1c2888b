#pragma once
#include "common/mysql/database.h"
#include "services/identity/staff/team_store.h"

namespace gridwork::identity {

class MysqlTeamStore : public TeamStore {
 public:
  explicit MysqlTeamStore(mysql::Database& database) : database_(database) {}

  absl::StatusOr<Team> Find(const Uuid& id) override;
  absl::StatusOr<auth::Page<Team>> List(const auth::Scope& scope, const std::string& after, size_t limit) override;
  absl::Status Insert(Unit& unit, const Team& team) override;
  absl::Status Update(Unit& unit, Team& team) override;

 private:
  absl::Status LoadMembers(std::vector<Team>& teams);

  mysql::Database& database_;
};

}  // namespace gridwork::identity
