// ObjectStore in memory, for the tests of services. Passes the same contract test as the real ones.
#pragma once
#include <absl/time/clock.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/objects/object_store.h"

namespace gridwork::objects::testing {

class FakeObjectStore : public ObjectStore {
 public:
  explicit FakeObjectStore(const Clock& clock) : clock_(clock) {}

  void SetAway(bool away) {
    MutexLock lock(mu_);
    away_ = away;
  }
  // Runs before the next Put(), once.
  void BeforePut(std::function<void()> action) {
    MutexLock lock(mu_);
    before_put_ = std::move(action);
  }
  size_t size() const {
    MutexLock lock(mu_);
    return objects_.size();
  }

  absl::Status Put(const std::string& key, std::string_view bytes) override {
    if (auto action = TakeAction()) action();
    MutexLock lock(mu_);
    if (absl::Status status = Check(key); !status.ok()) return status;
    objects_[key] = {std::string(bytes), clock_.Now()};
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> Get(const std::string& key, int64_t offset, int64_t limit) override {
    MutexLock lock(mu_);
    if (absl::Status status = Check(key); !status.ok()) return status;
    auto it = objects_.find(key);
    if (it == objects_.end()) return absl::NotFoundError("no such object");
    const std::string& bytes = it->second.first;
    if (offset >= static_cast<int64_t>(bytes.size())) return std::string();
    return bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(limit));
  }
  absl::Status Delete(const std::string& key) override {
    MutexLock lock(mu_);
    if (absl::Status status = Check(key); !status.ok()) return status;
    objects_.erase(key);
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& after,
                                               size_t limit) override {
    MutexLock lock(mu_);
    if (!prefix.ends_with('/')) return absl::InternalError("not a prefix of keys");
    if (away_) return ObjectsAway("the test says so");
    std::vector<ObjectInfo> out;
    for (const auto& [key, object] : objects_) {
      if (key.starts_with(prefix) && key > after && out.size() < limit)
        out.push_back({key, static_cast<int64_t>(object.first.size()), object.second});
    }
    return out;
  }

 private:
  std::function<void()> TakeAction() {
    MutexLock lock(mu_);
    return std::exchange(before_put_, nullptr);
  }
  absl::Status Check(const std::string& key) const REQUIRES(mu_) {
    if (!IsObjectKey(key)) return absl::InternalError("not a key of an object");
    return away_ ? ObjectsAway("the test says so") : absl::OkStatus();
  }

  const Clock& clock_;
  mutable Mutex mu_;
  bool away_ GUARDED_BY(mu_) = false;
  std::function<void()> before_put_ GUARDED_BY(mu_);
  std::map<std::string, std::pair<std::string, absl::Time>> objects_ GUARDED_BY(mu_);
};

}  // namespace gridwork::objects::testing
