// People who cover grids together.
#pragma once
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/uuid.h"

namespace gridwork::identity {

struct Team {
  Uuid id;
  std::string display_name;
  std::string area;       // code
  std::string area_path;  // codes from the root
  std::vector<Uuid> members;
  int64_t version = 1;
  absl::Time created;
  absl::Time updated;
};

}  // namespace gridwork::identity
