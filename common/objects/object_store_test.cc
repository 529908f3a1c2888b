#include "common/objects/object_store.h"

#include <filesystem>

#include "common/objects/directory_store.h"
#include "common/objects/testing/fake_object_store.h"
#include "common/objects/testing/object_store_contract.h"

namespace gridwork::objects::testing {
namespace {

namespace fs = std::filesystem;

class FakeWorld : public ObjectStoreWorld {
 public:
  ObjectStore& store() override { return store_; }
  void GoAway() override { store_.SetAway(true); }

 private:
  SystemClock clock_;
  FakeObjectStore store_{clock_};
};

std::unique_ptr<ObjectStoreWorld> MakeFakeWorld() { return std::make_unique<FakeWorld>(); }

INSTANTIATE_TEST_SUITE_P(Fake, ObjectStoreContract, ::testing::Values(&MakeFakeWorld));

class DirectoryWorld : public ObjectStoreWorld {
 public:
  DirectoryWorld() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ObjectStore& store() override { return store_; }
  void GoAway() override { fs::remove_all(folder_); }

 private:
  const std::string folder_ = ::testing::TempDir() + "directory_store_contract";
  DirectoryStore store_{folder_ + "/"};
};

std::unique_ptr<ObjectStoreWorld> MakeDirectoryWorld() { return std::make_unique<DirectoryWorld>(); }

INSTANTIATE_TEST_SUITE_P(Directory, ObjectStoreContract, ::testing::Values(&MakeDirectoryWorld));

}  // namespace
}  // namespace gridwork::objects::testing
