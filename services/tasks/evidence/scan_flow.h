// The operator's scanner: a command that looks at a picture.
#pragma once
#include <string>

#include "services/tasks/evidence/upload_flow.h"

namespace gridwork::tasks {

// Runs `command` by the shell with the bytes on its standard input: exit 0 is harmless, 1 is refused, as clamdscan has
// it. Anything else, or more than `seconds`, is UNAVAILABLE SCANNER_AWAY, and the picture waits. An empty command: no
// scan.
Scan ScanByCommand(const std::string& command, int seconds = 15);

}  // namespace gridwork::tasks
