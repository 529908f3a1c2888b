// Where places are kept. The fake and MySQL pass the same contract test (testing/place_store_contract.h).
#pragma once
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/scope.h"
#include "common/base/unit.h"
#include "services/tasks/place.h"

namespace gridwork::tasks {

// How places are called in the change feed (common/mysql/feed.h): each change of one is in the feed of its grid.
inline constexpr char kPlaceFeed[] = "place";

struct PlaceFilter {
  std::string area;  // only places in it; empty: everywhere
  std::optional<PlaceKind> kind;
};

struct PlaceQuery {
  PlaceFilter filter;
  std::string after;  // Page::next of the page before; "" for the first
  size_t limit = 100;
};

struct PlacesNear {
  LatLng point;
  double radius_metres = 500;
  PlaceFilter filter;
  size_t limit = 100;
};

// Of `places`, those with a location in the circle, nearest first (then by id), at most `near.limit`.
void KeepNearestFirst(const PlacesNear& near, std::vector<Place>& places);

enum class ImportMode { kWrite, kValidateOnly };

struct Imported {
  enum class Result {
    kCreated,
    kUpdated,
    kUnchanged,
    kElsewhere,  // (source, source_id) is a place outside of the root: left as it is
  };
  Result result = Result::kElsewhere;
  Uuid id;  // of the place; of kCreated with kValidateOnly and of kElsewhere: meaningless
};

// What an import does with a row whose (source, source_id) is stored.
Imported::Result ResultFor(const std::string& root, const Place& stored, const Place& imported);

// A place that is in another grid now.
struct MovedPlace {
  Uuid id;
  std::string from, to;
  bool operator==(const MovedPlace&) const = default;
};

// Who keeps things by the grid of their place, and is told in the unit in which it moves.
class PlaceFollower {  // Thread-safe.
 public:
  virtual ~PlaceFollower() = default;
  virtual absl::Status Follow(Unit& unit, const std::vector<MovedPlace>& moved) = 0;
};

// Where a place turned out to lie.
struct PlaceAt {
  Uuid id;
  LatLng location;
  std::string grid;
};

// Whoever writes a place into another grid has its PlaceFollower follow.
class PlaceStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away.
 public:
  virtual ~PlaceStore() = default;

  // NOT_FOUND if there is none. For fact loaders: it asks before anybody knows whether the caller may see the row.
  virtual absl::StatusOr<Place> Find(const Uuid& id) = 0;

  // Places inside `scope` that match, in order of grid and id.
  virtual absl::StatusOr<auth::Page<Place>> List(const auth::Scope& scope, const PlaceQuery& query) = 0;

  // Places inside `scope` that match, at most `radius_metres` from the point, nearest first (then by id): one page.
  // Places without a location are near nothing.
  virtual absl::StatusOr<auth::Page<Place>> Near(const auth::Scope& scope, const PlacesNear& near) = 0;

  // Writes `places`, whose grids lie under `root` and whose (source, source_id) differ from each other, and says of
  // each, in their order, what became of it. A new one gets a new id, and version 1; one whose content differs gets its
  // next version; no (source, source_id) comes to be twice, however many import it at once. `id`, `version` and times
  // of `places` are not read. With kValidateOnly nothing is written or locked.
  virtual absl::StatusOr<std::vector<Imported>> Import(Unit& unit, const std::string& root,
                                                       const std::vector<Place>& places, ImportMode mode,
                                                       std::string_view author) = 0;

  // Those that exist, as `unit` sees them, in any order; at most 1,000 ids.
  virtual absl::StatusOr<std::vector<Place>> FindAll(Unit& unit, const std::vector<Uuid>& ids) = 0;

  // Locks and reads the place; NOT_FOUND when there is none.
  virtual absl::StatusOr<Place> Lock(Unit& unit, const Uuid& id) = 0;

  // Writes `place` if the stored version is `place.version`, and returns it as the next one (CountUp()). ABORTED
  // ETAG_MISMATCH with the current etag when it is another; NOT_FOUND when there is no such place.
  virtual absl::StatusOr<Place> Update(Unit& unit, const Place& place, std::string_view author) = 0;

  // Puts those that still have that location into that grid, as their next version, if they are in another; returns how
  // many. For places that did not move themselves: the areas did.
  virtual absl::StatusOr<int64_t> MoveTo(Unit& unit, const std::vector<PlaceAt>& places) = 0;
  // Those that exist, in any order, which no other unit changes until this one ends; at most 500 ids.
  virtual absl::StatusOr<std::vector<Place>> Keep(Unit& unit, const std::vector<Uuid>& ids) = 0;
  // Before places are written that were located when `change` was the newest of areas (PutInGrids()): until the unit
  // ends no later one is followed. UNAVAILABLE AREAS_CHANGED when one was, or is being: locate them again.
  virtual absl::Status HoldAreas(Unit& unit, std::string_view root, int64_t change) = 0;
};

}  // namespace gridwork::tasks
