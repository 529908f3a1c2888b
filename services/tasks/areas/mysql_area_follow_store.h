// AreaFollowStore in MariaDB or MySQL: table area_follow, and the places of others.
#pragma once
#include "common/mysql/database.h"
#include "services/tasks/areas/area_follow_store.h"

namespace gridwork::tasks {

class MysqlAreaFollowStore : public AreaFollowStore {
 public:
  explicit MysqlAreaFollowStore(mysql::Database& database) : database_(database) {}

  absl::StatusOr<std::vector<std::string>> Roots() override;
  absl::StatusOr<int64_t> Followed(const std::string& root) override;
  absl::Status Begin(const std::string& root, int64_t change) override;
  absl::StatusOr<std::vector<Place>> Scan(const std::string& area, const Place* after, size_t limit) override;
  absl::Status End(const std::string& root, int64_t change) override;
  absl::Status InTransaction(const std::function<absl::Status(Unit&)>& body) override;

 private:
  mysql::Database& database_;
};

}  // namespace gridwork::tasks
