// Numbers that are as they are now: how much waits, how old it is.
#pragma once
#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <atomic>
#include <deque>
#include <string>
#include <vector>

#include "common/base/mutex.h"

namespace gridwork::metrics {

class Gauges : public prometheus::Collectable {  // Thread-safe.
 public:
  // A new one, 0 at first; the reference stays good as long as this object.
  std::atomic<int64_t>& Add(std::string name, std::string help) {
    MutexLock lock(mu_);
    Gauge& gauge = gauges_.emplace_back();
    gauge.name = std::move(name);
    gauge.help = std::move(help);
    return gauge.value;
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> out;
    MutexLock lock(mu_);
    for (const Gauge& gauge : gauges_) {
      prometheus::MetricFamily& family = out.emplace_back();
      family.name = gauge.name;
      family.help = gauge.help;
      family.type = prometheus::MetricType::Gauge;
      family.metric.emplace_back().gauge.value = static_cast<double>(gauge.value.load(std::memory_order_relaxed));
    }
    return out;
  }

 private:
  struct Gauge {
    std::string name, help;
    std::atomic<int64_t> value = 0;
  };
  mutable Mutex mu_;
  std::deque<Gauge> gauges_ GUARDED_BY(mu_);
};

}  // namespace gridwork::metrics
