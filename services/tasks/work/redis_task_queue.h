// TaskQueue on Redis. For each region R: q:{R}:ready:<lane>, q:{R}:lanes, q:{R}:turns, q:{R}:leases (sorted sets),
// q:{R}:task:<id> (hash); and q:regions (set), q:built:2 (hash). A lane is grid|roles|qualifications. One Lua file for
// each atomic operation, in redis/.
#pragma once
#include <memory>

#include "common/redis/client.h"
#include "common/redis/script.h"
#include "services/tasks/work/task_queue.h"

namespace gridwork::tasks {

class RedisTaskQueue : public TaskQueue {
 public:
  explicit RedisTaskQueue(redis::Client& redis);

  absl::StatusOr<std::vector<Uuid>> Offer(const std::vector<std::string>& areas,
                                          const std::function<bool(const Lane&)>& may_take, size_t n) override;
  absl::Status Leave(const std::vector<Task>& tasks) override;
  absl::Status Apply(const std::vector<Task>& tasks, bool again) override;
  absl::Status Forget(const std::vector<Uuid>& ids) override;
  absl::StatusOr<std::vector<Uuid>> Expired(size_t limit) override;
  absl::StatusOr<bool> IsBuilt() override;
  absl::StatusOr<std::string> BeginBuild() override;
  absl::StatusOr<bool> EndBuild(const std::string& build) override;
  absl::StatusOr<std::string> Server() override;
  absl::StatusOr<std::vector<std::string>> Regions() override;
  absl::StatusOr<std::vector<IndexEntry>> Entries(const std::string& region) override;
  absl::Status Remove(const std::string& region, const std::vector<IndexEntry>& entries) override;
  absl::StatusOr<int64_t> Size(const std::string& area) override;

 private:
  absl::StatusOr<std::vector<Uuid>> Members(const std::string& key);
  absl::StatusOr<std::vector<std::string>> RegionsUnder(const std::string& area);
  absl::StatusOr<std::vector<Uuid>> OfferIn(const std::string& region, const std::string& area,
                                            const std::function<bool(const Lane&)>& may_take, size_t n);
  absl::StatusOr<std::vector<std::string>> LanesUnder(const std::string& region, const std::string& area);

  redis::Client& redis_;
  const redis::Script apply_, built_, offer_, expired_;
};

// What apply.lua publishes. Subscribes again after a loss.
class RedisWakes : public Wakes {
 public:
  explicit RedisWakes(redis::Client& redis) : redis_(redis) {}

  absl::StatusOr<std::vector<Wake>> Wait(absl::Duration timeout) override;

 private:
  redis::Client& redis_;
  std::unique_ptr<redis::Subscription> subscription_;
};

}  // namespace gridwork::tasks
