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

// Those of `staff` that follow, the longest first: it contains the others.
std::vector<Grant> Following(const Staff& staff, const std::vector<std::string>& merged, bool delegated,
                             absl::Time now) {
  std::vector<Grant> out;
  for (const Grant& grant : staff.grants) {
    bool here = std::find(merged.begin(), merged.end(), grant.area) != merged.end();
    if (here && !grant.EndedAt(now) && grant.delegated_from.has_value() == delegated) out.push_back(grant);
  }
  std::stable_sort(out.begin(), out.end(), [](const Grant& a, const Grant& b) { return a.end > b.end; });
  return out;
}

Grant In(const Area& into, Grant grant, const std::map<Uuid, Uuid>& follows, absl::Time now) {
  grant.area = into.code;
  grant.area_path = into.path;
  grant.start = std::max(grant.start, now);
  if (!grant.delegated_from) return grant;
  if (auto from = follows.find(grant.delegated_from->grant); from != follows.end())
    grant.delegated_from->grant = from->second;
  return grant;
}

// Has the old grant end in time, or go.
void Shorten(Staff& staff, const Uuid& id, absl::Time end, std::vector<GrantChange>& changes) {
  auto held =
      std::find_if(staff.grants.begin(), staff.grants.end(), [&](const Grant& grant) { return grant.id == id; });
  if (held->end <= end) return;
  const bool remove = held->start >= end;
  if (!remove) held->end = end;
  changes.push_back({staff.id, *held, remove});
  if (remove) staff.grants.erase(held);
}

}  // namespace

std::vector<GrantChange> FollowMerge(std::vector<Staff>& holders, const std::vector<std::string>& merged,
                                     const Area& into, absl::Time now) {
  std::vector<GrantChange> given, shortened;
  std::map<Uuid, Uuid> follows;  // new grants by old ones
  for (bool delegated : {false, true}) {
    for (Staff& staff : holders) {
      for (const Grant& before : Following(staff, merged, delegated, now)) {
        Grant after = In(into, before, follows, now);
        if (const Grant* same = Containing(given, staff.id, after)) {
          follows[before.id] = same->id;
        } else {
          follows[before.id] = after.id = Uuid::V7(now);
          given.push_back({staff.id, after});
          staff.grants.insert(std::upper_bound(staff.grants.begin(), staff.grants.end(), after, ComesBefore), after);
        }
        Shorten(staff, before.id, now + kMergedGrantLife, shortened);
      }
    }
  }
  given.insert(given.end(), shortened.begin(), shortened.end());
  return given;
}

}  // namespace gridwork::identity
