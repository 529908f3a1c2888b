// The flags with which a service names its database.
#pragma once
#include "common/mysql/config.h"

namespace gridwork::mysql {

// From --mysql_*, after config::ParseFlags(). Stops the process with a clear message when something is missing.
Config ConfigFromFlags(int connections);

}  // namespace gridwork::mysql
