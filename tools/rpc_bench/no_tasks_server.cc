// Stands in where the tasks service is left out of the build.
#include <stdexcept>

#include "tools/rpc_bench/servers.h"

namespace gridwork::bench {

bool HasTasks() { return false; }
void ServeTasks(const Identities&, ParentLink&) { throw std::runtime_error("built without the tasks service"); }

}  // namespace gridwork::bench
