// PlaceStore in MariaDB or MySQL: table place (migrations/0001_create_place.sql).
#pragma once
#include <string>
#include <vector>

#include "common/mysql/database.h"
#include "services/tasks/place_store.h"

namespace gridwork::tasks {

class MysqlPlaceStore : public PlaceStore {  // Thread-safe.
 public:
  explicit MysqlPlaceStore(mysql::Database& database) : database_(database) {}

  absl::StatusOr<Place> Find(const Uuid& id) override;
  absl::StatusOr<auth::Page<Place>> List(const auth::Scope& scope, const PlaceQuery& query) override;
  absl::StatusOr<auth::Page<Place>> Near(const auth::Scope& scope, const PlacesNear& near) override;
  absl::StatusOr<std::vector<Imported>> Import(Unit& unit, const std::string& root, const std::vector<Place>& places,
                                               ImportMode mode) override;
  absl::StatusOr<Place> Update(Unit& unit, const Place& place) override;

 private:
  mysql::Database& database_;
};

}  // namespace gridwork::tasks
