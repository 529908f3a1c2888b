// Accounts and teams in memory.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "services/identity/staff/staff_errors.h"
#include "services/identity/staff/staff_store.h"
#include "services/identity/staff/team_store.h"
#include "tests/support/fake_units.h"

namespace gridwork::identity {

class FakeStaffStore : public StaffStore {
 public:
  absl::StatusOr<Staff> Find(const Uuid& id) override {
    MutexLock lock(mu_);
    auto it = staff_.find(id);
    if (it == staff_.end()) return errors::NotFound("Staff");
    return WithCovers(it->second);
  }

  absl::StatusOr<GrantOfStaff> FindGrant(const Uuid& staff, const Uuid& grant) override {
    MutexLock lock(mu_);
    if (auto it = staff_.find(staff); it != staff_.end()) {
      for (const Grant& held : it->second.grants) {
        if (held.id == grant) return GrantOfStaff{staff, held};
      }
    }
    return errors::NotFound("Grant");
  }

  absl::StatusOr<Absence> FindAbsence(const Uuid& staff, const Uuid& absence) override {
    MutexLock lock(mu_);
    if (auto it = staff_.find(staff); it != staff_.end()) {
      for (const Absence& known : it->second.absences) {
        if (known.id == absence) return known;
      }
    }
    return errors::NotFound("Absence");
  }

  absl::StatusOr<auth::Page<Staff>> List(const auth::Scope& scope, const StaffQuery& query) override {
    MutexLock lock(mu_);
    std::map<std::string, const Staff*> by_name;
    for (const auto& [id, staff] : staff_) by_name[staff.username] = &staff;
    auth::Page<Staff> page(scope);
    for (auto it = by_name.upper_bound(query.after); it != by_name.end(); ++it) {
      const Staff& staff = *it->second;
      auto holds_role = [&](const Grant& g) { return g.role == *query.role && g.HoldsAt(query.now); };
      if (!scope.Holds(staff.area_path)) continue;
      if (!query.area_path.empty() && !auth::Holds(query.area_path, staff.area_path)) continue;
      if (query.role && std::none_of(staff.grants.begin(), staff.grants.end(), holds_role)) continue;
      if (page.rows.size() == query.limit) {
        page.next = page.rows.back().username;
        break;
      }
      page.rows.push_back(WithCovers(staff));
    }
    return page;
  }

  absl::Status Insert(Unit& unit, const Staff& staff) override {
    {
      MutexLock lock(mu_);
      for (const auto& [id, other] : staff_) {
        if (other.username == staff.username) return errors::UsernameTaken();
      }
    }
    Change(unit, staff.id, [&](Staff& row) { row = staff; });
    return absl::OkStatus();
  }

  absl::Status Update(Unit& unit, Staff& staff) override {
    auto found = Find(staff.id);
    if (!found.ok()) return found.status();
    if (found->version != staff.version) return errors::EtagMismatch(found->version);
    ++staff.version;
    Change(unit, staff.id, [&](Staff& row) {
      row.display_name = staff.display_name;
      row.disabled = staff.disabled;
      row.version = staff.version;
      row.updated = staff.updated;
    });
    return absl::OkStatus();
  }

  absl::StatusOr<Staff> Lock(Unit&, const Uuid& id) override { return Find(id); }  // FakeUnits runs one at a time

  absl::StatusOr<std::vector<Staff>> LockHolders(Unit&, const std::vector<std::string>& areas,
                                                 absl::Time now) override {
    MutexLock lock(mu_);
    std::vector<Staff> holders;
    for (const auto& [id, staff] : staff_) {
      auto holds_here = [&](const Grant& grant) {
        return !grant.EndedAt(now) && std::find(areas.begin(), areas.end(), grant.area) != areas.end();
      };
      if (std::any_of(staff.grants.begin(), staff.grants.end(), holds_here)) holders.push_back(WithCovers(staff));
    }
    return holders;
  }

  absl::Status PutGrant(Unit& unit, const Uuid& staff, const Grant& grant) override {
    Change(unit, staff, [&](Staff& row) {
      auto it = std::find_if(row.grants.begin(), row.grants.end(), [&](const Grant& g) { return g.id == grant.id; });
      if (it != row.grants.end()) {
        it->end = grant.end;
      } else {
        row.grants.insert(std::upper_bound(row.grants.begin(), row.grants.end(), grant, ComesBefore), grant);
      }
    });
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<GrantOfStaff>> DelegatedBy(Unit&, const Uuid& holder) override {
    MutexLock lock(mu_);
    std::vector<GrantOfStaff> grants;
    for (const auto& [id, staff] : staff_) {
      for (const Grant& grant : staff.grants) {
        if (grant.delegated_from && grant.delegated_from->staff == holder) grants.push_back({id, grant});
      }
    }
    return grants;
  }

  absl::Status PutQualification(Unit& unit, const Uuid& staff, const Qualification& held) override {
    Change(unit, staff, [&](Staff& row) {
      std::erase_if(row.qualifications, [&](const Qualification& other) { return other.code == held.code; });
      auto after = [](const Qualification& a, const Qualification& b) { return a.code < b.code; };
      row.qualifications.insert(std::upper_bound(row.qualifications.begin(), row.qualifications.end(), held, after),
                                held);
    });
    return absl::OkStatus();
  }

  absl::Status RemoveQualification(Unit& unit, const Uuid& staff, const std::string& code) override {
    Change(unit, staff, [&](Staff& row) {
      std::erase_if(row.qualifications, [&](const Qualification& other) { return other.code == code; });
    });
    return absl::OkStatus();
  }

  absl::Status AddAbsence(Unit& unit, const Absence& absence, absl::Time now) override {
    ChangeAll(unit, [&](Staff& row) {
      std::erase_if(row.absences, [&](const Absence& other) { return other.EndedAt(now); });
      if (row.id != absence.staff) return;
      auto after = [](const Absence& a, const Absence& b) { return a.start < b.start; };
      row.absences.insert(std::upper_bound(row.absences.begin(), row.absences.end(), absence, after), absence);
    });
    return absl::OkStatus();
  }

  absl::Status RemoveAbsence(Unit& unit, const Uuid& absence) override {
    ChangeAll(unit, [&](Staff& row) {
      std::erase_if(row.absences, [&](const Absence& other) { return other.id == absence; });
    });
    return absl::OkStatus();
  }

  absl::Status RemoveGrant(Unit& unit, const Uuid& staff, const Uuid& grant) override {
    Change(unit, staff, [&](Staff& row) { std::erase_if(row.grants, [&](const Grant& g) { return g.id == grant; }); });
    return absl::OkStatus();
  }

 private:
  void Change(Unit& unit, const Uuid& id, const std::function<void(Staff&)>& change) {
    MutexLock lock(mu_);
    Remember(unit);
    change(staff_[id]);
  }
  void ChangeAll(Unit& unit, const std::function<void(Staff&)>& change) {
    MutexLock lock(mu_);
    Remember(unit);
    for (auto& [id, staff] : staff_) change(staff);
  }
  Staff WithCovers(Staff staff) REQUIRES(mu_) {
    for (const auto& [id, other] : staff_) {
      for (const Absence& absence : other.absences) {
        if (absence.cover == staff.id) staff.covers.push_back(absence);
      }
    }
    auto earlier = [](const Absence& a, const Absence& b) { return std::tie(a.start, a.id) < std::tie(b.start, b.id); };
    std::sort(staff.covers.begin(), staff.covers.end(), earlier);
    return staff;
  }
  void Remember(Unit& unit) REQUIRES(mu_) {
    auto before = staff_;
    testing::FakeUnit::Of(unit).OnRollback([this, before] {
      MutexLock undo(mu_);
      staff_ = before;
    });
  }

  Mutex mu_;
  std::map<Uuid, Staff> staff_ GUARDED_BY(mu_);
};

class FakeTeamStore : public TeamStore {
 public:
  explicit FakeTeamStore(StaffStore& staff) : staff_(staff) {}

  absl::StatusOr<Team> Find(const Uuid& id) override {
    MutexLock lock(mu_);
    auto it = teams_.find(id);
    if (it == teams_.end()) return errors::NotFound("Team");
    return it->second;
  }

  absl::StatusOr<auth::Page<Team>> List(const auth::Scope& scope, const std::string& after, size_t limit) override {
    MutexLock lock(mu_);
    auth::Page<Team> page(scope);
    for (const auto& [id, team] : teams_) {
      if (id.ToBytes() <= after || !scope.Holds(team.area_path)) continue;
      if (page.rows.size() == limit) {
        page.next = page.rows.back().id.ToBytes();
        break;
      }
      page.rows.push_back(team);
    }
    return page;
  }

  absl::Status Insert(Unit& unit, const Team& team) override { return Write(unit, team); }

  absl::Status Update(Unit& unit, Team& team) override {
    auto found = Find(team.id);
    if (!found.ok()) return found.status();
    if (found->version != team.version) return errors::EtagMismatch(found->version);
    ++team.version;
    return Write(unit, team);
  }

 private:
  absl::Status Write(Unit& unit, const Team& team) {
    for (size_t i = 0; i < team.members.size(); ++i) {
      if (!staff_.Find(team.members[i]).ok()) {
        return BadField(fmt::format("team.members[{}]", i), "must be somebody who has an account");
      }
    }
    MutexLock lock(mu_);
    auto before = teams_;
    teams_[team.id] = team;
    testing::FakeUnit::Of(unit).OnRollback([this, before] {
      MutexLock undo(mu_);
      teams_ = before;
    });
    return absl::OkStatus();
  }

  StaffStore& staff_;
  Mutex mu_;
  std::map<Uuid, Team> teams_ GUARDED_BY(mu_);
};

}  // namespace gridwork::identity
