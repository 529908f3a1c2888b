// Where areas are kept. The fake and MySQL pass the same contract test (testing/area_store_contract.h).
#pragma once
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/auth/scope.h"
#include "common/base/unit.h"
#include "services/identity/areas/area.h"

namespace gridwork::identity {

// What must all hold; an empty part asks for nothing.
struct AreaQuery {
  std::string parent;        // code
  std::string ancestors_of;  // code
  struct Search {
    std::string words;  // as SearchText() makes it: rows whose name has words that begin so
    std::string code;   // or whose code begins so; of words and code, an empty one finds nothing
  };
  std::optional<Search> search;
  std::string level;
  std::string after;  // Page::next of the page before; "" for the first
  size_t limit = 100;
};

class AreaStore {  // Thread-safe. Any call: UNAVAILABLE when the database is away. Areas come without geometry, if not
                   // said.
 public:
  virtual ~AreaStore() = default;

  // NOT_FOUND if there is none. For fact loaders: it asks before anybody knows whether the caller may see the row.
  virtual absl::StatusOr<Area> Find(const std::string& code) = 0;
  // The same with its geometry.
  virtual absl::StatusOr<Area> FindWithGeometry(const std::string& code) = 0;
  // The same as it was then; NOT_FOUND also before it was made.
  virtual absl::StatusOr<Area> FindAt(const std::string& code, absl::Time time) = 0;
  // Areas inside `scope` that match and have not ended, by path.
  virtual absl::StatusOr<auth::Page<Area>> List(const auth::Scope& scope, const AreaQuery& query) = 0;

  // Grows with every committed write of an area.
  virtual absl::StatusOr<int64_t> ChangeCount() = 0;
  // Up to `limit` changes of the tree `root` (a code) after that number, by number.
  virtual absl::StatusOr<std::vector<AreaChange>> Changes(const std::string& root, int64_t after, size_t limit) = 0;
  // Every area that has a geometry and has not ended, with it.
  virtual absl::StatusOr<std::vector<Area>> AllWithGeometry() = 0;

  // Waits until no other unit writes areas, and lets none until this one ends; first in a unit that writes them.
  virtual absl::Status BeginChange(Unit& unit) = 0;
  // True while there is no area at all.
  virtual absl::StatusOr<bool> IsEmpty(Unit& unit) = 0;
  // With geometry; nullopt if there is none.
  virtual absl::StatusOr<std::optional<Area>> Read(Unit& unit, const std::string& code) = 0;
  // The grid UNPLACED is no child, nor is one that has ended.
  virtual absl::StatusOr<bool> HasChildren(Unit& unit, const std::string& code) = 0;
  // Writes a new area, with its geometry. ALREADY_EXISTS AREA_CODE_TAKEN.
  virtual absl::Status Insert(Unit& unit, const Area& area) = 0;
  // Writes name, level, inhabitants and geometry of an area that is there, and its next version.
  virtual absl::Status Update(Unit& unit, const Area& area) = 0;
  // It was merged: `area` has `ended` and `merged_into`, and its next version.
  virtual absl::Status End(Unit& unit, const Area& area) = 0;
  // Writes a change, the number of which it gets here, of a unit that began with BeginChange().
  virtual absl::Status Record(Unit& unit, const AreaChange& change) = 0;
  // Nobody else ends the area before the unit does, and it has not ended: FAILED_PRECONDITION AREA_ENDED. Before
  // something is kept in it.
  virtual absl::Status KeepLiving(Unit& unit, const std::string& code) = 0;
};

}  // namespace gridwork::identity
