// Objects as files of a folder: for one machine, or a shared file system.
#pragma once
#include <string>

#include "common/objects/object_store.h"

namespace gridwork::objects {

class DirectoryStore : public ObjectStore {
 public:
  // `folder` exists; while it does not, the store is away: a disk that is not mounted is not an empty store.
  explicit DirectoryStore(std::string folder);

  absl::Status Put(const std::string& key, std::string_view bytes) override;
  absl::StatusOr<std::string> Get(const std::string& key, int64_t offset, int64_t limit) override;
  absl::Status Delete(const std::string& key) override;
  // Also removes what a process that was killed has left half written a day ago.
  absl::StatusOr<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& after,
                                               size_t limit) override;

 private:
  absl::StatusOr<std::string> PathOf(const std::string& key) const;

  std::string folder_;
};

}  // namespace gridwork::objects
