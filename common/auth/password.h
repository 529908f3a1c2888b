// Passwords: which are accepted, and how they are kept (Argon2id, RFC 9106, by libsodium).
#pragma once
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>
#include <string_view>

#include "common/base/mutex.h"

namespace gridwork::auth {

constexpr int kMinPasswordLength = 12;   // code points
constexpr int kMaxPasswordLength = 128;  // code points

// Rules for a new password. BAD_FIELD `field`: not text, too short or too long, holds the user name, or too common.
absl::Status CheckNewPassword(std::string_view field, std::string_view password, std::string_view username);

struct PasswordCheck {
  bool right = false;
  bool needs_rehash = false;  // right, but stored with other costs than today's: hash it again
};

// Every hash takes 64 MiB and about 0.1 s of one core, so only a few run at a time; the others wait. All functions:
// RESOURCE_EXHAUSTED PASSWORD_BUSY with a time to retry when `deadline` passes before their turn. Passwords are
// compared in Unicode normal form C (after RFC 8265 OpaqueString): two keyboards may write the same letter in two ways.
// Thread-safe.
class PasswordHasher {
 public:
  explicit PasswordHasher(int parallel = 2) : free_(parallel) {}

  // What to store: salt and costs are part of it. At most 128 characters of ASCII.
  absl::StatusOr<std::string> Hash(std::string_view password, absl::Time deadline);
  // `stored`: what Hash() returned.
  absl::StatusOr<PasswordCheck> Verify(std::string_view stored, std::string_view password, absl::Time deadline);
  // For a user who does not exist: the same work and always wrong, so that the time of an answer tells nothing.
  absl::StatusOr<PasswordCheck> VerifyNobody(std::string_view password, absl::Time deadline);

 private:
  class Turn;
  absl::Status Wait(absl::Time deadline);

  Mutex mu_;
  CondVar freed_;
  int free_ GUARDED_BY(mu_);
};

}  // namespace gridwork::auth
