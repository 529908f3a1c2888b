// The tables of identity.
#pragma once
#include <vector>

#include "common/base/embedded.h"

namespace gridwork::embedded {

const std::vector<File>& identity_migrations();

}  // namespace gridwork::embedded
