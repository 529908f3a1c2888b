// Where points lie, without identity.
#pragma once
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "common/base/mutex.h"
#include "services/tasks/area_locator.h"

namespace gridwork::tasks::testing {

// Grids of a tenth of a degree: 41.88, -87.63 lies in "<root>/G418-876". Points south of the equator lie in no area.
class FakeAreaLocator : public AreaLocator {  // Thread-safe.
 public:
  absl::StatusOr<std::vector<std::string>> Locate(const std::string& root, const std::vector<LatLng>& points) override {
    {
      MutexLock lock(mu_);
      ++calls_;
      if (!failure_.ok()) return failure_;
    }
    std::vector<std::string> out;
    for (const LatLng& point : points) out.push_back(GridOf(root, point));
    return out;
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
  absl::Status failure_ GUARDED_BY(mu_);
};

}  // namespace gridwork::tasks::testing
