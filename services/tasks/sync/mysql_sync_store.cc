#include "services/tasks/sync/mysql_sync_store.h"

#include "common/base/status_macros.h"

namespace gridwork::tasks {
namespace {

using State = GridAnswer::State;
using mysql::FeedEntry;
using mysql::FeedHead;
using mysql::FeedSize;
using mysql::FeedSnapshot;

// The grids that the answer is about, by path: those that the phone holds, and those of its areas that it does not.
std::map<std::string, HeldGrid> Wanted(const PullQuery& query, const std::vector<FeedHead>& heads) {
  std::map<std::string, HeldGrid> out;
  for (const HeldGrid& held : query.held) out[held.grid] = held;
  for (const FeedHead& head : heads) {
    if (query.area.empty() || auth::Holds(query.area, head.grid))
      out.try_emplace(head.grid, HeldGrid{head.grid, Cursor()});
  }
  return out;
}

// Which of the wanted grids fit on the phone: those that it holds first.
std::map<std::string, Budget> OverBudget(const PullQuery& query, const std::map<std::string, HeldGrid>& wanted,
                                         const std::map<std::string, FeedSize>& sizes) {
  Budget left = query.budget;
  std::map<std::string, Budget> out;
  for (bool held : {true, false}) {
    for (const auto& [grid, at] : wanted) {
      auto size = sizes.find(grid);
      if (size == sizes.end() || (at.cursor != Cursor()) != held) continue;
      if (!Fits({size->second.records, size->second.bytes}, left)) out[grid] = left;
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<PullAnswer> MysqlSyncStore::Pull(const auth::Scope& scope, const PullQuery& query, absl::Time deadline) {
  PullAnswer out;
  RETURN_IF_ERROR(feed_.Read(deadline, [&](FeedSnapshot& snapshot) -> absl::Status {
    out = PullAnswer();
    ASSIGN_OR_RETURN(auto heads, snapshot.Heads(scope.areas()));
    const auto wanted = Wanted(query, heads);
    std::erase_if(heads, [&](const FeedHead& head) { return !wanted.contains(head.grid); });
    ASSIGN_OR_RETURN(auto sizes, snapshot.Sizes(heads));
    std::map<std::string, const FeedHead*> by_grid;
    for (const FeedHead& head : heads) by_grid[head.grid] = &head;
    const auto over = OverBudget(query, wanted, sizes);

    size_t left = query.limit;
    for (const auto& [grid, held] : wanted) {
      GridAnswer& answer = out.grids.emplace_back();
      answer.grid = grid;
      if (!by_grid.contains(grid)) {  // outside of the scope, or nothing was ever there: the same to the phone
        answer.state = State::kPurge;
        continue;
      }
      answer.size = {sizes[grid].records, sizes[grid].bytes};
      answer.digest = sizes[grid].digest;
      if (auto budget = over.find(grid); budget != over.end()) {
        answer.state = State::kOverBudget;
        answer.left = budget->second;
        continue;
      }
      RETURN_IF_ERROR(ReadGrid(snapshot, *by_grid[grid], held, left, answer));
      left -= answer.changes.size();
      out.more = out.more || (answer.state == State::kCurrent && !answer.complete);
    }
    return absl::OkStatus();
  }));
  return out;
}

absl::Status MysqlSyncStore::ReadGrid(FeedSnapshot& snapshot, const FeedHead& head, const HeldGrid& held, size_t limit,
                                      GridAnswer& out) {
  std::optional<int64_t> base_after;
  if (held.cursor && held.cursor->version > 0 && held.cursor->epoch != snapshot.epoch()) {
    ASSIGN_OR_RETURN(base_after, snapshot.BaseAfter(held.cursor->epoch, head.grid));
  }
  if (!held.cursor || !Follows(*held.cursor, {snapshot.epoch(), head.version, head.floor}, base_after)) {
    out.state = State::kResync;
    return absl::OkStatus();
  }
  out.next = {snapshot.epoch(), held.cursor->version, held.cursor->version == 0 ? head.version : held.cursor->start};
  out.complete = out.next.version == head.version;
  if (out.complete || limit == 0) return absl::OkStatus();

  ASSIGN_OR_RETURN(auto entries, snapshot.After(head.grid, held.cursor->version, limit));
  out.complete = entries.size() < limit || entries.back().version == head.version;
  out.next.version = out.complete ? head.version : entries.back().version;
  // Who has nothing needs no tombstones.
  if (held.cursor->version == 0) std::erase_if(entries, [](const FeedEntry& entry) { return entry.gone; });
  return ReadRecords(snapshot, entries, out);
}

absl::Status MysqlSyncStore::ReadRecords(FeedSnapshot& snapshot, const std::vector<FeedEntry>& entries,
                                         GridAnswer& out) {
  std::vector<Uuid> place_ids, task_ids;
  for (const FeedEntry& entry : entries) {
    if (!entry.gone) (entry.kind == kPlaceFeed ? place_ids : task_ids).push_back(entry.id);
  }
  ASSIGN_OR_RETURN(auto places, places_.FindAll(snapshot.transaction(), place_ids));
  ASSIGN_OR_RETURN(auto tasks, tasks_.FindAll(snapshot.transaction(), task_ids));
  std::map<Uuid, Place> place_of;
  std::map<Uuid, Task> task_of;
  for (Place& place : places) place_of.emplace(place.id, std::move(place));
  for (Task& task : tasks) task_of.emplace(task.id, std::move(task));

  for (const FeedEntry& entry : entries) {
    Change& change = out.changes.emplace_back();
    change.version = entry.version;
    if (entry.gone) {
      change.record = Removed{entry.kind, entry.id};
    } else if (entry.kind == kPlaceFeed) {
      change.record = place_of.at(entry.id);
    } else {
      change.record = task_of.at(entry.id);
    }
  }
  return absl::OkStatus();
}

}  // namespace gridwork::tasks
