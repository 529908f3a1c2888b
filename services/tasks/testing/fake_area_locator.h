// Where points lie, without identity.
#pragma once
#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "services/tasks/area_locator.h"

namespace gridwork::tasks::testing {

// Grids of a tenth of a degree: 41.88, -87.63 lies in "<root>/G418-876". Points south of the equator lie in no area.
class FakeAreaLocator : public AreaLocator {  // Thread-safe, but for FailWith().
 public:
  absl::StatusOr<std::vector<std::string>> Locate(const std::string& root, const std::vector<LatLng>& points) override {
    ++calls_;
    if (!failure_.ok()) return failure_;
    std::vector<std::string> out;
    for (const LatLng& point : points) out.push_back(GridOf(root, point));
    return out;
  }

  static std::string GridOf(const std::string& root, const LatLng& point) {
    if (point.latitude < 0) return UnplacedGrid(root);
    return root + "/G" + std::to_string(static_cast<int>(point.latitude * 10)) + "-" +
           std::to_string(std::abs(static_cast<int>(point.longitude * 10)));
  }

  void FailWith(absl::Status status) { failure_ = std::move(status); }
  int calls() const { return calls_; }

 private:
  std::atomic<int> calls_ = 0;
  absl::Status failure_;
};

}  // namespace gridwork::tasks::testing
