#include "common/mysql/migrate.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "common/base/error.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/mysql/named_lock.h"

namespace gridwork::mysql {
namespace {

// applied_us is NULL while a file is being applied.
constexpr char kCreate[] =
    "CREATE TABLE IF NOT EXISTS schema_migrations (set_name VARBINARY(64) NOT NULL, version INT NOT NULL, name "
    "VARBINARY(255) NOT "
    "NULL, checksum BINARY(32) NOT NULL, applied_us BIGINT, PRIMARY KEY (set_name, version)) ENGINE = InnoDB";
constexpr char kTableExists[] =
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = "
    "'schema_migrations'";
constexpr char kRead[] =
    "SELECT version, name, checksum, applied_us FROM schema_migrations WHERE set_name = ? ORDER BY version";
constexpr char kStart[] = "INSERT INTO schema_migrations (set_name, version, name, checksum) VALUES (?, ?, ?, ?)";
constexpr char kFinish[] =
    "UPDATE schema_migrations SET applied_us = CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) WHERE set_name = ? AND "
    "version = ?";
constexpr char kForget[] = "DELETE FROM schema_migrations WHERE set_name = ? AND version = ?";
constexpr absl::Duration kLockWait = absl::Minutes(10);
constexpr int kTriesPerFile = 10;

struct Applied {
  std::string name;
  std::string checksum;
  bool finished = false;
};

std::string Checksum(const std::string& text) { return ToBytes(Sha256Of(text)); }

absl::Status Refuse(std::string_view reason, const MigrationSet& set, std::string_view file, std::string_view what) {
  std::string name = fmt::format("{}/{}", set.name, file);
  return Error(absl::StatusCode::kFailedPrecondition, reason, fmt::format("{}: {}", name, what), {{"file", name}});
}

// The files by their number. Numbers ascend; they may leave room.
using Files = std::map<int, const embedded::File*>;

absl::StatusOr<Files> Numbered(const MigrationSet& set) {
  Files out;
  for (const embedded::File& file : set.files) {
    int version = 0;
    const char* digits_end = file.name.data() + std::min<size_t>(4, file.name.size());
    auto [end, error] = std::from_chars(file.name.data(), digits_end, version);
    if (error != std::errc() || end != file.name.data() + 4 || file.name[4] != '_') {
      return Refuse("MIGRATION_NAME", set, file.name, "must be named like 0001_create_places.sql");
    }
    if (!out.empty() && version <= out.rbegin()->first) {
      return Refuse("MIGRATION_NAME", set, file.name, "its number must be higher than that of the file before");
    }
    out[version] = &file;
  }
  return out;
}

absl::StatusOr<std::map<int, Applied>> ReadApplied(Connection& connection, const MigrationSet& set) {
  ASSIGN_OR_RETURN(Rows rows, connection.Query(kRead, set.name));
  std::map<int, Applied> out;
  for (Row row : rows) {
    out[row.Get<int>("version")] = {row.Get<std::string>("name"), row.Get<std::string>("checksum"),
                                    !row.IsNull("applied_us")};
  }
  return out;
}

absl::Status CheckUnedited(const MigrationSet& set, const Files& files, const std::map<int, Applied>& applied) {
  for (const auto& [version, was] : applied) {
    auto it = files.find(version);
    if (it == files.end()) continue;
    const embedded::File& file = *it->second;
    if (file.name != was.name || Checksum(file.text) != was.checksum) {
      return Refuse("MIGRATION_EDITED", set, file.name, fmt::format("was applied as {} with another text", was.name));
    }
  }
  return absl::OkStatus();
}

// What is applied must be the beginning of what is here.
absl::Status CheckOrder(const MigrationSet& set, const Files& files, const std::map<int, Applied>& applied) {
  for (const auto& [version, was] : applied) {
    if (!files.contains(version)) {
      return Refuse("MIGRATION_UNKNOWN", set, was.name, "is applied, but this build does not know it");
    }
  }
  for (const auto& [version, file] : files) {
    if (!applied.contains(version) && !applied.empty() && version < applied.rbegin()->first) {
      return Refuse("MIGRATION_GAP", set, file->name, "is not applied, but a later one is");
    }
  }
  return absl::OkStatus();
}

// A statement was applied by a run that was killed before it could say so: each DDL is atomic, so it is there as a
// whole or not at all.
bool IsThereAlready(const absl::Status& status) {
  static const std::set<std::string> kCodes = {"1050", "1060", "1061", "1091", "1517", "1826"};
  return kCodes.contains(MetadataOf(status)["errno"]);
}

// A table in use makes DDL wait, and DDL that waits makes everybody wait: so it gives up soon, and tries again.
absl::Status RunPatiently(Connection& connection, const std::string& sql) {
  for (int i = 1;; ++i) {
    absl::Status status = connection.Run(sql);
    if (ReasonOf(status) != "LOCK_WAIT" || i == kTriesPerFile) return status;
    absl::SleepFor(absl::Milliseconds(200) * i);
  }
}

absl::Status Apply(Connection& connection, const MigrationSet& set, int version, const embedded::File& file,
                   bool started) {
  if (!started) {
    RETURN_IF_ERROR(connection.Execute(kStart, set.name, version, file.name, Checksum(file.text)).status());
  }
  absl::Status status = RunPatiently(connection, file.text);
  if (!status.ok() && !(started && IsThereAlready(status))) {
    if (!started) connection.Execute(kForget, set.name, version).IgnoreError();  // it may be corrected
    return {status.code(), fmt::format("{}/{}: {}", set.name, file.name, std::string(status.message()))};
  }
  return connection.Execute(kFinish, set.name, version).status();
}

absl::Status MigrateSet(Connection& connection, const MigrationSet& set, std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(Files files, Numbered(set));
  ASSIGN_OR_RETURN(auto applied, ReadApplied(connection, set));
  RETURN_IF_ERROR(CheckUnedited(set, files, applied));
  RETURN_IF_ERROR(CheckOrder(set, files, applied));
  for (const auto& [version, file] : files) {
    auto it = applied.find(version);
    if (it != applied.end() && it->second.finished) continue;
    RETURN_IF_ERROR(Apply(connection, set, version, *file, it != applied.end()));
    names.push_back(fmt::format("{}/{}", set.name, file->name));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> Migrate(Connection& connection, const std::vector<MigrationSet>& sets) {
  ASSIGN_OR_RETURN(auto lock, NamedLock::Try(connection, "migrate", kLockWait));
  if (!lock)
    return Error(absl::StatusCode::kAborted, "MIGRATION_RUNNING", "another migrator has been at work for very long");
  RETURN_IF_ERROR(connection.Run(kCreate));
  std::vector<std::string> names;
  for (const MigrationSet& set : sets) RETURN_IF_ERROR(MigrateSet(connection, set, names));
  return names;
}

absl::Status CheckSchema(Connection& connection, const std::vector<MigrationSet>& sets) {
  ASSIGN_OR_RETURN(Rows table, connection.Query(kTableExists));
  bool exists = table[0].Get<bool>(0);
  for (const MigrationSet& set : sets) {
    ASSIGN_OR_RETURN(Files files, Numbered(set));
    std::map<int, Applied> applied;
    if (exists) {
      ASSIGN_OR_RETURN(applied, ReadApplied(connection, set));
    }
    RETURN_IF_ERROR(CheckUnedited(set, files, applied));
    for (const auto& [version, file] : files) {
      if (auto it = applied.find(version); it == applied.end() || !it->second.finished) {
        return Refuse("SCHEMA_OLD", set, file->name, "is not applied: run migrate first");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace gridwork::mysql
