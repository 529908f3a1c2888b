// What is measured: each of these serves until the parent says stop.
#pragma once
#include "tools/rpc_bench/identities.h"
#include "tools/rpc_bench/process.h"

namespace gridwork::bench {

// The yardstick: the generated service of gRPC's callback API that answers in the reaction, under the same TLS. No
// token, no policy, no log, no worker.
void ServeEcho(const Identities& identities, ParentLink& link);

// The same call behind the whole front door.
void ServeFrontDoor(const Identities& identities, ParentLink& link);

// TaskService on a database (--mysql_*) with one task. Its link answers with bare SELECTs of that task through the same
// pool. False when this build has no tasks service.
bool HasTasks();
void ServeTasks(const Identities& identities, ParentLink& link);
inline constexpr char kTaskId[] = "018f0000-0000-7000-8000-000000000001";

}  // namespace gridwork::bench
