// GET_LOCK: one process at a time, of all that use the schema.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status_macros.h"
#include "common/mysql/connection.h"

namespace gridwork::mysql {

// Holds the lock while it lives. The connection, which must outlive it, loses it too when it breaks.
class NamedLock {
 public:
  // nullopt when another one holds it for longer than `wait`. The name is completed with the schema's.
  static absl::StatusOr<std::optional<NamedLock>> Try(Connection& connection, std::string_view name,
                                                      absl::Duration wait) {
    // 64 characters at most: the schema's name is hashed.
    ASSIGN_OR_RETURN(Rows named, connection.Query("SELECT CONCAT(?, '.', MD5(DATABASE()))", name));
    std::string full = named[0].Get<std::string>(0);
    ASSIGN_OR_RETURN(Rows got, connection.Query("SELECT GET_LOCK(?, ?)", full, absl::ToInt64Seconds(wait)));
    if (got[0].Get<std::optional<int64_t>>(0) != 1) return std::nullopt;
    return NamedLock(connection, std::move(full));
  }

  NamedLock(NamedLock&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)), name_(std::move(other.name_)) {}
  NamedLock& operator=(NamedLock&&) = delete;
  ~NamedLock() {
    if (connection_) connection_->Query("SELECT RELEASE_LOCK(?)", name_).IgnoreError();
  }

 private:
  NamedLock(Connection& connection, std::string name) : connection_(&connection), name_(std::move(name)) {}

  Connection* connection_;
  std::string name_;
};

}  // namespace gridwork::mysql
