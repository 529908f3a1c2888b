#include "services/tasks/work/watch_flow.h"

#include <absl/time/clock.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "services/tasks/work/claim_flow.h"

namespace gridwork::tasks {
namespace {

constexpr absl::Duration kWait = absl::Milliseconds(250);   // for a wake; by then a new watcher is told
constexpr absl::Duration kGather = absl::Milliseconds(50);  // what comes meanwhile is told together
constexpr size_t kLanes = 10'000;                           // of one look
constexpr size_t kToldAtOnce = 200;

}  // namespace

std::optional<Work> WorkFor(const Watcher& watcher, const Wake& wake, absl::Time now) {
  const std::string& grid = wake.lane.grid;
  bool inside = std::any_of(watcher.areas.begin(), watcher.areas.end(),
                            [&](const std::string& area) { return auth::Holds(area, grid); });
  if (!inside) return std::nullopt;
  const auth::Caller& caller = watcher.caller;
  bool assigned = false;
  if (!wake.assignee.empty()) {
    const std::vector<std::string> covered = CoveredBy(caller, now);
    assigned = wake.assignee == caller.id || std::find(covered.begin(), covered.end(), wake.assignee) != covered.end();
  }
  if ((wake.assignee.empty() || assigned) && MayClaim(caller, wake.lane, now)) return Work{wake.lane, assigned};
  bool dispatches = std::any_of(caller.grants.begin(), caller.grants.end(), [&](const auth::Grant& grant) {
    return grant.role == options::v1::ROLE_DISPATCHER && grant.until > now && auth::Holds(grant.area, grid);
  });
  return dispatches ? std::optional(Work{wake.lane, false}) : std::nullopt;
}

void Watches::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Watches::Stop() {
  {
    MutexLock lock(mu_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watches::Add(Watcher watcher) {
  MutexLock lock(mu_);
  entries_.push_back({.watcher = std::move(watcher)});
}

size_t Watches::size() const {
  MutexLock lock(mu_);
  return entries_.size();
}

void Watches::Loop() {
  for (;;) {
    {
      MutexLock lock(mu_);
      if (stop_) return;
    }
    Round(kWait);
  }
}

void Watches::Round(absl::Duration wait) {
  const std::vector<Wake> wakes = Gather(wait);
  std::set<Wake> news(wakes.begin(), wakes.end());
  bool fresh = false;
  {
    MutexLock lock(mu_);
    std::erase_if(entries_, [](const Entry& entry) { return !entry.watcher.open(); });
    fresh = std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.fresh; });
  }
  bool looked = Look(fresh, news);

  const absl::Time now = clock_.Now();
  MutexLock lock(mu_);
  for (Entry& entry : entries_) {
    auto add = [&](const Wake& wake) {
      if (auto work = WorkFor(entry.watcher, wake, now)) entry.waiting.insert(*std::move(work));
    };
    std::for_each(news.begin(), news.end(), add);
    if (looked && std::exchange(entry.fresh, false)) std::for_each(ready_.begin(), ready_.end(), add);
    Tell(entry);
  }
}

std::vector<Wake> Watches::Gather(absl::Duration wait) {
  auto wakes = wakes_.Wait(wait);
  if (wakes.ok() && !wakes->empty()) {
    absl::SleepFor(std::min(kGather, wait));
    auto more = wakes_.Wait(absl::ZeroDuration());
    if (more.ok()) wakes->insert(wakes->end(), more->begin(), more->end());
  }
  if (!wakes.ok() || !std::exchange(hearing_, true)) away_ = true;
  if (wakes.ok()) return *std::move(wakes);
  hearing_ = false;
  std::unique_lock<Mutex> lock(mu_);
  changed_.wait_for(lock, absl::ToChronoMilliseconds(wait), [&]() REQUIRES(mu_) { return stop_; });
  return {};
}

// Looks which lanes have work, when it is time or `wanted`. Those that had none at the last look are news; all are when
// wakes may have been lost, as a lane that had work may have got more. False when it did not look.
bool Watches::Look(bool wanted, std::set<Wake>& news) {
  if (!wanted && absl::Now() < next_look_) return false;
  auto lanes = store_.AllReadyLanes(kLanes);
  if (!lanes.ok()) {
    spdlog::warn("watch: {}", std::string(lanes.status().message()));
    return false;
  }
  std::set<Wake> ready;
  for (Lane& lane : *lanes) ready.insert({std::move(lane), ""});
  if (absl::Now() >= next_look_) {
    for (const Wake& wake : ready) {
      if (away_ || !ready_.contains(wake)) news.insert(wake);
    }
    next_look_ = absl::Now() + look_;
    away_ = false;
  }
  ready_ = std::move(ready);
  return true;
}

void Watches::Tell(Entry& entry) const {
  while (!entry.waiting.empty()) {
    auto end = std::next(entry.waiting.begin(), static_cast<ptrdiff_t>(std::min(entry.waiting.size(), kToldAtOnce)));
    if (!entry.watcher.tell({entry.waiting.begin(), end})) return;
    entry.waiting.erase(entry.waiting.begin(), end);
  }
}

}  // namespace gridwork::tasks
