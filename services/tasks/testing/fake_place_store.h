// Places in memory, for tests of services.
#pragma once
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/tasks/place_errors.h"
#include "services/tasks/place_store.h"
#include "tests/support/fake_units.h"

namespace gridwork::tasks::testing {

using gridwork::testing::FakeUnit;

// The contract of PlaceStore. Thread-safe; writes take a FakeUnit.
class FakePlaceStore : public PlaceStore {
 public:
  explicit FakePlaceStore(const Clock& clock) : clock_(clock) {}

  // Every call fails with `status` from now on; OK ends that.
  void FailWith(absl::Status status) {
    MutexLock lock(mu_);
    failure_ = std::move(status);
  }

  absl::StatusOr<Place> Find(const Uuid& id) override {
    MutexLock lock(mu_);
    if (!failure_.ok()) return failure_;
    auto it = places_.find(id);
    if (it == places_.end()) return errors::PlaceNotFound();
    return it->second;
  }

  absl::StatusOr<auth::Page<Place>> List(const auth::Scope& scope, const PlaceQuery& query) override {
    MutexLock lock(mu_);
    if (!failure_.ok()) return failure_;
    std::map<std::string, Place> by_position;
    for (const Place& place : Matching(scope, query.filter))
      by_position[place.grid + " " + place.id.ToString()] = place;
    auth::Page<Place> page(scope);
    for (auto it = by_position.upper_bound(query.after); it != by_position.end(); ++it) {
      if (page.rows.size() == query.limit) {
        page.next = std::prev(it)->first;
        break;
      }
      page.rows.push_back(it->second);
    }
    return page;
  }

  absl::StatusOr<auth::Page<Place>> Near(const auth::Scope& scope, const PlacesNear& near) override {
    MutexLock lock(mu_);
    if (!failure_.ok()) return failure_;
    auth::Page<Place> page(scope);
    page.rows = Matching(scope, near.filter);
    KeepNearestFirst(near, page.rows);
    return page;
  }

  absl::StatusOr<std::vector<Imported>> Import(Unit& unit, const std::string& root, const std::vector<Place>& places,
                                               ImportMode mode, std::string_view author) override {
    MutexLock lock(mu_);
    if (!failure_.ok()) return failure_;
    std::vector<Imported> out;
    for (const Place& place : places) {
      auto stored = std::find_if(places_.begin(), places_.end(), [&](const auto& entry) {
        return entry.second.source == place.source && entry.second.source_id == place.source_id;
      });
      bool known = stored != places_.end();
      Place row = place;
      if (known) {
        CountUp(stored->second, author, clock_.Now(), row);
      } else {
        row.id = Uuid::V7(clock_.Now());
        row.version = 1;
        row.created = row.updated = clock_.Now();
        row.marks.clear();
      }
      auto result = known ? ResultFor(root, stored->second, place) : Imported::Result::kCreated;
      out.push_back({result, row.id});
      if (mode == ImportMode::kWrite &&
          (result == Imported::Result::kCreated || result == Imported::Result::kUpdated)) {
        Put(unit, row);
      }
    }
    return out;
  }

  absl::StatusOr<std::vector<Place>> FindAll(Unit&, const std::vector<Uuid>& ids) override {
    MutexLock lock(mu_);
    if (!failure_.ok()) return failure_;
    std::vector<Place> out;
    for (const Uuid& id : ids) {
      if (auto it = places_.find(id); it != places_.end()) out.push_back(it->second);
    }
    return out;
  }

  absl::StatusOr<Place> Lock(Unit&, const Uuid& id) override { return Find(id); }

  absl::StatusOr<Place> Update(Unit& unit, const Place& place, std::string_view author) override {
    MutexLock lock(mu_);
    if (!failure_.ok()) return failure_;
    auto stored = places_.find(place.id);
    if (stored == places_.end()) return errors::PlaceNotFound();
    if (stored->second.version != place.version) return errors::PlaceEtagMismatch(stored->second.version);
    Place row = place;
    CountUp(stored->second, author, clock_.Now(), row);
    Put(unit, row);
    return row;
  }

 private:
  std::vector<Place> Matching(const auth::Scope& scope, const PlaceFilter& filter) const REQUIRES(mu_) {
    std::vector<Place> out;
    for (const auto& [id, place] : places_) {
      if (!scope.Holds(place.grid)) continue;
      if (!filter.area.empty() && !auth::Holds(filter.area, place.grid)) continue;
      if (filter.kind && *filter.kind != place.kind) continue;
      out.push_back(place);
    }
    return out;
  }

  void Put(Unit& unit, const Place& row) REQUIRES(mu_) {
    auto before = places_.find(row.id);
    FakeUnit::Of(unit).OnRollback(
        [this, id = row.id, old = before == places_.end() ? std::nullopt : std::optional(before->second)] {
          MutexLock lock(mu_);
          if (old) {
            places_[id] = *old;
          } else {
            places_.erase(id);
          }
        });
    places_.insert_or_assign(row.id, row);
  }

  const Clock& clock_;
  Mutex mu_;
  std::map<Uuid, Place> places_ GUARDED_BY(mu_);
  absl::Status failure_ GUARDED_BY(mu_);
};

}  // namespace gridwork::tasks::testing
