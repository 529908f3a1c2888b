// Objects in a bucket of an S3-compatible store.
#pragma once
#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/objects/object_store.h"

namespace gridwork::objects {

struct S3Config {
  std::string bucket_url;  // "https://s3.example.org/gridwork": endpoint and bucket, without a slash at its end
  std::string region = "us-east-1";
  std::string access_key;
  std::string secret_key;
  std::string ca_file;  // PEM file of the store's authority; empty: the system's authorities
};

// Requests are signed with AWS Signature Version 4, with the hash of what is sent, by libcurl.
class S3Store : public ObjectStore {
 public:
  explicit S3Store(S3Config config);
  ~S3Store() override;

  absl::Status Put(const std::string& key, std::string_view bytes) override;
  absl::StatusOr<std::string> Get(const std::string& key, int64_t offset, int64_t limit) override;
  absl::Status Delete(const std::string& key) override;
  absl::StatusOr<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& after,
                                               size_t limit) override;

 private:
  struct Request {
    const char* verb;
    std::string url;
    std::string_view body;
    std::string range;  // "0-1023", or "" for the whole
  };
  struct Response {
    long code = 0;
    std::string body;
  };
  absl::StatusOr<Response> Send(const Request& request);
  std::string UrlOf(const std::string& key) const { return config_.bucket_url + "/" + key; }

  // A handle keeps its connection.
  CURL* TakeHandle();
  void GiveBack(CURL* handle);

  const S3Config config_;
  const std::string signing_, user_;
  Mutex mu_;
  std::vector<CURL*> idle_ GUARDED_BY(mu_);
};

}  // namespace gridwork::objects
