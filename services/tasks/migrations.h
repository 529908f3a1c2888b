// The tables of tasks.
#pragma once
#include <vector>

#include "common/base/embedded.h"

namespace gridwork::embedded {

const std::vector<File>& tasks_migrations();

}  // namespace gridwork::embedded
