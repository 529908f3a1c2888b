#include "common/rpc/workers.h"

#include <sched.h>

namespace gridwork::rpc {

Workers::Workers(int threads, size_t bound) : bound_(bound) {
  sem_init(&ready_, 0, 0);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Loop(); });
}

Workers::~Workers() {
  for (size_t i = 0; i < threads_.size(); ++i) sem_post(&ready_);  // a wake-up with an empty queue means: stop
  for (auto& thread : threads_) thread.join();
  sem_destroy(&ready_);
}

bool Workers::Post(Job* job) {
  {
    MutexLock lock(mu_);
    if (queue_.size() >= bound_) return false;
    queue_.push_back(job);
    waiting_.store(queue_.size(), std::memory_order_relaxed);
  }
  sem_post(&ready_);
  return true;
}

void Workers::Loop() {
  while (Job* job = Next()) job->Run();
}

Job* Workers::Next() {
  // A few looks and yields before sleeping: a wake-up costs more than the next call takes to arrive when there is load.
  bool woken = false;
  for (int i = 0; i < 16 && !woken; ++i) {
    woken = sem_trywait(&ready_) == 0;
    if (!woken && i >= 12) sched_yield();
  }
  while (!woken) woken = sem_wait(&ready_) == 0;  // EINTR: again

  MutexLock lock(mu_);
  if (queue_.empty()) return nullptr;
  Job* job = queue_.front();
  queue_.pop_front();
  waiting_.store(queue_.size(), std::memory_order_relaxed);
  return job;
}

}  // namespace gridwork::rpc
