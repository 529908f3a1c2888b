// Log-ins and revocations in memory.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "services/identity/sessions/revocation_store.h"
#include "services/identity/sessions/session_store.h"
#include "services/identity/staff/staff_errors.h"
#include "tests/support/fake_units.h"

namespace gridwork::identity {

class FakeSessionStore : public SessionStore {
 public:
  absl::StatusOr<Session> Lock(Unit&, const Uuid& id) override {  // FakeUnits runs one at a time
    MutexLock lock(mu_);
    for (const auto& [device, session] : sessions_) {
      if (session.id == id) return session;
    }
    return errors::NotFound("Session");
  }
  absl::Status Put(Unit& unit, const Session& session) override {
    return Change(unit, [&](auto& sessions) { sessions[session.device] = session; });
  }
  absl::Status End(Unit& unit, const Uuid& id) override {
    return Change(unit, [&](auto& all) { std::erase_if(all, [&](const auto& one) { return one.second.id == id; }); });
  }
  absl::Status EndOfDevice(Unit& unit, const Uuid& device) override {
    return Change(unit, [&](auto& sessions) { sessions.erase(device); });
  }
  absl::Status EndOfStaff(Unit& unit, const Uuid& staff) override {
    return Change(unit,
                  [&](auto& all) { std::erase_if(all, [&](const auto& one) { return one.second.staff == staff; }); });
  }

  absl::Status RemoveOver(absl::Time rotated_before) override {
    MutexLock lock(mu_);
    std::erase_if(sessions_, [&](const auto& one) { return one.second.rotated < rotated_before; });
    return absl::OkStatus();
  }

 private:
  absl::Status Change(Unit& unit, const std::function<void(std::map<Uuid, Session>&)>& change) {
    MutexLock lock(mu_);
    auto before = sessions_;
    change(sessions_);
    testing::FakeUnit::Of(unit).OnRollback([this, before] {
      MutexLock undo(mu_);
      sessions_ = before;
    });
    return absl::OkStatus();
  }

  Mutex mu_;
  std::map<Uuid, Session> sessions_ GUARDED_BY(mu_);  // by device
};

class FakeRevocationStore : public RevocationStore {
 public:
  absl::Status Add(Unit& unit, const auth::Revocation& revocation, absl::Time now) override {
    MutexLock lock(mu_);
    testing::FakeUnit::Of(unit).OnRollback([this, before = entries_] {
      MutexLock undo(mu_);
      entries_ = before;
    });
    int64_t version = entries_.empty() ? 1 : entries_.rbegin()->first + 1;
    entries_[version] = revocation;
    std::erase_if(entries_, [&](const auto& e) { return e.second.until < now && e.first < version; });
    return absl::OkStatus();
  }
  absl::StatusOr<auth::RevocationPage> Read(const std::string& cursor, size_t limit) override {
    MutexLock lock(mu_);
    auto at = entries_.end();
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (std::to_string(it->first) == cursor) at = it;
    }
    bool known = at != entries_.end();
    auth::RevocationPage page{.from_start = !known, .cursor = known ? cursor : ""};
    for (auto it = known ? std::next(at) : entries_.begin(); it != entries_.end(); ++it) {
      if (page.entries.size() == limit) {
        page.more = true;
        break;
      }
      page.entries.push_back(it->second);
      page.cursor = std::to_string(it->first);
    }
    return page;
  }

 private:
  Mutex mu_;
  std::map<int64_t, auth::Revocation> entries_ GUARDED_BY(mu_);  // by version
};

}  // namespace gridwork::identity
