// Where failed attempts are kept: a restart must not forget them, and replicas share them. The fake and MySQL pass the
// same contract test.
#pragma once
#include <absl/status/statusor.h>

#include <string_view>

#include "common/base/sha256.h"
#include "services/identity/limits/attempt.h"

namespace gridwork::identity {

using AttemptSubject = Sha256;

// Of what is attempted ("login", "enrol") by whom.
AttemptSubject SubjectOf(std::string_view what, std::string_view who);

struct AttemptAnswer {
  absl::Duration wait;      // zero: the attempt may be made, and is counted as failed
  int failures_before = 0;  // of this subject
};

class AttemptStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~AttemptStore() = default;

  // Counts before the attempt is made, so that a thousand at the same time are not a thousand guesses.
  virtual absl::StatusOr<AttemptAnswer> Begin(const AttemptSubject& subject, const AttemptRule& rule,
                                              absl::Time now) = 0;
  // How long the subject has to wait, without an attempt.
  virtual absl::StatusOr<absl::Duration> Look(const AttemptSubject& subject, absl::Time now) = 0;
  // It was right: all is forgotten.
  virtual absl::Status Succeed(const AttemptSubject& subject) = 0;
};

}  // namespace gridwork::identity
