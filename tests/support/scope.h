// Makes the scopes that only the front door can make, for the tests of stores.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "common/auth/scope.h"

namespace gridwork::auth {

class ScopeForTest {
 public:
  static Scope Of(std::vector<std::string> areas) { return Scope(std::move(areas)); }
};

}  // namespace gridwork::auth
