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
  explicit FakePlaceStore(const Clock& clock, PlaceFollower* follower = nullptr) : clock_(clock), follower_(follower) {}

  // A change of areas is being followed.
  void BeginFollow(int64_t change) {
    MutexLock lock(mu_);
    begun_ = change;
  }

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
    std::vector<MovedPlace> moved;
    std::vector<Imported> out;
    {
      MutexLock lock(mu_);
      if (!failure_.ok()) return failure_;
      out = ImportAll(unit, root, places, mode, author, moved);
    }
    if (absl::Status status = Tell(unit, moved); !status.ok()) return status;
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
  absl::StatusOr<std::vector<Place>> Keep(Unit& unit, const std::vector<Uuid>& ids) override {
    return FindAll(unit, ids);
  }

  absl::StatusOr<Place> Lock(Unit&, const Uuid& id) override { return Find(id); }

  absl::StatusOr<Place> Update(Unit& unit, const Place& place, std::string_view author) override {
    std::vector<MovedPlace> moved;
    Place row = place;
    {
      MutexLock lock(mu_);
      if (!failure_.ok()) return failure_;
      auto stored = places_.find(place.id);
      if (stored == places_.end()) return errors::PlaceNotFound();
      if (stored->second.version != place.version) return errors::PlaceEtagMismatch(stored->second.version);
      CountUp(stored->second, author, clock_.Now(), row);
      if (row.grid != stored->second.grid) moved.push_back({row.id, stored->second.grid, row.grid});
      Put(unit, row);
    }
    if (absl::Status status = Tell(unit, moved); !status.ok()) return status;
    return row;
  }

  absl::StatusOr<int64_t> MoveTo(Unit& unit, const std::vector<PlaceAt>& places) override {
    std::vector<MovedPlace> moved;
    {
      MutexLock lock(mu_);
      if (!failure_.ok()) return failure_;
      for (const PlaceAt& at : places) {
        auto stored = places_.find(at.id);
        if (stored == places_.end() || stored->second.grid == at.grid || stored->second.location != at.location)
          continue;
        Place row = stored->second;
        moved.push_back({row.id, row.grid, at.grid});
        row.grid = at.grid;
        CountUp(stored->second, "", clock_.Now(), row);
        Put(unit, row);
      }
    }
    if (absl::Status status = Tell(unit, moved); !status.ok()) return status;
    return static_cast<int64_t>(moved.size());
  }

  absl::Status HoldAreas(Unit&, std::string_view, int64_t change) override {
    MutexLock lock(mu_);
    return begun_ > change ? errors::AreasChanged() : absl::OkStatus();
  }

 private:
  std::vector<Imported> ImportAll(Unit& unit, const std::string& root, const std::vector<Place>& places,
                                  ImportMode mode, std::string_view author, std::vector<MovedPlace>& moved)
      REQUIRES(mu_) {
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
        if (known && stored->second.grid != row.grid) moved.push_back({row.id, stored->second.grid, row.grid});
        Put(unit, row);
      }
    }
    return out;
  }

  absl::Status Tell(Unit& unit, const std::vector<MovedPlace>& moved) {
    return follower_ == nullptr || moved.empty() ? absl::OkStatus() : follower_->Follow(unit, moved);
  }

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
  PlaceFollower* const follower_;
  Mutex mu_;
  std::map<Uuid, Place> places_ GUARDED_BY(mu_);
  int64_t begun_ GUARDED_BY(mu_) = 0;
  absl::Status failure_ GUARDED_BY(mu_);
};

}  // namespace gridwork::tasks::testing
