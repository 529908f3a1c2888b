// A bounded first-in-first-out pool of threads. Handlers block on MySQL here and nowhere else: a reaction of gRPC's
// callback API that blocks stops the whole server (0.4 thousand calls a second instead of 3). How the hand-off was
// chosen: docs/performance.md.
#pragma once
#include <semaphore.h>

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "common/base/mutex.h"

namespace gridwork::rpc {

class Job {
 public:
  virtual void Run() = 0;  // must not throw; may delete itself

 protected:
  ~Job() = default;
};

class Workers {  // Thread-safe.
 public:
  Workers(int threads, size_t bound);
  ~Workers();  // runs what is queued, then joins; nobody may Post() any more
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // False when `bound` jobs are waiting already: the job was not taken.
  bool Post(Job* job);
  size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  void Loop();
  Job* Next();

  const size_t bound_;
  sem_t ready_;  // not std::counting_semaphore: libstdc++ 12's can lose a wake-up (GCC PR 104928)
  Mutex mu_;
  std::deque<Job*> queue_ GUARDED_BY(mu_);
  std::atomic<size_t> waiting_{0};
  std::vector<std::thread> threads_;
};

}  // namespace gridwork::rpc
