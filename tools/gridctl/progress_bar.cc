#include "tools/gridctl/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "tools/gridctl/values.h"

namespace gridwork::ctl {
namespace {

constexpr int kWidth = 30;  // characters of the bar
constexpr absl::Duration kInterval = absl::Milliseconds(100);

}  // namespace

ProgressBar::Style ProgressBar::StyleFor(FILE* out) { return isatty(fileno(out)) == 1 ? Style::kBar : Style::kLines; }

void ProgressBar::Show(uint64_t done, uint64_t total, int64_t things, absl::Time now) {
  if (style_ == Style::kNone) return;
  if (first_things_ < 0) first_things_ = things;
  double share = total == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  int percent = static_cast<int>(share * 100);
  if (style_ == Style::kLines) {
    if (percent / 10 <= tenth_) return;
    tenth_ = percent / 10;
    fmt::print(out_, "{:3} %  {} {}\n", tenth_ * 10, Count(things), what_);
    fflush(out_);
    return;
  }
  if (now - shown_ < kInterval && percent < 100) return;
  shown_ = now;
  double seconds = std::max(absl::ToDoubleSeconds(now - start_), 0.001);
  int64_t rate = static_cast<int64_t>(static_cast<double>(things - first_things_) / seconds);
  std::string bar(static_cast<size_t>(share * kWidth), '#');
  bar.resize(kWidth, '.');
  fmt::print(out_, "\r[{}] {:3} %  {} {}, {}/s \x1b[K", bar, percent, Count(things), what_, Count(rate));
  fflush(out_);
  open_ = true;
}

void ProgressBar::Finish() {
  if (open_) fmt::print(out_, "\n");
  open_ = false;
}

}  // namespace gridwork::ctl
