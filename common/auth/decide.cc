#include "common/auth/decide.h"

#include <fmt/format.h>

#include <algorithm>

namespace gridwork::auth {
namespace {

using options::v1::Policy;
using options::v1::Purpose;
using options::v1::Rule;

// How far a rule came, nearest last. A refusal tells the nearest.
enum Outcome { kRoleMissing, kAreaOutside, kGrantExpired, kPurposeRequired, kPurposeNotAllowed, kAllowed };

const char* ReasonFor(Outcome outcome) {
  switch (outcome) {
    case kRoleMissing:
      return "ROLE_MISSING";
    case kAreaOutside:
      return "AREA_OUTSIDE";
    case kGrantExpired:
      return "GRANT_EXPIRED";
    case kPurposeRequired:
      return "PURPOSE_REQUIRED";
    case kPurposeNotAllowed:
      return "PURPOSE_NOT_ALLOWED";
    case kAllowed:
      return "";
  }
  return "";
}

bool Names(const Rule& rule, Role role) {
  return role != options::v1::ROLE_UNSPECIFIED &&
         std::find(rule.roles().begin(), rule.roles().end(), role) != rule.roles().end();
}

bool Related(const Caller& caller, const Policy& policy, options::v1::Relation relation, const Facts* facts) {
  if (caller.id.empty()) return false;
  // A call about nothing else is about the caller's own things.
  if (facts == nullptr) return relation == options::v1::RELATION_SELF && policy.resource().empty();
  switch (relation) {
    case options::v1::RELATION_CLAIMANT:
      return std::find(facts->claimants.begin(), facts->claimants.end(), caller.id) != facts->claimants.end();
    case options::v1::RELATION_SELF:
      return facts->self == caller.id;
    default:
      return false;  // a relation that this binary does not know
  }
}

Outcome JudgeGrants(const Caller& caller, const Rule& rule, const Facts* facts, absl::Time now) {
  Outcome nearest = kRoleMissing;
  for (const Grant& grant : caller.grants) {
    if (!Names(rule, grant.role)) continue;
    bool inside = facts == nullptr ? !grant.area.empty() : Holds(grant.area, facts->area);
    Outcome outcome = !inside ? kAreaOutside : grant.until <= now ? kGrantExpired : kAllowed;
    nearest = std::max(nearest, outcome);
  }
  return nearest;
}

Outcome JudgePurpose(const Rule& rule, Purpose purpose) {
  const auto& purposes = rule.purposes();
  if (purposes.empty()) return kAllowed;
  if (purpose == options::v1::PURPOSE_UNSPECIFIED) return kPurposeRequired;
  return std::find(purposes.begin(), purposes.end(), purpose) != purposes.end() ? kAllowed : kPurposeNotAllowed;
}

Outcome Judge(const Caller& caller, const Policy& policy, const Rule& rule, const Facts* facts, Purpose purpose,
              absl::Time now) {
  bool asks_relation = rule.relation() != options::v1::RELATION_UNSPECIFIED;
  if (asks_relation && !Related(caller, policy, rule.relation(), facts)) return kRoleMissing;
  if (!asks_relation || !rule.roles().empty()) {
    Outcome outcome = JudgeGrants(caller, rule, facts, now);
    if (outcome != kAllowed) return outcome;
  }
  return JudgePurpose(rule, purpose);
}

bool ServiceMayCall(const Caller& caller, const Policy& policy) {
  std::string_view name = std::string_view(caller.id).substr(std::string_view("services/").size());
  return !name.empty() &&
         std::find(policy.services().begin(), policy.services().end(), name) != policy.services().end();
}

}  // namespace

Decision Decide(const Caller& caller, const Policy& policy, std::string_view method, const Facts* facts,
                Purpose purpose, absl::Time now) {
  if (caller.is_service()) {
    if (!ServiceMayCall(caller, policy)) return {.reason = ReasonFor(kRoleMissing)};
    return {.allowed = true, .rule = fmt::format("{}#service", method)};
  }
  Outcome nearest = kRoleMissing;
  for (int i = 0; i < policy.rules_size(); ++i) {
    const Rule& rule = policy.rules(i);
    Outcome outcome = Judge(caller, policy, rule, facts, purpose, now);
    if (outcome == kAllowed) {
      Decision decision{.allowed = true, .rule = fmt::format("{}#{}", method, i)};
      for (int shown : rule.shows()) decision.shows.push_back(static_cast<options::v1::DataClass>(shown));
      return decision;
    }
    nearest = std::max(nearest, outcome);
  }
  return {.reason = ReasonFor(nearest)};
}

std::vector<std::string> AreasOf(const Caller& caller, const Policy& policy, absl::Time now) {
  std::vector<std::string> areas;
  if (caller.is_service()) return areas;
  for (const Grant& grant : caller.grants) {
    if (grant.area.empty() || grant.until <= now) continue;
    for (const Rule& rule : policy.rules()) {
      // A rule that asks for a relation says nothing about whole areas.
      if (rule.relation() == options::v1::RELATION_UNSPECIFIED && Names(rule, grant.role)) {
        areas.push_back(grant.area);
        break;
      }
    }
  }
  // Only the roots: "CHI" makes "CHI/NORTH" superfluous. A root sorts before what it holds.
  std::sort(areas.begin(), areas.end());
  std::vector<std::string> roots;
  for (auto& area : areas) {
    bool held = std::any_of(roots.begin(), roots.end(), [&](const auto& root) { return Holds(root, area); });
    if (!held) roots.push_back(std::move(area));
  }
  return roots;
}

}  // namespace gridwork::auth
