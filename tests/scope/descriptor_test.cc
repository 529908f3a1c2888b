// Walks every file of proto/gridwork that is compiled into this program: all of them, or the test fails.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/scope/descriptor_checks.h"

namespace gridwork::scope {
namespace {

std::vector<std::string> ProtoFiles() {
  std::filesystem::path root = std::filesystem::path(GRIDWORK_SOURCE_DIR) / "proto";
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "gridwork")) {
    if (entry.path().extension() == ".proto") files.push_back(entry.path().lexically_relative(root).generic_string());
  }
  return files;
}

TEST(Descriptors, KeepToTheScope) {
  std::vector<std::string> files = ProtoFiles();
  ASSERT_THAT(files, testing::Contains("gridwork/options/v1/options.proto"));
  for (const auto& name : files) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    ASSERT_NE(file, nullptr) << name << " is not compiled in";
    for (const auto& finding : CheckFile(*file)) ADD_FAILURE() << name << ": " << finding;
  }
}

}  // namespace
}  // namespace gridwork::scope
