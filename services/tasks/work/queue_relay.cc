#include "services/tasks/work/queue_relay.h"

#include <absl/time/clock.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <set>

#include "common/base/status_macros.h"
#include "services/tasks/work/rebuild_flow.h"
#include "services/tasks/work/reconcile_flow.h"

namespace gridwork::tasks {
namespace {

constexpr size_t kIdBytes = 16;
constexpr size_t kBatch = 500;
constexpr int kBatchesOfStep = 20;
constexpr absl::Duration kIdle = absl::Milliseconds(20);    // between two looks at an empty outbox
constexpr absl::Duration kPause = absl::Milliseconds(500);  // after an error
constexpr absl::Duration kSlowSteps = absl::Seconds(1);     // leases, mending, a look whether the index is there
constexpr absl::Duration kLeaseGrace = absl::Minutes(1);    // two heartbeats
constexpr absl::Duration kCompare = absl::Minutes(10);
constexpr absl::Duration kSettle = absl::Seconds(10);
constexpr absl::Duration kTimeout = absl::Seconds(5);

// Runs a step that does up to kBatch until it has done all, so that what is due at one moment does not take one round
// for each batch; at most so often that other steps do not wait long.
absl::Status Repeat(const std::function<absl::StatusOr<size_t>()>& step) {
  for (int i = 0; i < kBatchesOfStep; ++i) {
    ASSIGN_OR_RETURN(size_t done, step());
    if (done < kBatch) break;
  }
  return absl::OkStatus();
}

// What is in `ids` and not in `found`.
std::vector<Uuid> Missing(const std::vector<Uuid>& ids, const std::vector<Task>& found) {
  std::set<Uuid> known;
  for (const Task& task : found) known.insert(task.id);
  std::vector<Uuid> out;
  std::copy_if(ids.begin(), ids.end(), std::back_inserter(out), [&](const Uuid& id) { return !known.contains(id); });
  return out;
}

// Each of the tasks that has left grids, as it would be in each of them.
std::vector<Task> WhereTheyWere(const std::vector<Task>& tasks, const std::set<std::pair<Uuid, std::string>>& left) {
  std::vector<Task> out;
  for (const Task& task : tasks) {
    for (auto at = left.lower_bound({task.id, ""}); at != left.end() && at->first == task.id; ++at) {
      out.push_back(task);
      out.back().grid = at->second;
    }
  }
  return out;
}

}  // namespace

void QueueRelay::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void QueueRelay::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void QueueRelay::Loop() {
  absl::Time slow_steps = absl::InfinitePast();
  absl::Time compare = absl::Now() + kCompare;  // the first FollowServer() compares too
  while (!stop_) {
    absl::Status failed;
    auto note = [&](const absl::Status& status) {
      if (!status.ok()) failed = status;
    };
    auto carried = Carry();
    note(carried.status());
    if (absl::Now() - slow_steps >= kSlowSteps) {
      slow_steps = absl::Now();
      // These need MySQL only: they go on while the index is away.
      note(Repeat([this] { return StartDue(); }));
      note(Repeat([this] { return EndLeasesOnceHeard(absl::Now()); }));
      note(RebuildIfLost());
      note(Mend());
      note(FollowServer());
      if (absl::Now() >= compare) {
        compare = absl::Now() + kCompare;
        note(CompareAll(kSettle));
      }
    }
    note(CompareNext().status());  // one, then changes are carried again
    if (!failed.ok()) spdlog::warn("queue relay: {}", std::string(failed.message()));
    if (!failed.ok() || *carried == 0) absl::SleepFor(failed.ok() ? kIdle : kPause);
  }
}

absl::StatusOr<size_t> QueueRelay::Carry() {
  ASSIGN_OR_RETURN(auto rows, outbox_.Take(kTaskTopic, static_cast<int>(kBatch), absl::Now() + kTimeout));
  if (rows.empty()) return 0;
  std::set<Uuid> ids;
  std::set<std::pair<Uuid, std::string>> left;  // and a grid
  std::vector<int64_t> done;
  for (const auto& row : rows) {
    done.push_back(row.id);
    auto id = Uuid::FromBytes(std::string_view(row.entity).substr(0, kIdBytes));
    if (!id.ok()) continue;
    ids.insert(*id);
    if (row.entity.size() > kIdBytes) left.emplace(*id, row.entity.substr(kIdBytes));
  }
  ASSIGN_OR_RETURN(auto tasks, store_.FindAll({ids.begin(), ids.end()}));
  RETURN_IF_ERROR(queue_.Leave(WhereTheyWere(tasks, left)));
  RETURN_IF_ERROR(queue_.Apply(tasks, false));
  RETURN_IF_ERROR(outbox_.Remove(done, absl::Now() + kTimeout));
  return rows.size();
}

absl::StatusOr<size_t> QueueRelay::StartDue() {
  size_t started = 0;
  RETURN_IF_ERROR(store_.InTransaction([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(absl::Time now, store_.Now(unit));
    ASSIGN_OR_RETURN(auto tasks, store_.LockDue(unit, now, kBatch));
    started = tasks.size();
    for (Task& task : tasks) {
      if (tasks::Start(task, now)) RETURN_IF_ERROR(store_.Update(unit, task));
    }
    return absl::OkStatus();
  }));
  return started;
}

absl::StatusOr<size_t> QueueRelay::EndLeases() {
  size_t ended = 0;
  RETURN_IF_ERROR(store_.InTransaction([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(absl::Time now, store_.Now(unit));
    ASSIGN_OR_RETURN(auto tasks, store_.LockExpired(unit, now, kBatch));
    ended = tasks.size();
    for (Task& task : tasks) {
      if (EndLease(task, now)) RETURN_IF_ERROR(store_.Update(unit, task));
    }
    return absl::OkStatus();
  }));
  return ended;
}

absl::StatusOr<size_t> QueueRelay::EndLeasesOnceHeard(absl::Time now) {
  if (now < leases_again_) return 0;
  auto ended = EndLeases();
  if (!ended.ok()) leases_again_ = now + kLeaseGrace;
  return ended;
}

absl::Status QueueRelay::Mend() {
  ASSIGN_OR_RETURN(auto ids, queue_.Expired(kBatch));
  ASSIGN_OR_RETURN(auto tasks, store_.FindAll(ids));
  RETURN_IF_ERROR(queue_.Apply(tasks, true));
  std::vector<Uuid> missing = Missing(ids, tasks);
  return missing.empty() ? absl::OkStatus() : queue_.Forget(missing);
}

absl::Status QueueRelay::RebuildIfLost() {
  ASSIGN_OR_RETURN(bool built, queue_.IsBuilt());
  if (built) return absl::OkStatus();
  ASSIGN_OR_RETURN(int64_t applied, RebuildQueue(store_, queue_));
  spdlog::info("queue index made anew: {} tasks", applied);
  return absl::OkStatus();
}

absl::Status QueueRelay::FollowServer() {
  ASSIGN_OR_RETURN(std::string server, queue_.Server());
  if (server == server_) return absl::OkStatus();
  if (!server_.empty()) spdlog::warn("another Redis answers than before: the index is compared with MySQL");
  // What changed just now may have gone to the old one.
  RETURN_IF_ERROR(CompareAll(absl::ZeroDuration()));
  server_ = std::move(server);
  return absl::OkStatus();
}

absl::Status QueueRelay::CompareAll(absl::Duration settle) {
  ASSIGN_OR_RETURN(regions_, RegionsToCompare(store_, queue_));
  settle_ = settle;
  return absl::OkStatus();
}

absl::StatusOr<bool> QueueRelay::CompareNext() {
  if (regions_.empty()) return false;
  const std::string region = regions_.back();
  ASSIGN_OR_RETURN(int64_t mended, ReconcileRegion(store_, queue_, region, settle_));
  regions_.pop_back();
  mended_ += mended;
  if (mended > 0) spdlog::warn("queue index of {}: {} tasks stood wrong and were mended", region, mended);
  return true;
}

}  // namespace gridwork::tasks
