// Brings a schema to the state that a build needs. Forward only; one DDL a file ("0007_add_place_status.sql"), never
// edited once merged.
#pragma once
#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/base/embedded.h"
#include "common/mysql/connection.h"

namespace gridwork::embedded {

// request_log and outbox, which every service's schema has.
const std::vector<File>& common_migrations();

}  // namespace gridwork::embedded

namespace gridwork::mysql {

struct MigrationSet {
  std::string name;  // "common", "tasks"
  std::vector<embedded::File> files;
};

// Applies, in order, what is missing of `sets`, and returns the names of the applied files
// ("tasks/0001_create_places.sql"). Only one migrator of a schema works at a time, the others wait for it. Killed at
// any point, the next run goes on. FAILED_PRECONDITION names the file: MIGRATION_EDITED since it was applied,
// MIGRATION_GAP when a later one is applied and it is not, MIGRATION_UNKNOWN when it is applied and not here (the
// database is newer), MIGRATION_NAME. The connection should have a long read_timeout.
absl::StatusOr<std::vector<std::string>> Migrate(Connection& connection, const std::vector<MigrationSet>& sets);

// OK when every file of `sets` is applied as it is here; the database may be newer. For services at their start:
// FAILED_PRECONDITION SCHEMA_OLD or MIGRATION_EDITED names the file.
absl::Status CheckSchema(Connection& connection, const std::vector<MigrationSet>& sets);

}  // namespace gridwork::mysql
