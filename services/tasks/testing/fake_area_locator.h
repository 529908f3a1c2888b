// Where points lie, without identity.
#pragma once
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/mutex.h"
#include "services/tasks/area_locator.h"

namespace gridwork::tasks::testing {

// Grids of a tenth of a degree: 41.88, -87.63 lies in "<root>/G418-876". Points south of the equator lie in no area.
class FakeAreaLocator : public AreaLocator {  // Thread-safe.
 public:
  absl::StatusOr<Located> Locate(const std::string& root, const std::vector<LatLng>& points) override {
    MutexLock lock(mu_);
    ++calls_;
    if (!failure_.ok()) return failure_;
    Located out{.change = known_};
    for (const LatLng& point : points) {
      std::string grid = GridOf(root, point);
      if (auto changed = changed_.find(grid); changed != changed_.end()) grid = changed->second(point);
      out.grids.push_back(std::move(grid));
    }
    return out;
  }

  absl::StatusOr<std::vector<AreaMoves>> ChangesAfter(const std::string& root, int64_t number) override {
    MutexLock lock(mu_);
    if (!failure_.ok()) return failure_;
    std::vector<AreaMoves> out;
    for (const AreaMoves& change : changes_) {
      if (change.number > number && change.from[0].starts_with(root)) out.push_back(change);
    }
    return out;
  }

  // From now on points of `grid` lie in what `into` says. Returns the number of the change.
  int64_t Change(const std::string& grid, std::function<std::string(const LatLng&)> into, bool merged = false,
                 absl::Time time = absl::UnixEpoch()) {
    MutexLock lock(mu_);
    changed_[grid] = std::move(into);
    changes_.push_back({++known_, {grid}, merged, time});
    return known_;
  }
  // As a replica that has not seen the newest change.
  void ForgetNewest() {
    MutexLock lock(mu_);
    --known_;
  }

  static std::string GridOf(const std::string& root, const LatLng& point) {
    if (point.latitude < 0) return UnplacedGrid(root);
    return root + "/G" + std::to_string(static_cast<int>(point.latitude * 10)) + "-" +
           std::to_string(std::abs(static_cast<int>(point.longitude * 10)));
  }

  void FailWith(absl::Status status) {
    MutexLock lock(mu_);
    failure_ = std::move(status);
  }
  int calls() {
    MutexLock lock(mu_);
    return calls_;
  }

 private:
  Mutex mu_;
  int calls_ GUARDED_BY(mu_) = 0;
  int64_t known_ GUARDED_BY(mu_) = 0;
  std::map<std::string, std::function<std::string(const LatLng&)>> changed_ GUARDED_BY(mu_);  // by grid of Locate()
  std::vector<AreaMoves> changes_ GUARDED_BY(mu_);
  absl::Status failure_ GUARDED_BY(mu_);
};

}  // namespace gridwork::tasks::testing
