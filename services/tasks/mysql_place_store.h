// PlaceStore in MariaDB or MySQL: table place (migrations/0001_create_place.sql).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "common/mysql/database.h"
#include "services/tasks/place_store.h"

namespace gridwork::tasks {

class MysqlPlaceStore : public PlaceStore {  // Thread-safe.
 public:
  // Both outlive it.
  MysqlPlaceStore(mysql::Database& database, PlaceFollower& follower) : database_(database), follower_(follower) {}

  absl::StatusOr<Place> Find(const Uuid& id) override;
  absl::StatusOr<auth::Page<Place>> List(const auth::Scope& scope, const PlaceQuery& query) override;
  absl::StatusOr<auth::Page<Place>> Near(const auth::Scope& scope, const PlacesNear& near) override;
  absl::StatusOr<std::vector<Imported>> Import(Unit& unit, const std::string& root, const std::vector<Place>& places,
                                               ImportMode mode, std::string_view author) override;
  absl::StatusOr<std::vector<Place>> FindAll(Unit& unit, const std::vector<Uuid>& ids) override;
  absl::StatusOr<Place> Lock(Unit& unit, const Uuid& id) override;
  absl::StatusOr<Place> Update(Unit& unit, const Place& place, std::string_view author) override;
  absl::StatusOr<int64_t> MoveTo(Unit& unit, const std::vector<PlaceAt>& places) override;
  absl::StatusOr<std::vector<Place>> Keep(Unit& unit, const std::vector<Uuid>& ids) override;
  absl::Status HoldAreas(Unit& unit, std::string_view root, int64_t change) override;

 private:
  mysql::Database& database_;
  PlaceFollower& follower_;
};

}  // namespace gridwork::tasks
