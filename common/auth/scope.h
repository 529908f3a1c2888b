// The areas in which a caller may do what is asked, as the predicate that every list of a store must take.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/caller.h"

namespace gridwork::rpc {
class FrontDoor;
}

namespace gridwork::auth {

class ScopeForTest;  // tests/support/scope.h

class Scope {  // Only the front door makes one, from the caller's token. Empty: holds nothing.
 public:
  const std::vector<std::string>& areas() const { return areas_; }
  bool Holds(std::string_view area) const {
    for (const auto& root : areas_) {
      if (auth::Holds(root, area)) return true;
    }
    return false;
  }

 private:
  friend class rpc::FrontDoor;
  friend class ScopeForTest;
  explicit Scope(std::vector<std::string> areas) : areas_(std::move(areas)) {}
  std::vector<std::string> areas_;
};

// One page of a List. A store method that was given no scope has nothing to make it from.
template <class Row>
struct Page {
  explicit Page(const Scope&) {}
  std::vector<Row> rows;
  std::string next;  // where the next page starts; "" after the last one
};

}  // namespace gridwork::auth
