#include "services/tasks/sync/sync_monitor.h"

#include <absl/time/clock.h>
#include <spdlog/spdlog.h>

#include "common/base/status_macros.h"

namespace gridwork::tasks {
namespace {

constexpr absl::Duration kEvery = absl::Seconds(30);
constexpr size_t kTombstones = 1'000;  // in one transaction, which holds the clocks of their grids
constexpr absl::Duration kTimeout = absl::Seconds(10);

}  // namespace

SyncMonitor::SyncMonitor(mysql::Feed& feed, ConflictStore& conflicts, metrics::Gauges& gauges)
    : feed_(feed),
      conflicts_(conflicts),
      open_(gauges.Add("gridwork_conflicts_open", "Fields with two values that wait for a person")),
      overdue_(gauges.Add("gridwork_conflicts_overdue", "Of these, older than the age limit")) {}

void SyncMonitor::Start() {
  auto round = [this] {
    if (absl::Status status = Round(); !status.ok()) spdlog::warn("sync monitor: {}", std::string(status.message()));
  };
  round_.Start(kEvery, round, Every::First::kAtOnce);
}

absl::Status SyncMonitor::Round() {
  ASSIGN_OR_RETURN(ConflictCounts counts, conflicts_.Count());
  open_ = counts.open;
  overdue_ = counts.overdue;
  RETURN_IF_ERROR(conflicts_.Forget());
  for (int64_t forgotten = kTombstones; forgotten == kTombstones;) {
    ASSIGN_OR_RETURN(forgotten, feed_.Forget(kTombstones, absl::Now() + kTimeout));
  }
  return absl::OkStatus();
}

}  // namespace gridwork::tasks
