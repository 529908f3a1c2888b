// Every error that devices and tokens add to the front door's own.
#pragma once
#include "common/base/error.h"

namespace gridwork::identity::errors {

// Alike for a code that is unknown, used, replaced or over.
inline absl::Status EnrolmentCodeWrong() {
  return Error(absl::StatusCode::kUnauthenticated, "ENROLMENT_CODE_WRONG",
               "the code is not, or no longer, good: ask for a new one");
}
// The code is good, the password is not that of the account.
inline absl::Status PasswordWrong() {
  return Error(absl::StatusCode::kUnauthenticated, "PASSWORD_WRONG",
               "the password must be the one that was set at the first enrolment");
}
inline absl::Status BootstrapSecretWrong() {
  return Error(absl::StatusCode::kUnauthenticated, "BOOTSTRAP_SECRET_WRONG",
               "not the secret that the service was started with");
}
inline absl::Status AlreadyBootstrapped() {
  return Error(absl::StatusCode::kFailedPrecondition, "ALREADY_BOOTSTRAPPED", "there is an administrator already");
}
// Alike for a wrong password, an unknown or disabled account, and a device of somebody else.
inline absl::Status LoginFailed() {
  return Error(absl::StatusCode::kUnauthenticated, "LOGIN_FAILED",
               "user name, password and device do not fit together");
}

// Alike for a token that is unknown, used, over, or of another device, and for a disabled account.
inline absl::Status RefreshFailed() {
  return Error(absl::StatusCode::kUnauthenticated, "REFRESH_FAILED", "the log-in is over: log in again");
}
// Alike for a device that is revoked or unknown, a disabled account, and a certificate of a service.
inline absl::Status RenewalRefused() {
  return Error(absl::StatusCode::kUnauthenticated, "RENEWAL_REFUSED",
               "the device is not, or no longer, good: enrol it anew");
}

// Before the password or code is looked at: it says nothing about them.
inline absl::Status TooManyAttempts(absl::Duration wait) {
  return WithRetryAfter(
      Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_ATTEMPTS", "too many attempts have failed; wait"), wait);
}

}  // namespace gridwork::identity::errors
