#include "services/tasks/work/claim_flow.h"

#include <absl/random/random.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <set>

#include "common/base/status_macros.h"

namespace gridwork::tasks {
namespace {

using auth::Holds;

constexpr size_t kAssignedLooked = 500;        // tasks assigned to one worker that are looked at
constexpr size_t kLanesWithoutIndex = 10'000;  // names read for one claim while the index is away,
constexpr int kLanesTried = 64;                // and lanes in which tasks are looked for

char LetterOf(auth::Role role) {
  switch (role) {
    case options::v1::ROLE_FIELD_WORKER:
      return 'F';
    case options::v1::ROLE_INSPECTOR:
      return 'I';
    case options::v1::ROLE_CARE_WORKER:
      return 'C';
    default:
      return 0;
  }
}

}  // namespace

std::vector<std::string> Within(const auth::Scope& scope, const std::string& area) {
  std::vector<std::string> out;
  for (const std::string& root : scope.areas()) {
    if (area.empty() || Holds(area, root))
      out.push_back(root);
    else if (Holds(root, area))
      out.push_back(area);
  }
  return out;
}

std::string RoleLetters(const std::vector<std::string>& claim_roles) {
  if (claim_roles.empty()) return "FI";
  std::set<char> letters;
  for (const std::string& name : claim_roles) {
    auth::Role role = options::v1::ROLE_UNSPECIFIED;
    if (options::v1::Role_Parse("ROLE_" + name, &role) && LetterOf(role) != 0) letters.insert(LetterOf(role));
  }
  return {letters.begin(), letters.end()};
}

std::vector<auth::Role> RolesOf(std::string_view letters) {
  std::vector<auth::Role> out;
  for (auth::Role role : {options::v1::ROLE_FIELD_WORKER, options::v1::ROLE_INSPECTOR, options::v1::ROLE_CARE_WORKER}) {
    if (letters.find(LetterOf(role)) != letters.npos) out.push_back(role);
  }
  return out;
}

std::string QualificationsKey(std::vector<std::string> codes) {
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return absl::StrJoin(codes, ",");
}

bool MayClaim(const auth::Caller& caller, const Lane& lane, absl::Time now) {
  const std::vector<std::string> all_needed = absl::StrSplit(lane.qualifications, ',', absl::SkipEmpty());
  for (const std::string& needed : all_needed) {
    bool has = std::any_of(caller.qualifications.begin(), caller.qualifications.end(),
                           [&](const auth::Qualification& q) { return q.code == needed && q.until > now; });
    if (!has) return false;
  }
  return std::any_of(caller.grants.begin(), caller.grants.end(), [&](const auth::Grant& grant) {
    char letter = LetterOf(grant.role);
    return letter != 0 && lane.roles.find(letter) != lane.roles.npos && grant.until > now &&
           Holds(grant.area, lane.grid);
  });
}

std::vector<std::string> CoveredBy(const auth::Caller& caller, absl::Time now) {
  std::vector<std::string> out;
  for (const auth::Cover& cover : caller.covers) {
    if (cover.until > now) out.push_back(cover.staff);
  }
  return out;
}

absl::StatusOr<std::vector<Task>> Claimer::Claim(Unit& unit, const auth::Caller& caller, const auth::Scope& scope,
                                                 const ClaimTasks& wanted) {
  ASSIGN_OR_RETURN(absl::Time now, store_.Now(unit));
  if (wanted.offline_until) RETURN_IF_ERROR(CheckOfflineUntil(*wanted.offline_until, now));
  const ClaimTerms terms{.covers = CoveredBy(caller, now), .offline_until = wanted.offline_until};
  std::vector<std::string> assignees = terms.covers;
  assignees.push_back(caller.id);
  ASSIGN_OR_RETURN(std::vector<Task> candidates, store_.LockAssigned(unit, assignees, kAssignedLooked));
  // Those that this caller cannot have now must not stand before the others.
  std::erase_if(candidates, [&](const Task& t) {
    return (!wanted.area.empty() && !Holds(wanted.area, t.grid)) || !MayClaim(caller, LaneOf(t), now);
  });
  if (candidates.size() > wanted.max) candidates.resize(wanted.max);
  if (candidates.size() < wanted.max) {
    ASSIGN_OR_RETURN(auto more, Candidates(unit, caller, scope, wanted.area, wanted.max - candidates.size(), now));
    for (Task& task : more) {
      // The index may offer what is there already: it does not know yet that it was assigned.
      bool there = std::any_of(candidates.begin(), candidates.end(), [&](const Task& t) { return t.id == task.id; });
      if (!there) candidates.push_back(std::move(task));
    }
  }

  std::vector<Task> claimed;
  for (Task& task : candidates) {
    if (MayClaim(caller, LaneOf(task), now) && tasks::Claim(task, caller.id, now, terms).ok()) claimed.push_back(task);
  }
  RETURN_IF_ERROR(store_.UpdateClaimed(unit, claimed));
  // Its loss is harmless: the relay says the same again.
  unit.AfterCommit([this, claimed] { queue_.Apply(claimed, false).IgnoreError(); });
  return claimed;
}

absl::StatusOr<std::vector<Task>> Claimer::Candidates(Unit& unit, const auth::Caller& caller, const auth::Scope& scope,
                                                      const std::string& area, size_t n, absl::Time now) {
  auto offered = queue_.Offer(
      Within(scope, area), [&](const Lane& lane) { return MayClaim(caller, lane, now); }, n);
  if (!offered.ok()) return WithoutIndex(unit, caller, scope, area, n, now);
  ASSIGN_OR_RETURN(auto tasks, store_.LockFree(unit, *offered));
  auto rank = [&](const Task& t) { return std::find(offered->begin(), offered->end(), t.id); };
  std::sort(tasks.begin(), tasks.end(), [&](const Task& a, const Task& b) { return rank(a) < rank(b); });
  return tasks;
}

absl::StatusOr<std::vector<Task>> Claimer::WithoutIndex(Unit& unit, const auth::Caller& caller,
                                                        const auth::Scope& scope, const std::string& area, size_t n,
                                                        absl::Time now) {
  ASSIGN_OR_RETURN(auto lanes, store_.ReadyLanes(unit, scope, area, kLanesWithoutIndex));
  std::erase_if(lanes, [&](const Lane& lane) { return !MayClaim(caller, lane, now); });
  std::shuffle(lanes.begin(), lanes.end(), absl::BitGen());  // no lane waits for ever
  std::vector<Task> out;
  int tried = 0;
  for (const Lane& lane : lanes) {
    if (out.size() >= n || ++tried > kLanesTried) break;
    ASSIGN_OR_RETURN(auto tasks, store_.LockReady(unit, lane, n - out.size()));
    out.insert(out.end(), tasks.begin(), tasks.end());
  }
  return out;
}

}  // namespace gridwork::tasks
