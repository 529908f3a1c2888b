// The one decision of the system: may this caller do this to that object, now? Pure.
#pragma once
#include <absl/time/time.h>

#include <string>
#include <vector>

#include "common/auth/caller.h"
#include "gridwork/options/v1/options.pb.h"

namespace gridwork::auth {

struct Decision {
  bool allowed = false;
  std::string rule;    // allowed: "TaskService/GetTask#0", the position of the rule in the policy
  std::string reason;  // denied: ROLE_MISSING, GRANT_EXPIRED, AREA_OUTSIDE, PURPOSE_REQUIRED or PURPOSE_NOT_ALLOWED
  std::vector<options::v1::DataClass>
      shows;  // allowed: classes that the reply may hold beside NONE, PLACE, EVENT and STAFF
};

// Denies by default. `facts` is null when the RPC names no object: then a role anywhere is enough. `method` is only for
// the rule id. The reason of a refusal is that of the rule that came nearest.
Decision Decide(const Caller& caller, const options::v1::Policy& policy, std::string_view method, const Facts* facts,
                options::v1::Purpose purpose, absl::Time now);

// Root areas in which `caller` may do what `policy` guards: those of the grants that a rule names and that have not
// ended.
std::vector<std::string> AreasOf(const Caller& caller, const options::v1::Policy& policy, absl::Time now);

}  // namespace gridwork::auth
