// What the database says, in the words of this project. Texts of the server are passed on only where they cannot hold a
// value.
#pragma once
#include <absl/status/status.h>

#include <string_view>

namespace gridwork::mysql {

// The status of a failed statement:
//   duplicate key            ALREADY_EXISTS       DUPLICATE, metadata "key"
//   deadlock, lock wait      ABORTED              DEADLOCK, LOCK_WAIT (IsRetryable)
//   CHECK, foreign key       FAILED_PRECONDITION  CONSTRAINT, metadata "constraint"
//   took too long            DEADLINE_EXCEEDED    DATABASE_SLOW
//   read-only                UNAVAILABLE          DATABASE_READ_ONLY
//   too many connections     RESOURCE_EXHAUSTED   DATABASE_BUSY
//   connection lost          UNAVAILABLE          DATABASE_AWAY
//   anything else            INTERNAL             DATABASE_ERROR, metadata "errno"
absl::Status StatusOf(int code, std::string_view text);

// UNAVAILABLE DATABASE_AWAY with a retry hint.
absl::Status Away(std::string_view message);
// RESOURCE_EXHAUSTED DATABASE_BUSY with a retry hint.
absl::Status Busy(std::string_view message);
// DEADLINE_EXCEEDED DEADLINE: the time of the call is over.
absl::Status TooLate();

// The transaction was rolled back by the server, or has to be; running it again as a whole may work.
bool IsRetryable(const absl::Status& status);

// After an error with this code the connection cannot be used: errors of the client library, unknown ones, a server
// that shuts down.
bool BreaksConnection(int code);

}  // namespace gridwork::mysql
