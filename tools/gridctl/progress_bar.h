// Shows on standard error how far a long command has come: a bar on a terminal, a line for each tenth elsewhere.
#pragma once
#include <absl/time/clock.h>
#include <absl/time/time.h>

#include <cstdint>
#include <cstdio>
#include <string>

namespace gridwork::ctl {

class ProgressBar {
 public:
  enum class Style { kBar, kLines, kNone };
  static Style StyleFor(FILE* out);  // whether it is a terminal

  // `total` in whatever unit Show() counts; `what` names the things that are counted: "rows".
  ProgressBar(FILE* out, Style style, std::string what, absl::Time start = absl::Now())
      : out_(out), style_(style), what_(std::move(what)), start_(start) {}
  ~ProgressBar() { Finish(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // `done` of `total` (bytes, say), which are `things` things.
  void Show(uint64_t done, uint64_t total, int64_t things, absl::Time now = absl::Now());
  // Ends the line of a bar; called by the destructor.
  void Finish();

 private:
  FILE* out_;
  Style style_;
  std::string what_;
  absl::Time start_;
  absl::Time shown_ = absl::InfinitePast();
  int64_t first_things_ = -1;
  int tenth_ = 0;
  bool open_ = false;
};

}  // namespace gridwork::ctl
