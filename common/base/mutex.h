// std::mutex with clang's thread-safety annotations. Not absl::Mutex: Debian's build of it is opaque to ThreadSanitizer.
#pragma once
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define GRIDWORK_TSA(x) __attribute__((x))
#else
#define GRIDWORK_TSA(x)
#endif
#define GUARDED_BY(mu) GRIDWORK_TSA(guarded_by(mu))
#define REQUIRES(mu) GRIDWORK_TSA(requires_capability(mu))

namespace gridwork {

class GRIDWORK_TSA(capability("mutex")) Mutex {
 public:
  void lock() GRIDWORK_TSA(acquire_capability()) { mu_.lock(); }
  void unlock() GRIDWORK_TSA(release_capability()) { mu_.unlock(); }

 private:
  std::mutex mu_;
};

class GRIDWORK_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mu) GRIDWORK_TSA(acquire_capability(mu)) : mu_(mu) { mu_.lock(); }
  ~MutexLock() GRIDWORK_TSA(release_capability()) { mu_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mu_;
};

// Waits on a Mutex that the caller holds (std::condition_variable_any takes any lockable).
using CondVar = std::condition_variable_any;

}  // namespace gridwork
