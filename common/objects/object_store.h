// Where large bytes are kept: pictures and documents. What they belong to is in the database, which decides what there
// is; an object that it does not know is garbage.
#pragma once
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gridwork::objects {

struct ObjectInfo {
  std::string key;
  int64_t bytes = 0;
  absl::Time modified;  // by the store's clock
};

// Thread-safe, also among processes. Any call: UNAVAILABLE OBJECTS_AWAY when the store cannot be reached, INTERNAL for
// what is no key. The implementations pass the same contract test (testing/object_store_contract.h).
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // Durable when it returns OK; replaces an object of that key, whole or not at all.
  virtual absl::Status Put(const std::string& key, std::string_view bytes) = 0;
  // Up to `limit` bytes (at least 1) from `offset`; "" from the end on. NOT_FOUND when there is no such object.
  virtual absl::StatusOr<std::string> Get(const std::string& key, int64_t offset, int64_t limit) = 0;
  // OK also when there is none.
  virtual absl::Status Delete(const std::string& key) = 0;
  // Up to `limit` (1,000 at most) objects whose key begins with `prefix` (segments, with a slash at its end) and comes
  // after `after`, in order of the bytes of keys.
  virtual absl::StatusOr<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& after,
                                                       size_t limit) = 0;
};

// A key: segments of a-z, 0-9, "-" and "_" joined by "/", at most 200 characters. So a key is a path that cannot leave
// its folder, and needs no escaping in a URL.
bool IsObjectKey(std::string_view key);

// UNAVAILABLE OBJECTS_AWAY with a hint to come back in a second.
absl::Status ObjectsAway(std::string_view why);

}  // namespace gridwork::objects
