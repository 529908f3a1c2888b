// The fence between what a reader saw and the answer that tells of it. InnoDB shows a commit before its log is on disk:
// after a crash it may be gone, and its version be given to something else. A commit that starts after the read and
// succeeds proves that everything seen is on disk (guarantees.md, "Visible is not durable").
#pragma once
#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>

#include "common/base/mutex.h"
#include "common/mysql/pool.h"

namespace gridwork::mysql {

// Thread-safe. Callers that wait at the same time share a commit.
class Fence {
 public:
  // `row` of the table `fence`: users of the same row wait for each other.
  Fence(Pool& pool, int row) : pool_(pool), row_(row) {}

  // OK when everything that was visible before this call is durable. Else nothing may be told: the pool's errors, or
  // UNAVAILABLE.
  absl::Status Pass(absl::Time deadline);

  uint64_t commits() const;

 private:
  absl::Status Commit(absl::Time deadline);

  Pool& pool_;
  const int row_;
  mutable Mutex mu_;
  CondVar finished_;
  bool running_ GUARDED_BY(mu_) = false;
  // Commits are numbered as they start.
  uint64_t started_ GUARDED_BY(mu_) = 0;
  uint64_t done_ GUARDED_BY(mu_) = 0;
  uint64_t succeeded_ GUARDED_BY(mu_) = 0;  // the newest that did
  absl::Status failure_ GUARDED_BY(mu_);    // of the newest that did not
};

}  // namespace gridwork::mysql
