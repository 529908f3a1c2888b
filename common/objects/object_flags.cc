#include "common/objects/object_flags.h"

#include <absl/flags/flag.h>

#include <filesystem>

#include "common/config/config.h"
#include "common/objects/directory_store.h"
#include "common/objects/s3_store.h"

ABSL_FLAG(std::string, object_store_directory, "", "folder for pictures; all replicas must see the same one");
ABSL_FLAG(std::string, object_store_s3, "",
          "bucket for pictures instead of a folder: https://host[:port]/bucket; plain http only on this machine");
ABSL_FLAG(std::string, object_store_region, "us-east-1", "region of the bucket");
ABSL_FLAG(std::string, object_store_access_key, "", "access key of the bucket's user");
ABSL_FLAG(std::string, object_store_secret_key_file, "", "file with the secret key of the bucket's user");
ABSL_FLAG(std::string, object_store_ca, "",
          "PEM file: the authority that signed the store's certificate; empty: the system's");

namespace gridwork::objects {
namespace {

bool IsSafe(const std::string& url) {
  if (url.starts_with("https://")) return true;
  for (const char* here : {"http://localhost", "http://127.0.0.1"}) {
    const std::string prefix = here;
    if (url.starts_with(prefix) && (url[prefix.size()] == ':' || url[prefix.size()] == '/')) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<ObjectStore> StoreFromFlags() {
  const std::string folder = absl::GetFlag(FLAGS_object_store_directory);
  std::string url = absl::GetFlag(FLAGS_object_store_s3);
  if (folder.empty() == url.empty())
    config::Wrong("one of --object_store_directory and --object_store_s3 must be set, and only one");
  if (!folder.empty()) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) config::Wrong("--object_store_directory: no such folder");
    return std::make_unique<DirectoryStore>(folder);
  }
  while (url.ends_with('/')) url.pop_back();
  if (!IsSafe(url)) config::Wrong("--object_store_s3: https://host/bucket, or plain http on this machine");
  S3Config config{
      .bucket_url = url,
      .region = absl::GetFlag(FLAGS_object_store_region),
      .access_key = absl::GetFlag(FLAGS_object_store_access_key),
      .secret_key = config::ReadFile("object_store_secret_key_file", absl::GetFlag(FLAGS_object_store_secret_key_file)),
      .ca_file = absl::GetFlag(FLAGS_object_store_ca)};
  if (config.access_key.empty()) config::Wrong("--object_store_access_key must be set");
  return std::make_unique<S3Store>(std::move(config));
}

}  // namespace gridwork::objects
