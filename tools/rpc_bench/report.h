// The lines that tools/bench prints: one JSON object for each metric (docs/performance.md).
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace gridwork::bench {

// The middle one, or the mean of the two in the middle. Not of nothing.
double Median(std::vector<double> values);

// What a metric must reach to hold.
struct Goal {
  enum class Of { kValue, kRatio } of;
  enum class Side { kAtLeast, kAtMost } side;
  double bound;
};
inline Goal RatioAtLeast(double bound) { return {Goal::Of::kRatio, Goal::Side::kAtLeast, bound}; }
inline Goal RatioAtMost(double bound) { return {Goal::Of::kRatio, Goal::Side::kAtMost, bound}; }
inline Goal ValueAtMost(double bound) { return {Goal::Of::kValue, Goal::Side::kAtMost, bound}; }

struct Metric {
  std::string name;
  std::string unit;
  std::vector<double> values;  // of each run
  std::vector<double> limits;  // what each is measured against, of the same run; empty: nothing
  std::optional<Goal> goal;    // none: shown only
};

class Report {
 public:
  explicit Report(std::string bench) : bench_(std::move(bench)) {}

  // Prints the line, with the medians over the runs: of the values, of the limits, and of the ratios of each pair.
  void Print(const Metric& metric);
  bool all_hold() const { return all_hold_; }

 private:
  const std::string bench_;
  bool all_hold_ = true;
};

}  // namespace gridwork::bench
