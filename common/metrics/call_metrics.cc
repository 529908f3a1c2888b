#include "common/metrics/call_metrics.h"

#include <limits>

namespace gridwork::metrics {
namespace {

constexpr uint64_t kFirstBucketNs = 100'000;

prometheus::MetricFamily Family(const char* name, const char* help, prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

void AddTo(prometheus::MetricFamily& family, prometheus::ClientMetric metric, const std::string& method) {
  metric.label.push_back({"method", method});
  family.metric.push_back(std::move(metric));
}

prometheus::ClientMetric Counter(double value) {
  prometheus::ClientMetric metric;
  metric.counter.value = value;
  return metric;
}

}  // namespace

void Histogram::Observe(std::chrono::nanoseconds value) {
  auto ns = static_cast<uint64_t>(std::max<int64_t>(0, value.count()));
  int bucket = 0;
  while (bucket < kBuckets && ns > kFirstBucketNs << bucket) ++bucket;
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(ns, std::memory_order_relaxed);
}

prometheus::ClientMetric Histogram::Collect() const {
  prometheus::ClientMetric metric;
  uint64_t count = 0;
  for (int i = 0; i <= kBuckets; ++i) {
    count += counts_[i].load(std::memory_order_relaxed);
    double bound =
        i == kBuckets ? std::numeric_limits<double>::infinity() : static_cast<double>(kFirstBucketNs << i) / 1e9;
    metric.histogram.bucket.push_back({count, bound});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9;
  return metric;
}

MethodMetrics& CallMetrics::Add(std::string method) {
  MutexLock lock(mu_);
  MethodMetrics& out = methods_.emplace_back();
  out.method = std::move(method);
  return out;
}

std::vector<prometheus::MetricFamily> CallMetrics::Collect() const {
  using prometheus::MetricType;
  auto calls = Family("gridwork_calls_total", "Finished calls by method and code.", MetricType::Counter);
  auto latency = Family("gridwork_call_seconds", "From arrival to reply.", MetricType::Histogram);
  auto wait = Family("gridwork_queue_wait_seconds", "From arrival to a worker.", MetricType::Histogram);
  auto in_flight = Family("gridwork_calls_in_flight", "Calls waiting or running.", MetricType::Gauge);
  auto rejects = Family("gridwork_rejects_total", "Calls refused because the queue was full.", MetricType::Counter);
  MutexLock lock(mu_);
  for (const MethodMetrics& m : methods_) {
    for (size_t code = 0; code < m.codes.size(); ++code) {
      uint64_t n = m.codes[code].load(std::memory_order_relaxed);
      if (n == 0) continue;
      auto metric = Counter(static_cast<double>(n));
      metric.label.push_back({"code", absl::StatusCodeToString(static_cast<absl::StatusCode>(code))});
      AddTo(calls, std::move(metric), m.method);
    }
    AddTo(latency, m.latency.Collect(), m.method);
    AddTo(wait, m.queue_wait.Collect(), m.method);
    prometheus::ClientMetric gauge;
    gauge.gauge.value = static_cast<double>(m.in_flight.load(std::memory_order_relaxed));
    AddTo(in_flight, std::move(gauge), m.method);
    AddTo(rejects, Counter(static_cast<double>(m.rejects.load(std::memory_order_relaxed))), m.method);
  }
  return {calls, latency, wait, in_flight, rejects};
}

}  // namespace gridwork::metrics
