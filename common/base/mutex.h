// std::mutex with clang's thread-safety annotations. Not absl::Mutex: Debian's build of it is opaque to
// ThreadSanitizer.
#pragma once
#include <absl/base/thread_annotations.h>  // defines GUARDED_BY too

#include <condition_variable>
#include <mutex>

#define REQUIRES(mu) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu)

namespace gridwork {

class ABSL_LOCKABLE Mutex {
 public:
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mu_.lock(); }
  void unlock() ABSL_UNLOCK_FUNCTION() { mu_.unlock(); }

 private:
  std::mutex mu_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mu) ABSL_EXCLUSIVE_LOCK_FUNCTION(mu) : mu_(mu) { mu_.lock(); }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mu_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mu_;
};

// Waits on a Mutex that the caller holds (std::condition_variable_any takes any lockable).
using CondVar = std::condition_variable_any;

}  // namespace gridwork
