#include "common/metrics/call_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gridwork::metrics {
namespace {

const prometheus::ClientMetric& Only(const std::vector<prometheus::MetricFamily>& families, const std::string& name) {
  auto it = std::find_if(families.begin(), families.end(), [&](const auto& family) { return family.name == name; });
  EXPECT_NE(it, families.end());
  EXPECT_EQ(it->metric.size(), 1);
  return it->metric.front();
}

TEST(CallMetrics, CountsByMethodAndCode) {
  CallMetrics metrics;
  MethodMetrics& method = metrics.Add("a.B/C");
  method.codes[static_cast<size_t>(absl::StatusCode::kNotFound)] += 2;
  method.in_flight += 3;
  method.rejects += 1;

  auto families = metrics.Collect();
  const auto& calls = Only(families, "gridwork_calls_total");
  EXPECT_EQ(calls.counter.value, 2);
  EXPECT_EQ(calls.label[0].value, "NOT_FOUND");
  EXPECT_EQ(calls.label[1].value, "a.B/C");
  EXPECT_EQ(Only(families, "gridwork_calls_in_flight").gauge.value, 3);
  EXPECT_EQ(Only(families, "gridwork_rejects_total").counter.value, 1);
}

TEST(Histogram, IsCumulativeWithInclusiveBounds) {
  Histogram histogram;
  histogram.Observe(std::chrono::microseconds(100));  // on the first bound
  histogram.Observe(std::chrono::microseconds(101));
  histogram.Observe(std::chrono::seconds(100));  // beyond the last
  auto metric = histogram.Collect().histogram;
  EXPECT_EQ(metric.bucket.front().cumulative_count, 1);
  EXPECT_EQ(metric.bucket[1].cumulative_count, 2);
  EXPECT_EQ(metric.bucket[Histogram::kBuckets - 1].cumulative_count, 2);
  EXPECT_EQ(metric.bucket.back().cumulative_count, 3);
  EXPECT_EQ(metric.sample_count, 3);
  EXPECT_NEAR(metric.sample_sum, 100.000201, 1e-9);
}

}  // namespace
}  // namespace gridwork::metrics
