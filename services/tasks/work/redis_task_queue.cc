#include "services/tasks/work/redis_task_queue.h"

#include <absl/random/random.h>
#include <absl/time/clock.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/auth/caller.h"
#include "common/base/embedded.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace gridwork::embedded {
const std::vector<File>& tasks_redis();
}

namespace gridwork::tasks {
namespace {

using redis::Command;
using redis::Reply;

constexpr char kWakeChannel[] = "q:wake";  // as in apply.lua
constexpr char kRegions[] = "q:regions";
constexpr char kBuilt[] = "q:built:2";  // another number when lanes or ranks change their form: all is made anew
constexpr int kOfferMs = 10'000;    // long enough for a commit, short enough for a worker whose phone died in between
constexpr int kExpiredMs = 10'000;  // time for MySQL to be asked
constexpr size_t kReadAtOnce = 1'000;   // of a comparison
constexpr size_t kLanesLooked = 2'000;  // names read for one claim and region: more than a region has
constexpr size_t kLanesOffered = 16;    // lanes that take turns in one claim

std::string Key(std::string_view region, std::string_view what) { return fmt::format("q:{{{}}}:{}", region, what); }
std::string ReadyKey(std::string_view region, std::string_view lane) {
  return Key(region, fmt::format("ready:{}", lane));
}
std::string TaskKey(std::string_view region, std::string_view id) { return Key(region, fmt::format("task:{}", id)); }

std::string NameOf(const Lane& lane) { return fmt::format("{}|{}|{}", lane.grid, lane.roles, lane.qualifications); }
Lane LaneNamed(const std::string& name) {
  size_t first = name.find('|'), second = name.find('|', first + 1);
  if (first == name.npos || second == name.npos) return {};
  return {name.substr(0, first), name.substr(first + 1, second - first - 1), name.substr(second + 1)};
}

const std::string& ScriptText(std::string_view name) {
  for (const auto& file : embedded::tasks_redis()) {
    if (file.name == name) return file.text;
  }
  throw std::logic_error("no such script is embedded");
}

std::vector<Uuid> ToIds(const Reply& reply) {
  std::vector<Uuid> out;
  for (const Reply& element : reply.elements) {
    if (auto id = Uuid::Parse(element.text); id.ok()) out.push_back(*id);
  }
  return out;
}

std::vector<std::string> ToTexts(const Reply& reply) {
  std::vector<std::string> out;
  for (const Reply& element : reply.elements) out.push_back(element.text);
  return out;
}

absl::Status FirstError(const std::vector<Reply>& replies) {
  for (const Reply& reply : replies) {
    if (reply.is_error()) return redis::StatusOf(reply);
  }
  return absl::OkStatus();
}

}  // namespace

RedisTaskQueue::RedisTaskQueue(redis::Client& redis)
    : redis_(redis),
      apply_(ScriptText("apply.lua")),
      built_(ScriptText("built.lua")),
      offer_(ScriptText("offer.lua")),
      expired_(ScriptText("expired.lua")) {}

absl::StatusOr<std::vector<std::string>> RedisTaskQueue::Regions() {
  ASSIGN_OR_RETURN(Reply reply, redis_.Run({"SMEMBERS", kRegions}));
  return ToTexts(reply);
}

// An area below a region has one; an area above regions has those that begin with it.
absl::StatusOr<std::vector<std::string>> RedisTaskQueue::RegionsUnder(const std::string& area) {
  if (area.find('/') != area.npos) return std::vector<std::string>{RegionOf(area)};
  ASSIGN_OR_RETURN(auto regions, Regions());
  std::erase_if(regions, [&](const std::string& region) { return !auth::Holds(area, region); });
  return regions;
}

absl::StatusOr<std::vector<std::string>> RedisTaskQueue::LanesUnder(const std::string& region,
                                                                    const std::string& area) {
  std::string lanes = Key(region, "lanes"), limit = std::to_string(kLanesLooked);
  // The grid itself ("CHI/A/G1|F") and the grids below ("CHI/A/G1/..."): "}" follows "|", "0" follows "/".
  ASSIGN_OR_RETURN(auto replies,
                   redis_.RunAll({{"ZRANGEBYLEX", lanes, "[" + area + "|", "(" + area + "}", "LIMIT", "0", limit},
                                  {"ZRANGEBYLEX", lanes, "[" + area + "/", "(" + area + "0", "LIMIT", "0", limit}}));
  RETURN_IF_ERROR(FirstError(replies));
  std::vector<std::string> out = ToTexts(replies[0]), below = ToTexts(replies[1]);
  out.insert(out.end(), below.begin(), below.end());
  return out;
}

absl::StatusOr<std::vector<Uuid>> RedisTaskQueue::Offer(const std::vector<std::string>& areas,
                                                        const std::function<bool(const Lane&)>& may_take, size_t n) {
  ASSIGN_OR_RETURN(bool built, IsBuilt());
  if (!built) return Error(absl::StatusCode::kUnavailable, "QUEUE_NOT_BUILT", "the index is being made anew");
  std::set<std::pair<std::string, std::string>> places;  // region and area: grants may overlap
  for (const std::string& area : areas) {
    ASSIGN_OR_RETURN(auto regions, RegionsUnder(area));
    for (const std::string& region : regions) places.emplace(region, area);
  }
  // Regions share no slot and so no turns: chance makes none of them wait for ever.
  std::vector<std::pair<std::string, std::string>> order(places.begin(), places.end());
  std::shuffle(order.begin(), order.end(), absl::BitGen());
  std::vector<Uuid> out;
  for (const auto& [region, area] : order) {
    if (out.size() >= n) break;
    ASSIGN_OR_RETURN(auto offered, OfferIn(region, area, may_take, n - out.size()));
    out.insert(out.end(), offered.begin(), offered.end());
  }
  return out;
}

absl::StatusOr<std::vector<Uuid>> RedisTaskQueue::OfferIn(const std::string& region, const std::string& area,
                                                          const std::function<bool(const Lane&)>& may_take, size_t n) {
  ASSIGN_OR_RETURN(auto lanes, LanesUnder(region, area));
  std::erase_if(lanes, [&](const std::string& name) { return !may_take(LaneNamed(name)); });
  if (lanes.empty()) return std::vector<Uuid>();
  if (lanes.size() > kLanesOffered) {  // those whose turn is next
    Command turns{"ZMSCORE", Key(region, "turns")};
    turns.insert(turns.end(), lanes.begin(), lanes.end());
    ASSIGN_OR_RETURN(Reply scores, redis_.Run(turns));
    std::vector<std::pair<double, std::string>> order;
    for (size_t i = 0; i < lanes.size() && i < scores.elements.size(); ++i) {
      order.emplace_back(scores.elements[i].is_nil() ? 0 : std::stod(scores.elements[i].text), lanes[i]);
    }
    std::sort(order.begin(), order.end());
    lanes.clear();
    for (size_t i = 0; i < kLanesOffered && i < order.size(); ++i) lanes.push_back(order[i].second);
  }
  std::vector<std::string> keys{Key(region, "leases"), Key(region, "lanes"), Key(region, "turns")};
  std::vector<std::string> args{std::to_string(n), std::to_string(kOfferMs)};
  for (const std::string& lane : lanes) {
    keys.push_back(ReadyKey(region, lane));
    args.push_back(lane);
  }
  ASSIGN_OR_RETURN(Reply reply, offer_.Run(redis_, keys, args));
  return ToIds(reply);
}

absl::Status RedisTaskQueue::Leave(const std::vector<Task>& tasks) {
  std::map<std::string, std::vector<IndexEntry>> by_region;
  for (const Task& task : tasks) {
    by_region[RegionOf(task.grid)].push_back({.id = task.id, .version = task.version, .name = NameOf(LaneOf(task))});
  }
  for (const auto& [region, entries] : by_region) RETURN_IF_ERROR(Remove(region, entries));
  return absl::OkStatus();
}

absl::Status RedisTaskQueue::Apply(const std::vector<Task>& tasks, bool again) {
  if (tasks.empty()) return absl::OkStatus();
  std::vector<redis::Script::Call> calls;
  std::set<std::string> regions;
  for (const Task& task : tasks) {
    std::string region = RegionOf(task.grid), lane = NameOf(LaneOf(task)), id = task.id.ToString();
    // A task that is assigned to somebody is not for everybody: it is found by its assignee, in MySQL.
    bool ready = task.state == TaskState::kReady && task.assignee.empty();
    bool held = task.state == TaskState::kClaimed;
    calls.push_back(
        {{ReadyKey(region, lane), Key(region, "leases"), TaskKey(region, id), Key(region, "lanes"),
          Key(region, "turns")},
         {id, std::to_string(task.version),
          ready  ? "ready"
          : held ? "held"
                 : "gone",
          ready  ? std::to_string(RankOf(task))
          : held ? std::to_string(absl::ToUnixMillis(task.lease_until.value_or(absl::UnixEpoch())))
                 : "",
          lane, again ? "1" : "0", task.state == TaskState::kReady ? fmt::format("{}|{}", lane, task.assignee) : ""}});
    regions.insert(std::move(region));
  }
  // First the regions: a task in a region that nobody knows of would not be found.
  Command add{"SADD", kRegions};
  add.insert(add.end(), regions.begin(), regions.end());
  RETURN_IF_ERROR(redis_.Run(add).status());
  return apply_.RunAll(redis_, calls).status();
}

absl::Status RedisTaskQueue::Forget(const std::vector<Uuid>& ids) {
  ASSIGN_OR_RETURN(auto regions, Regions());
  std::vector<Command> commands;
  for (const std::string& region : regions) {
    for (const Uuid& id : ids) {
      commands.push_back({"ZREM", Key(region, "leases"), id.ToString()});
      commands.push_back({"DEL", TaskKey(region, id.ToString())});
    }
  }
  if (commands.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto replies, redis_.RunAll(commands));
  return FirstError(replies);
}

absl::StatusOr<std::vector<Uuid>> RedisTaskQueue::Expired(size_t limit) {
  ASSIGN_OR_RETURN(auto regions, Regions());
  std::vector<Uuid> out;
  for (const std::string& region : regions) {
    if (out.size() >= limit) break;
    ASSIGN_OR_RETURN(Reply reply, expired_.Run(redis_, {Key(region, "leases")},
                                               {std::to_string(limit - out.size()), std::to_string(kExpiredMs)}));
    for (const Uuid& id : ToIds(reply)) out.push_back(id);
  }
  return out;
}

absl::StatusOr<bool> RedisTaskQueue::IsBuilt() {
  ASSIGN_OR_RETURN(Reply reply, redis_.Run({"HEXISTS", kBuilt, "done"}));
  return reply.integer == 1;
}

absl::StatusOr<std::string> RedisTaskQueue::BeginBuild() {
  std::string build = Uuid::V7(absl::Now()).ToString();
  ASSIGN_OR_RETURN(auto replies, redis_.RunAll({{"HDEL", kBuilt, "done"}, {"HSET", kBuilt, build, "1"}}));
  RETURN_IF_ERROR(FirstError(replies));
  return build;
}

absl::StatusOr<bool> RedisTaskQueue::EndBuild(const std::string& build) {
  ASSIGN_OR_RETURN(Reply reply, built_.Run(redis_, {kBuilt}, {build}));
  return reply.integer == 1;
}

absl::StatusOr<std::string> RedisTaskQueue::Server() {
  ASSIGN_OR_RETURN(redis::ServerIdentity identity, redis_.Identity());
  return fmt::format("{}/{}", identity.run_id, identity.replication_id);
}

// In pieces: a long reply would make all others wait.
absl::StatusOr<std::vector<Uuid>> RedisTaskQueue::Members(const std::string& key) {
  std::vector<Uuid> out;
  for (size_t from = 0;; from += kReadAtOnce) {
    ASSIGN_OR_RETURN(Reply reply,
                     redis_.Run({"ZRANGE", key, std::to_string(from), std::to_string(from + kReadAtOnce - 1)}));
    for (const Uuid& id : ToIds(reply)) out.push_back(id);
    if (reply.elements.size() < kReadAtOnce) return out;
  }
}

absl::StatusOr<std::vector<IndexEntry>> RedisTaskQueue::Entries(const std::string& region) {
  ASSIGN_OR_RETURN(Reply names, redis_.Run({"ZRANGE", Key(region, "lanes"), "0", "-1"}));
  std::vector<IndexEntry> out;
  for (const std::string& name : ToTexts(names)) {
    ASSIGN_OR_RETURN(auto ids, Members(ReadyKey(region, name)));
    for (const Uuid& id : ids) out.push_back({.id = id, .ready = true, .lane = LaneNamed(name), .name = name});
  }
  ASSIGN_OR_RETURN(auto held, Members(Key(region, "leases")));
  for (const Uuid& id : held) out.push_back({.id = id});
  for (size_t from = 0; from < out.size(); from += kReadAtOnce) {
    std::vector<Command> commands;
    const size_t end = std::min(out.size(), from + kReadAtOnce);
    for (size_t i = from; i < end; ++i) commands.push_back({"HGET", TaskKey(region, out[i].id.ToString()), "v"});
    ASSIGN_OR_RETURN(auto versions, redis_.RunAll(commands));
    RETURN_IF_ERROR(FirstError(versions));
    for (size_t i = from; i < end; ++i) {
      if (!versions[i - from].is_nil()) out[i].version = std::stoll(versions[i - from].text);
    }
  }
  return out;
}

absl::Status RedisTaskQueue::Remove(const std::string& region, const std::vector<IndexEntry>& entries) {
  if (entries.empty()) return absl::OkStatus();
  std::vector<redis::Script::Call> calls;
  for (const IndexEntry& entry : entries) {
    const std::string id = entry.id.ToString();
    calls.push_back({{ReadyKey(region, entry.name), Key(region, "leases"), TaskKey(region, id), Key(region, "lanes"),
                      Key(region, "turns")},
                     {id, std::to_string(entry.version), "gone", "", entry.name, "1", ""}});
  }
  return apply_.RunAll(redis_, calls).status();
}

absl::StatusOr<int64_t> RedisTaskQueue::Size(const std::string& area) {
  ASSIGN_OR_RETURN(auto regions, RegionsUnder(area));
  int64_t size = 0;
  for (const std::string& region : regions) {
    ASSIGN_OR_RETURN(Reply names, redis_.Run({"ZRANGE", Key(region, "lanes"), "0", "-1"}));
    std::vector<Command> commands;
    for (const std::string& lane : ToTexts(names)) {
      if (auth::Holds(area, LaneNamed(lane).grid)) commands.push_back({"ZCARD", ReadyKey(region, lane)});
    }
    if (commands.empty()) continue;
    ASSIGN_OR_RETURN(auto replies, redis_.RunAll(commands));
    for (const Reply& reply : replies) size += reply.integer;
  }
  return size;
}

absl::StatusOr<std::vector<Wake>> RedisWakes::Wait(absl::Duration timeout) {
  if (!subscription_) {
    ASSIGN_OR_RETURN(subscription_, redis_.Subscribe(kWakeChannel));
  }
  auto messages = subscription_->Wait(timeout);
  if (!messages.ok()) {
    subscription_.reset();
    return messages.status();
  }
  std::vector<Wake> out;
  for (const std::string& message : *messages) {
    size_t bar = message.rfind('|');
    if (bar != message.npos) out.push_back({LaneNamed(message.substr(0, bar)), message.substr(bar + 1)});
  }
  return out;
}

}  // namespace gridwork::tasks
