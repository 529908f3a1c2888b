// A real S3 server (of tools/package.json) in a process of its own.
#pragma once
#include <sys/types.h>

#include <string>

namespace gridwork::testing {

class S3Server {
 public:
  // Starts it with an empty bucket in a new folder. Throws when it does not start.
  S3Server();
  ~S3Server();  // removes the folder
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;

  int port() const { return port_; }
  std::string bucket_url() const;
  // SIGKILL; and with the same port and what it holds again.
  void Kill();
  void Start();

  static constexpr char kAccessKey[] = "S3RVER";
  static constexpr char kSecretKey[] = "S3RVER";

 private:
  std::string folder_;
  int port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace gridwork::testing
