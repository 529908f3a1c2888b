#include "tools/rpc_bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace gridwork::bench {
namespace {

// Four digits say more than is known.
nlohmann::ordered_json Rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 3);
  return unit >= 1 || value == std::round(value) ? nlohmann::ordered_json(static_cast<int64_t>(std::round(value)))
                                                 : nlohmann::ordered_json(std::stod(fmt::format("{:.4g}", value)));
}

}  // namespace

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void Report::Print(const Metric& metric) {
  const double value = Median(metric.values);
  nlohmann::ordered_json line = {{"bench", bench_},     {"metric", metric.name}, {"value", Rounded(value)},
                                 {"unit", metric.unit}, {"limit", nullptr},      {"ratio", nullptr},
                                 {"goal", nullptr},     {"holds", nullptr}};
  double ratio = 0;
  if (!metric.limits.empty()) {
    std::vector<double> ratios;
    for (size_t i = 0; i < metric.values.size(); ++i) ratios.push_back(metric.values[i] / metric.limits[i]);
    ratio = Median(ratios);
    line["limit"] = Rounded(Median(metric.limits));
    line["ratio"] = Rounded(ratio);
  }
  if (metric.goal) {
    bool at_least = metric.goal->side == Goal::Side::kAtLeast;
    double judged = metric.goal->of == Goal::Of::kRatio ? ratio : value;
    bool holds = at_least ? judged >= metric.goal->bound : judged <= metric.goal->bound;
    line["goal"] = fmt::format("{} {} {:g}", metric.goal->of == Goal::Of::kRatio ? "ratio" : "value",
                               at_least ? ">=" : "<=", metric.goal->bound);
    line["holds"] = holds;
    all_hold_ = all_hold_ && holds;
  }
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

}  // namespace gridwork::bench
