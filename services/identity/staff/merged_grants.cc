#include "services/identity/staff/merged_grants.h"

#include <algorithm>
#include <map>

namespace gridwork::identity {
namespace {

// The new grant in which `wanted` is contained, if there is one.
const Grant* Containing(const std::vector<GrantChange>& given, const Uuid& staff, const Grant& wanted) {
  for (const GrantChange& other : given) {
    const Grant& g = other.grant;
    if (other.staff == staff && g.role == wanted.role && g.delegated_from == wanted.delegated_from &&
        g.start <= wanted.start && g.end >= wanted.end) {
      return &g;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<GrantChange> FollowMerge(std::vector<Staff>& holders, const std::vector<std::string>& merged,
                                     const Area& into, absl::Time now) {
  std::vector<GrantChange> given, shortened;
  std::map<Uuid, Uuid> follows;  // new grants by old ones
  for (bool delegated : {false, true}) {
    for (Staff& staff : holders) {
      std::vector<Grant> old;
      for (const Grant& grant : staff.grants) {
        bool here = std::find(merged.begin(), merged.end(), grant.area) != merged.end();
        if (here && !grant.EndedAt(now) && grant.delegated_from.has_value() == delegated) old.push_back(grant);
      }
      // The longest first: it contains the others.
      std::stable_sort(old.begin(), old.end(), [](const Grant& a, const Grant& b) { return a.end > b.end; });
      for (const Grant& before : old) {
        Grant after = before;
        after.area = into.code;
        after.area_path = into.path;
        after.start = std::max(before.start, now);
        if (delegated) {
          auto from = follows.find(before.delegated_from->grant);
          if (from != follows.end()) after.delegated_from->grant = from->second;
        }
        if (const Grant* same = Containing(given, staff.id, after)) {
          follows[before.id] = same->id;
        } else {
          after.id = Uuid::V7(now);
          follows[before.id] = after.id;
          given.push_back({staff.id, after});
          staff.grants.insert(std::upper_bound(staff.grants.begin(), staff.grants.end(), after, ComesBefore), after);
        }
        auto held = std::find_if(staff.grants.begin(), staff.grants.end(),
                                 [&](const Grant& grant) { return grant.id == before.id; });
        if (held->start >= now + kMergedGrantLife) {
          shortened.push_back({staff.id, *held, true});
          staff.grants.erase(held);
        } else if (held->end > now + kMergedGrantLife) {
          held->end = now + kMergedGrantLife;
          shortened.push_back({staff.id, *held});
        }
      }
    }
  }
  given.insert(given.end(), shortened.begin(), shortened.end());
  return given;
}

}  // namespace gridwork::identity
