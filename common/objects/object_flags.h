// The object store that the flags name.
#pragma once
#include <memory>

#include "common/objects/object_store.h"

namespace gridwork::objects {

// --object_store_directory, or --object_store_s3 and its companions. Stops the process unless exactly one of the two is
// there.
std::unique_ptr<ObjectStore> StoreFromFlags();

}  // namespace gridwork::objects
