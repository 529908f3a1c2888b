// TaskQueue in memory, for the tests of services.
#pragma once
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/auth/caller.h"
#include "common/base/error.h"
#include "common/base/mutex.h"
#include "services/tasks/work/task_queue.h"

namespace gridwork::tasks {

// Built at first. What was offered is held until it is applied again.
class FakeTaskQueue : public TaskQueue {
 public:
  absl::StatusOr<std::vector<Uuid>> Offer(const std::vector<std::string>& areas,
                                          const std::function<bool(const Lane&)>& may_take, size_t n) override {
    MutexLock lock(mu_);
    if (absl::Status status = Usable(); !status.ok()) return status;
    if (!built_) return Error(absl::StatusCode::kUnavailable, "QUEUE_NOT_BUILT", "the index is being made anew");
    std::vector<Uuid> out;
    while (out.size() < n) {
      size_t before = out.size();
      for (auto& [lane, ready] : ready_) {  // one of each in turn
        bool inside = std::any_of(areas.begin(), areas.end(),
                                  [&, grid = lane.grid](const std::string& area) { return auth::Holds(area, grid); });
        if (out.size() == n || ready.empty() || !inside || !may_take(lane)) continue;
        out.push_back(ready.begin()->second);
        ready.erase(ready.begin());
      }
      if (out.size() == before) break;
    }
    held_.insert(out.begin(), out.end());
    return out;
  }
  absl::Status Leave(const std::vector<Task>& tasks) override {
    std::vector<IndexEntry> entries;
    for (const Task& task : tasks) entries.push_back({.id = task.id, .lane = LaneOf(task)});
    return Remove("", entries);
  }
  absl::Status Apply(const std::vector<Task>& tasks, bool again) override {
    MutexLock lock(mu_);
    if (absl::Status status = Usable(); !status.ok()) return status;
    for (const Task& task : tasks) {
      auto known = versions_.find(task.id);
      if (known != versions_.end() && (task.version < known->second || (task.version == known->second && !again)))
        continue;
      const Lane lane = LaneOf(task);
      ready_[lane].erase({RankOf(task), task.id});
      held_.erase(task.id);
      versions_[task.id] = task.version;
      if (task.state == TaskState::kReady && task.assignee.empty()) ready_[lane].emplace(RankOf(task), task.id);
      if (task.state == TaskState::kClaimed) held_.insert(task.id);
    }
    return absl::OkStatus();
  }
  absl::Status Forget(const std::vector<Uuid>& ids) override {
    MutexLock lock(mu_);
    for (const Uuid& id : ids) held_.erase(id);
    return Usable();
  }
  absl::StatusOr<std::vector<Uuid>> Expired(size_t limit) override {
    MutexLock lock(mu_);
    if (absl::Status status = Usable(); !status.ok()) return status;
    std::vector<Uuid> out(held_.begin(), held_.end());
    if (out.size() > limit) out.resize(limit);
    return out;
  }
  absl::StatusOr<bool> IsBuilt() override {
    MutexLock lock(mu_);
    if (absl::Status status = Usable(); !status.ok()) return status;
    return built_;
  }
  absl::StatusOr<std::string> BeginBuild() override {
    MutexLock lock(mu_);
    if (absl::Status status = Usable(); !status.ok()) return status;
    built_ = false;
    return "build";
  }
  absl::StatusOr<bool> EndBuild(const std::string&) override {
    MutexLock lock(mu_);
    if (absl::Status status = Usable(); !status.ok()) return status;
    return built_ = true;
  }
  absl::StatusOr<int64_t> Size(const std::string& area) override {
    MutexLock lock(mu_);
    if (absl::Status status = Usable(); !status.ok()) return status;
    int64_t size = 0;
    for (const auto& [lane, ready] : ready_) {
      if (auth::Holds(area, lane.grid)) size += static_cast<int64_t>(ready.size());
    }
    return size;
  }

  absl::StatusOr<std::string> Server() override {
    MutexLock lock(mu_);
    if (absl::Status status = Usable(); !status.ok()) return status;
    return std::string("fake");
  }
  absl::StatusOr<std::vector<std::string>> Regions() override {
    MutexLock lock(mu_);
    if (absl::Status status = Usable(); !status.ok()) return status;
    std::set<std::string> out;
    for (const auto& [lane, ready] : ready_) out.insert(RegionOf(lane.grid));
    return std::vector<std::string>(out.begin(), out.end());
  }
  absl::StatusOr<std::vector<IndexEntry>> Entries(const std::string& region) override {
    MutexLock lock(mu_);
    if (absl::Status status = Usable(); !status.ok()) return status;
    std::vector<IndexEntry> out;
    for (const auto& [lane, ready] : ready_) {
      if (RegionOf(lane.grid) != region) continue;
      for (const auto& [rank, id] : ready) out.push_back({id, VersionOf(id), true, lane, lane.grid});
    }
    for (const Uuid& id : held_) out.push_back({.id = id, .version = VersionOf(id)});
    return out;
  }
  absl::Status Remove(const std::string&, const std::vector<IndexEntry>& entries) override {
    MutexLock lock(mu_);
    for (const IndexEntry& entry : entries) {
      std::erase_if(ready_[entry.lane], [&](const auto& one) { return one.second == entry.id; });
      held_.erase(entry.id);
      versions_.erase(entry.id);
    }
    return Usable();
  }

  // While away, every call is refused.
  void SetAway(bool away) {
    MutexLock lock(mu_);
    away_ = away;
  }
  // Everything is gone, as after FLUSHALL.
  void Lose() {
    MutexLock lock(mu_);
    ready_.clear();
    held_.clear();
    versions_.clear();
    built_ = false;
  }

 private:
  int64_t VersionOf(const Uuid& id) const REQUIRES(mu_) {
    auto it = versions_.find(id);
    return it == versions_.end() ? -1 : it->second;
  }
  absl::Status Usable() const REQUIRES(mu_) {
    return away_ ? Error(absl::StatusCode::kUnavailable, "REDIS_AWAY", "no answer") : absl::OkStatus();
  }

  Mutex mu_;
  bool away_ GUARDED_BY(mu_) = false;
  bool built_ GUARDED_BY(mu_) = true;
  std::map<Lane, std::set<std::pair<int64_t, Uuid>>> ready_ GUARDED_BY(mu_);
  std::set<Uuid> held_ GUARDED_BY(mu_);
  std::map<Uuid, int64_t> versions_ GUARDED_BY(mu_);
};

}  // namespace gridwork::tasks
