// The flags with which a service names its Redis.
#pragma once
#include "common/redis/client.h"

namespace gridwork::redis {

// From --redis_*, after config::ParseFlags().
Config ConfigFromFlags();

}  // namespace gridwork::redis
